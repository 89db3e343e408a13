/** How long a text of a mode may be, by the length and difficulty of what it is about. */

import type { Difficulty } from '../learnx/ai.js'

interface Mode {
  readonly type: string
  readonly difficulty: Difficulty
  readonly ratio: number
  readonly least: number
  readonly most: number
  readonly scaled: boolean
}

const EXPLAIN: Mode = { type: 'explanation', difficulty: 'intermediate', ratio: 1.5, least: 300, most: 4000, scaled: true }
const MODES: Readonly<Record<string, Mode>> = {
  explain: EXPLAIN,
  summary: { type: 'summary', difficulty: 'beginner', ratio: 0.3, least: 150, most: 1000, scaled: false },
  flashcards: { type: 'flashcards', difficulty: 'intermediate', ratio: 0.4, least: 150, most: 1000, scaled: false },
  quiz: { type: 'quiz', difficulty: 'advanced', ratio: 0.5, least: 200, most: 1500, scaled: true },
  examples: { type: 'examples', difficulty: 'intermediate', ratio: 2, least: 400, most: 3000, scaled: true },
  practice: { type: 'practice', difficulty: 'advanced', ratio: 1.8, least: 350, most: 2500, scaled: true },
}
const SIZES: readonly (readonly [below: number, factor: number])[] = [
  [2000, 1.2],
  [5000, 1],
  [10_000, 0.8],
  [Infinity, 0.6],
]
const WORDS_OF_A_TOKEN = 0.75

export function modeOf(name: unknown): Mode {
  return (typeof name === 'string' && Object.hasOwn(MODES, name) && MODES[name]) || EXPLAIN
}

/** `content_metadata` of a request. */
export function extent(text: string, mode: Mode): Record<string, number> {
  const words = text.match(/\S+/g) ?? []
  const complexity = difficultyOf(text, words)
  const harder = !mode.scaled ? 1 : complexity > 7 ? 2 : complexity > 4 ? 1.5 : 1
  const short = mode.type === 'explanation' ? 2 : 1.5
  const size = text.length < 500 ? short : (SIZES.find(([below]) => text.length < below)?.[1] ?? 1)
  const tokens = Math.round(((words.length * mode.ratio) / WORDS_OF_A_TOKEN) * harder * size)
  const most = Math.min(mode.most, Math.max(mode.least, tokens))
  return { max_tokens: most, input_length: text.length, complexity, estimated_output: Math.round(most * WORDS_OF_A_TOKEN) }
}

/** 0 to 10: long sentences, long words, technical words. */
function difficultyOf(text: string, words: readonly string[]): number {
  if (words.length === 0) return 0
  const sentences = Math.max(1, (text.match(/[.!?]+(\s|$)/g) ?? []).length)
  const letters = words.reduce((sum, word) => sum + word.length, 0)
  const technical = words.filter((word) => word.length > 10 || /^[A-Z]{2,}$/.test(word) || /[a-z][A-Z]/.test(word)).length
  const share = (value: number, whole: number): number => Math.min(value / whole, 1)
  const found = 3 * share(words.length / sentences, 25) + 3 * share(letters / words.length, 7) + 4 * share(10 * technical, words.length)
  return Math.round(found * 100) / 100
}

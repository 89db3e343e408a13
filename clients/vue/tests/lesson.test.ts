import { describe, expect, it } from 'vitest'

import type { Block, BlockKind } from '../src/api'
import { drawnBlocks, locate, suggestions, type List } from '../src/lesson'
import { CodePointText, type Span } from '../src/spans'

/** A lesson of the given blocks, joined as the assistant joins them. */
function lesson(...parts: [BlockKind, string, number?][]): { text: CodePointText; blocks: Block[] } {
  const text = new CodePointText(parts.map(([, words]) => words).join('\n\n'))
  let start = 0
  const blocks = parts.map(([kind, words, level = 0]) => {
    const end = start + [...words].length
    const block: Block = { kind, level, start, end, anchor: kind === 'heading' ? words : '', heading: [] }
    start = end + 2
    return block
  })
  return { text, blocks }
}

describe('a lesson as it is drawn', () => {
  it('leaves out the heading that repeats the title, and skips no level', () => {
    const { text, blocks } = lesson(
      ['heading', 'Trees', 1],
      ['heading', 'Roots', 2],
      ['heading', 'Deep', 4],
      ['heading', 'Leaves', 2],
    )
    const levels = drawnBlocks(text, blocks, 'Trees').map((block) => block.kind === 'heading' && [block.level, block.id])
    expect(levels).toEqual([
      [2, 'section-Roots'],
      [3, 'section-Deep'],
      [2, 'section-Leaves'],
    ])
  })

  it('nests list items by their indentation', () => {
    const { text, blocks } = lesson(['list', '- a \u{1f333}\n  3. b\n  4. c\n    - d\n- e\n[x] f\n1. g'])
    const [block] = drawnBlocks(text, blocks, '')
    const show = (list: List): unknown => ({
      [list.ordered ? `from ${list.first}` : 'bullets']: list.items.map((item) => [
        text.slice(item.span.start, item.span.end),
        ...(item.ticked === null ? [] : [item.ticked]),
        ...item.inner.map(show),
      ]),
    })
    expect(block?.kind === 'list' && block.lists.map(show)).toEqual([
      { bullets: [['a \u{1f333}', { 'from 3': [['b'], ['c', { bullets: [['d']] }]] }], ['e'], ['f', true]] },
      { 'from 1': [['g']] },
    ])
  })

  it('takes the row above a rule of dashes for the head of a table', () => {
    const { text, blocks } = lesson(['table', 'Tree | Roots\n--- | ---\nbanyan \u{1f333} | aerial\n| deep'])
    const [block] = drawnBlocks(text, blocks, '')
    const words = (cells: readonly Span[]): string[] => cells.map((cell) => text.slice(cell.start, cell.end))
    expect(block?.kind === 'table' && [words(block.head), ...block.rows.map(words)]).toEqual([
      ['Tree', 'Roots'],
      ['banyan \u{1f333}', 'aerial'],
      ['', 'deep'],
    ])
  })

  it('has no head without a rule', () => {
    const { text, blocks } = lesson(['table', 'a | b\nc | d'])
    expect(drawnBlocks(text, blocks, '')[0]).toMatchObject({ head: [], rows: [{ length: 2 }, { length: 2 }] })
  })

  it('shows a formula without its fence', () => {
    const { text, blocks } = lesson(['math', '$$x^2$$'])
    expect(drawnBlocks(text, blocks, '')).toEqual([{ kind: 'math', span: { start: 2, end: 5 } }])
  })
})

describe('the place of a citation', () => {
  const text = new CodePointText('\u{1f333} Roots hang. Leaves fall.')

  it('is its own span where the words stand there', () => {
    expect(locate(text, { quote: 'Leaves fall.', start: 14, end: 26 })).toEqual({ start: 14, end: 26 })
  })

  it('is where the words stand now when the lesson was edited', () => {
    expect(locate(text, { quote: 'Leaves fall.', start: 3, end: 15 })).toEqual({ start: 14, end: 26 })
  })

  it('is nowhere when the words are gone', () => {
    expect(locate(text, { quote: 'Branches break.', start: 3, end: 18 })).toBeNull()
  })
})

describe('suggested questions', () => {
  const about = (heading: string): string | undefined => {
    const { text, blocks } = lesson(['heading', 'Trees', 1], ['heading', heading, 2])
    return suggestions(text, blocks, 'Trees')[1]
  }

  it('ask about the first heading below the title', () => {
    expect(about('Photosynthesis')).toBe('What is Photosynthesis?')
    expect(about('Aerial roots')).toBe('What are Aerial roots?')
    expect(about('The bark')).toBe('What is the bark?')
  })

  it('take a heading that is a question as it is', () => {
    expect(about('Why do leaves fall?')).toBe('Why do leaves fall?')
    expect(about('How roots drink')).toBe('How roots drink?')
  })

  it('ask about the title of a lesson without headings', () => {
    const { text, blocks } = lesson(['paragraph', 'Words.'])
    expect(suggestions(text, blocks, 'Bark')).toEqual([
      'Summarise this lesson',
      'What is Bark?',
      'Give me an example',
      'Quiz me',
    ])
  })
})

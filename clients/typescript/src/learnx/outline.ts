import { BanyanError, isObject, parsed } from '../errors.js'
import { pythonAIClient, type Difficulty, type PythonAIClient } from './ai.js'
import { collected } from './batch.js'
import type { CallSettings } from './settings.js'

export interface OutlineParams {
  content: string
  filename?: string
  persona?: Record<string, unknown>
  sectionCount?: number
  includePageNumbers?: boolean
  difficulty?: Difficulty
  userId?: string
}

export interface OutlineSection {
  id: string
  title: string
  summary: string
  topics: string[]
  chunkIds: string[]
  chunkCount: number
  startPage?: number
  endPage?: number
}

export interface OutlineResult {
  fileId?: string
  sections: OutlineSection[]
  generatedAt: Date
  tokensUsed?: number
  processingTime?: number
}

export interface OutlineEvent {
  type: 'section' | 'complete' | 'error'
  data?: OutlineSection | OutlineResult
  error?: string
}

const MOST_CHARACTERS = 6000
const CHARACTERS_OF_A_CHUNK = 1000
const PAGES_OF_A_SECTION = 10
const NO_SECTIONS = 'The answer has no sections.'

/** Outlines with `sections`. An answer that cannot be read is an error, never an outline of placeholders. */
export class PythonOutlineService {
  constructor(private readonly client: PythonAIClient = pythonAIClient) {}

  /** Throws `Outline generation failed: <message>`. */
  async generateOutline(params: OutlineParams, settings: CallSettings = {}): Promise<OutlineResult> {
    const began = Date.now()
    try {
      const { text, totalTokens } = await collected(this.client.generateContent(request(params, false), settings))
      return result(params, sectionsOf(text), totalTokens, began)
    } catch (cause) {
      throw failure(cause)
    }
  }

  /** Each section once, as soon as it is whole, and last `complete` with the outline, or `error`. */
  async *generateOutlineStream(params: OutlineParams, settings: CallSettings = {}): AsyncGenerator<OutlineEvent, void, undefined> {
    const began = Date.now()
    const reader = new ListReader('sections')
    const found: unknown[] = []
    let tokens: number | undefined
    try {
      for await (const { content, error, metadata } of this.client.generateContent(request(params, true), settings)) {
        if (error !== undefined) throw new Error(error)
        const usage = metadata?.['usage']
        if (isObject(usage)) tokens = Number(usage['total_tokens'] ?? 0)
        for (const section of reader.feed(content ?? '')) {
          found.push(section)
          yield { type: 'section', data: filled(params, section, found.length - 1) }
        }
      }
      if (found.length === 0) throw new Error(NO_SECTIONS)
      yield { type: 'complete', data: result(params, found, tokens, began) }
    } catch (cause) {
      yield { type: 'error', error: failure(cause).message }
    }
  }

  healthCheck(): Promise<boolean> {
    return this.client.healthCheck()
  }
}

function request({ content, filename, persona, sectionCount, includePageNumbers, difficulty, userId }: OutlineParams, stream: boolean) {
  return {
    content: prompt(content, sectionCount, includePageNumbers === true),
    content_type: 'outline',
    topic: filename === undefined ? 'Document Analysis' : `Document: ${filename}`,
    difficulty: difficulty ?? ('intermediate' as const),
    ...(persona && { persona }),
    model: 'gpt-4o',
    temperature: 0.3,
    max_tokens: 2000,
    stream,
    ...(userId !== undefined && { user_id: userId }),
  }
}

function prompt(content: string, count: number | undefined, pages: boolean): string {
  const shown = content.length > MOST_CHARACTERS ? `${content.slice(0, MOST_CHARACTERS)}\n[... truncated]` : content
  const section = { id: 'section-1', title: '', summary: '', topics: [''], ...(pages && { startPage: 1, endPage: 1 }) }
  return [
    `Analyze this document and divide it into ${count === undefined ? '' : `${count} `}sections.`,
    'Document:',
    shown,
    'For each section give a title, a summary of two or three sentences, three to five concepts, and its share of the content.',
    'Answer with JSON alone, in this shape:',
    JSON.stringify({ sections: [section] }),
  ].join('\n\n')
}

/** Throws where the text has no list `sections` with something in it. */
function sectionsOf(text: string): unknown[] {
  const found = parsed(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
  const sections = isObject(found) ? found['sections'] : undefined
  if (!Array.isArray(sections) || sections.length === 0) throw new Error(NO_SECTIONS)
  return sections as unknown[]
}

function result(params: OutlineParams, sections: unknown[], tokens: number | undefined, began: number): OutlineResult {
  return {
    sections: sections.map((section, at) => filled(params, section, at, sections.length)),
    generatedAt: new Date(),
    tokensUsed: tokens ?? 0,
    processingTime: Date.now() - began,
  }
}

/** A section with what every caller relies on; `chunkCount` and pages are shares of the document where nothing says better. */
function filled(params: OutlineParams, section: unknown, at: number, of = params.sectionCount ?? at + 1): OutlineSection {
  const said = isObject(section) ? section : {}
  const text = (name: string): string => (typeof said[name] === 'string' ? said[name] : '')
  const page = (name: string, otherwise: number): number => (typeof said[name] === 'number' ? said[name] : otherwise)
  return {
    id: text('id') || `section-${at + 1}`,
    title: text('title') || `Section ${at + 1}`,
    summary: text('summary'),
    topics: Array.isArray(said['topics']) ? said['topics'].map(String) : [],
    chunkIds: [],
    chunkCount: Math.max(1, Math.floor(params.content.length / of / CHARACTERS_OF_A_CHUNK)),
    ...(params.includePageNumbers === true && {
      startPage: page('startPage', at * PAGES_OF_A_SECTION + 1),
      endPage: page('endPage', (at + 1) * PAGES_OF_A_SECTION),
    }),
  }
}

function failure(cause: unknown): BanyanError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new BanyanError(`Outline generation failed: ${said}`, { code: 'outline_failed', cause })
}

/** The elements of the list under a name, each once, out of JSON that comes in pieces. */
export class ListReader {
  #text = ''
  #at = -1
  #begin = -1
  #depth = 0
  #quoted = false
  #escaped = false

  constructor(private readonly name: string) {}

  *feed(piece: string): Generator<unknown, void, undefined> {
    this.#text += piece
    if (this.#at < 0) {
      const opening = new RegExp(`"${this.name}"\\s*:\\s*\\[`).exec(this.#text)
      if (opening === null) return
      this.#at = opening.index + opening[0].length
    }
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]
      if (this.#quoted) {
        this.#quoted = this.#escaped || character !== '"'
        this.#escaped = character === '\\' && !this.#escaped
        continue
      }
      if (character === '"') this.#quoted = true
      else if (character === '{' || character === '[') {
        if (this.#depth++ === 0) this.#begin = this.#at
      } else if (character === '}' || character === ']') {
        if (this.#depth === 0) {
          this.#at = Infinity
          return
        }
        if (--this.#depth > 0) continue
        const found = parsed(this.#text.slice(this.#begin, this.#at + 1))
        if (found !== undefined) {
          this.#at += 1
          yield found
          this.#at -= 1
        }
      }
    }
  }
}

export const pythonOutlineService = new PythonOutlineService()

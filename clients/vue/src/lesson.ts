/** What a lesson's blocks are drawn from: spans of the text, cut into lines, items and cells. */

import type { Block, Citation } from './api'
import { CodePointText, splitSpan, type Span } from './spans'

export interface ListItem {
  readonly span: Span
  /** Whether it is ticked, for an item of a check list. */
  readonly ticked: boolean | null
  readonly inner: readonly List[]
}

export interface List {
  readonly ordered: boolean
  readonly first: number
  readonly items: readonly ListItem[]
}

/** `span` is what is shown of the block as a whole. */
export type DrawnBlock = { readonly span: Span } & (
  | { readonly kind: 'heading'; readonly level: number; readonly id: string; readonly anchor: string }
  | { readonly kind: 'list'; readonly lists: readonly List[] }
  | { readonly kind: 'table'; readonly head: readonly Span[]; readonly rows: readonly (readonly Span[])[] }
  | { readonly kind: 'paragraph' | 'code' | 'quote' | 'math' | 'caption' }
)

const MARKER = /^(\s*)(?:(-)|\[([ x])\]|(\d+)[.)]) /
const HEADER_RULE = /^---(?: \| ---)*$/

/**
 * The blocks of a lesson as they are drawn below its title, which is the page's first heading: other headings
 * begin at level 2 and skip none. A first heading that repeats the title is left out.
 */
export function drawnBlocks(text: CodePointText, blocks: readonly Block[], title: string): DrawnBlock[] {
  const first = blocks[0]
  const repeats = first?.kind === 'heading' && sameWords(text.slice(first.start, first.end), title)
  const shown = repeats ? blocks.slice(1) : blocks
  const levels = headingLevels(shown)
  return shown.map((block, index) => drawnBlock(text, block, levels[index] ?? 2))
}

/** The element id of a section; prefixed, so that no lesson can claim an id of the page itself. */
export function sectionId(anchor: string): string {
  return `section-${anchor}`
}

/**
 * Where a citation stands in the text that is shown: at its own span, or, when the lesson has been edited since,
 * at the nearest place with the same words; null when they are no longer there.
 */
export function locate(text: CodePointText, citation: Pick<Citation, 'quote' | 'start' | 'end'>): Span | null {
  const { quote, start, end } = citation
  return text.slice(start, end) === quote && quote !== '' ? { start, end } : text.find(quote, start)
}

/** The questions offered before anything has been asked. */
export function suggestions(text: CodePointText, blocks: readonly Block[], title: string): string[] {
  const heading = blocks
    .filter((block) => block.kind === 'heading')
    .map((block) => text.slice(block.start, block.end).trim())
    .find((words) => !sameWords(words, title) && words.length <= 60 && !/^(introduction|overview|summary)\b/i.test(words))
  return ['Summarise this lesson', aboutHeading(heading ?? title), 'Give me an example', 'Quiz me']
}

function aboutHeading(heading: string): string {
  if (/[?\uff1f]$/.test(heading)) return heading
  if (/^(why|how|what|when|where|who|which)\b/i.test(heading)) return `${heading}?`
  if (heading.split(/\s+/).length > 4) return `Explain: ${heading}`
  const article = heading.replace(/^(The|An?) /, (word) => word.toLowerCase())
  return `What ${/[^isu]s$/i.test(heading) ? 'are' : 'is'} ${article}?`
}

function drawnBlock(text: CodePointText, block: Block, level: number): DrawnBlock {
  const span = { start: block.start, end: block.end }
  switch (block.kind) {
    case 'heading':
      return { kind: 'heading', span, level, id: sectionId(block.anchor), anchor: block.anchor }
    case 'list':
      return { kind: 'list', span, lists: nestedLists(listLines(text, span)) }
    case 'table':
      return drawnTable(text, span)
    case 'math': {
      const fenced = /^\$\$[^]*\$\$$/.test(text.slice(span.start, span.end))
      return { kind: 'math', span: fenced ? { start: span.start + 2, end: span.end - 2 } : span }
    }
    default:
      return { kind: block.kind, span }
  }
}

/** A line for each row, cells between bars, and a rule of dashes below the header row where there is one. */
function drawnTable(text: CodePointText, span: Span): DrawnBlock {
  const lines = splitSpan(text, span, '\n')
  const [first, second, ...others] = lines
  const headed = first && second && HEADER_RULE.test(text.slice(second.start, second.end))
  const cells = (line: Span): Span[] => splitSpan(text, line, ' | ').flatMap((cell) => borderless(text, cell))
  return headed
    ? { kind: 'table', span, head: cells(first), rows: others.map(cells) }
    : { kind: 'table', span, head: [], rows: lines.map(cells) }
}

/** An empty first or last cell leaves only its bar in the line. */
function borderless(text: CodePointText, cell: Span): Span[] {
  const words = text.slice(cell.start, cell.end)
  const empty = (at: number): Span => ({ start: at, end: at })
  if (words.startsWith('| ')) return [empty(cell.start), { start: cell.start + 2, end: cell.end }]
  if (words.endsWith(' |')) return [{ start: cell.start, end: cell.end - 2 }, empty(cell.end)]
  return [cell]
}

interface ListLine {
  readonly span: Span
  readonly indent: number
  readonly ticked: boolean | null
  readonly number: number | null
}

function listLines(text: CodePointText, span: Span): ListLine[] {
  return splitSpan(text, span, '\n').flatMap((line) => {
    const marker = MARKER.exec(text.slice(line.start, line.end))
    const start = line.start + (marker?.[0].length ?? 0)
    if (start >= line.end) return []
    return {
      span: { start, end: line.end },
      indent: marker?.[1]?.length ?? 0,
      ticked: marker?.[3] ? marker[3] === 'x' : null,
      number: marker?.[4] ? Number(marker[4]) : null,
    }
  })
}

/** Lines that stand further in belong to the item before them; bullets and numbers do not share a list. */
function nestedLists(lines: readonly ListLine[]): List[] {
  const lists: { ordered: boolean; first: number; items: ListItem[] }[] = []
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as ListLine
    const next = lines.findIndex((other, index) => index > at && other.indent <= line.indent)
    const end = next === -1 ? lines.length : next
    const item = { span: line.span, ticked: line.ticked, inner: nestedLists(lines.slice(at + 1, end)) }
    const last = lists.at(-1)
    const ordered = line.number !== null
    if (last && last.ordered === ordered) last.items.push(item)
    else lists.push({ ordered, first: line.number ?? 1, items: [item] })
    at = end
  }
  return lists
}

function headingLevels(blocks: readonly Block[]): (number | undefined)[] {
  const open: number[] = []
  return blocks.map((block) => {
    if (block.kind !== 'heading') return undefined
    while (open.length > 0 && (open.at(-1) ?? 0) >= block.level) open.pop()
    open.push(block.level)
    return Math.min(open.length + 1, 6)
  })
}

function sameWords(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

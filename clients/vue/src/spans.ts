/**
 * Spans of the API count Unicode code points; JavaScript strings count UTF-16 units.
 * Everything that cuts a lesson's text goes through here.
 */

/** A half-open range of code points. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A run of text that lies wholly inside or wholly outside the marked span. */
export interface Run {
  readonly text: string
  readonly marked: boolean
}

/** A text that is cut by code points, with one table made once. */
export class CodePointText {
  /** Number of code points. */
  readonly length: number
  private readonly units: Uint32Array | null

  constructor(readonly text: string) {
    this.units = hasSurrogates(text) ? unitOffsets(text) : null
    this.length = this.units ? this.units.length - 1 : text.length
  }

  /** The text between two code points; bounds outside the text are moved to its ends. */
  slice(start: number, end: number): string {
    return this.text.slice(this.toUnits(start), this.toUnits(end))
  }

  /** Where `quote` first stands, nearest to `hint`; null when it stands nowhere. */
  find(quote: string, hint = 0): Span | null {
    if (quote === '') return null
    const wanted = this.toUnits(hint)
    let best = -1
    for (let at = this.text.indexOf(quote); at !== -1; at = this.text.indexOf(quote, at + 1)) {
      if (best === -1 || Math.abs(at - wanted) < Math.abs(best - wanted)) best = at
    }
    return best === -1 ? null : { start: this.fromUnits(best), end: this.fromUnits(best + quote.length) }
  }

  /** A code point's offset in UTF-16 units. */
  toUnits(point: number): number {
    const inside = Math.min(Math.max(point, 0), this.length)
    return this.units ? (this.units[inside] ?? this.text.length) : inside
  }

  /** The code point that begins at, or holds, a UTF-16 unit. */
  fromUnits(unit: number): number {
    if (!this.units) return Math.min(Math.max(unit, 0), this.length)
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.units[middle] ?? 0) <= unit) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** `span` cut at the borders of `mark`, as one to three runs; empty runs are left out. */
export function runsOf(text: CodePointText, span: Span, mark: Span | null): Run[] {
  const start = mark ? Math.min(Math.max(mark.start, span.start), span.end) : span.end
  const end = mark ? Math.max(Math.min(mark.end, span.end), start) : span.end
  const runs: Run[] = [
    { text: text.slice(span.start, start), marked: false },
    { text: text.slice(start, end), marked: true },
    { text: text.slice(end, span.end), marked: false },
  ]
  return runs.filter((run) => run.text !== '')
}

/** The spans between separators, in order; empty ones included, so that table cells keep their column. */
export function splitSpan(text: CodePointText, span: Span, separator: string): Span[] {
  const width = new CodePointText(separator).length
  const parts: Span[] = []
  let start = span.start
  for (const part of text.slice(span.start, span.end).split(separator)) {
    const end = start + new CodePointText(part).length
    parts.push({ start, end })
    start = end + width
  }
  return parts
}

export function overlaps(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end
}

function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text)
}

function unitOffsets(text: string): Uint32Array {
  const offsets: number[] = []
  let unit = 0
  for (const character of text) {
    offsets.push(unit)
    unit += character.length
  }
  offsets.push(unit)
  return Uint32Array.from(offsets)
}

/** Turns the plain text of an answer into blocks and pieces; nothing in it is ever treated as markup. */

export type Piece = { readonly text: string } | { readonly citation: number }

export type AnswerBlock =
  | { readonly kind: 'paragraph'; readonly lines: readonly (readonly Piece[])[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly first: number; readonly items: readonly (readonly Piece[])[] }

const BULLET = /^\s*[-*\u2022]\s+(.*)$/
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.*)$/

const CODE = /(`{1,3}[^`\n]{1,600}`{1,3})/
const DISARMED =
  /&lt;(?=\/?(?:script|iframe|object|embed|img|image|svg|style|link|meta|form|base|video|audio|source|input|button)\b)/gi

/**
 * An answer as it is read. The service disarms live tags for programs that draw answers as markup; here nothing is
 * markup, so that a reader gets the sign back. Code was never disarmed, and stays.
 */
export function readable(answer: string): string {
  return answer
    .split(CODE)
    .map((part, at) => (at % 2 ? part : part.replace(DISARMED, '<')))
    .join('')
}

/** `[n]` becomes a citation where the answer has a citation of that number; anything else stays text. */
export function citationPieces(text: string, known: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = []
  let plain = ''
  for (const part of text.split(/(\[\d{1,3}\])/)) {
    const number = /^\[\d{1,3}\]$/.test(part) ? Number(part.slice(1, -1)) : null
    if (number !== null && known.has(number)) {
      if (plain !== '') pieces.push({ text: plain })
      plain = ''
      pieces.push({ citation: number })
    } else {
      plain += part
    }
  }
  if (plain !== '') pieces.push({ text: plain })
  return pieces
}

/** Paragraphs, with their line breaks, and simple lists, in order. */
export function answerBlocks(text: string, known: ReadonlySet<number>): AnswerBlock[] {
  const blocks: AnswerBlock[] = []
  let lines: Piece[][] = []
  let items: Piece[][] = []
  let list: { ordered: boolean; first: number } | null = null

  const closeParagraph = (): void => {
    if (lines.length > 0) blocks.push({ kind: 'paragraph', lines })
    lines = []
  }
  const closeList = (): void => {
    if (list) blocks.push({ kind: 'list', ...list, items })
    list = null
    items = []
  }

  for (const line of readable(text).replace(/\r\n?/g, '\n').split('\n')) {
    const numbered = NUMBER.exec(line)
    const item = numbered ? numbered[2] : BULLET.exec(line)?.[1]
    if (item !== undefined) {
      closeParagraph()
      if (list && list.ordered !== (numbered !== null)) closeList()
      list ??= { ordered: numbered !== null, first: Number(numbered?.[1] ?? 1) }
      items.push(citationPieces(item, known))
    } else if (line.trim() === '') {
      closeParagraph()
      // A blank line between two items does not end their list; the next line decides.
    } else {
      closeList()
      lines.push(citationPieces(line, known))
    }
  }
  closeParagraph()
  closeList()
  return blocks
}

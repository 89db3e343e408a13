/** Where a citation leads. */

import type { Citation } from './api'
import { formatRoute } from './route'

/** In the place of a lesson's name: what belongs to the whole course. */
export const COURSE_WIDE = '_course'
const OWN_TEXT = 'lesson'

/** `outside`: a page elsewhere, and not a sentence of a lesson that the page shows. */
export interface Target {
  readonly href: string
  readonly outside: boolean
}

/** Null where there is nothing to open: a file beside a lesson, or of the whole course. */
export function targetOf(citation: Citation): Target | null {
  const { lesson, source = OWN_TEXT, url } = citation
  if (lesson !== COURSE_WIDE && source === OWN_TEXT) return { href: formatRoute(citation), outside: false }
  // Whatever else an address may begin with could run a program.
  return url && /^https?:\/\//i.test(url) ? { href: url, outside: true } : null
}

/** Where a dashboard is open: `#teach/course/tab` and `#operate`; lessons stand at `#/`. */

export const TABS = ['overview', 'help', 'faq', 'feedback', 'exams', 'stale'] as const
export type Tab = (typeof TABS)[number]

export interface DeskPlace {
  readonly desk: 'teach' | 'operate'
  readonly course: string
  readonly tab: Tab
}

/** null where the address is no dashboard's. */
export function deskPlace(hash: string): DeskPlace | null {
  const [desk, course = '', tab = ''] = hash.replace(/^#/, '').split('/')
  if (desk !== 'teach' && desk !== 'operate') return null
  return { desk, course: decoded(course), tab: TABS.find((one) => one === tab) ?? 'overview' }
}

export function deskHash(course: string, tab: Tab = 'overview'): string {
  return `#teach/${encodeURIComponent(course)}${tab === 'overview' ? '' : `/${tab}`}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a hand-written address with a stray percent sign
  }
}

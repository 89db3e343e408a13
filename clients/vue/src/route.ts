/** Where the reader is: `#/course/lesson/anchor`, each part percent-encoded, later parts optional. */
export interface Route {
  readonly course: string
  readonly lesson: string
  readonly anchor: string
}

export const NOWHERE: Route = { course: '', lesson: '', anchor: '' }

export function parseRoute(hash: string): Route {
  const [course = '', lesson = '', anchor = ''] = hash.replace(/^#?\/?/, '').split('/').map(decode)
  return { course, lesson, anchor }
}

export function formatRoute(route: Partial<Route>): string {
  const parts = [route.course ?? '', route.lesson ?? '', route.anchor ?? '']
  while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a hand-written address with a stray percent sign
  }
}

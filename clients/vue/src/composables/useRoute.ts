import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

import { deskPlace } from '../desk/place'
import { formatRoute, parseRoute, type Route } from '../route'

export interface Routing {
  readonly route: Readonly<ShallowRef<Route>>
  /** Moves on, leaving a step to come back to; `replace` leaves none. */
  go(route: Partial<Route>, options?: { replace?: boolean }): void
}

/** The part of the address behind `#`, followed in both directions. */
export function useRoute(): Routing {
  const route = shallowRef(parseRoute(location.hash))
  const follow = (): void => {
    // A dashboard takes the page's place, and the lesson that was open is not called by its name.
    if (!deskPlace(location.hash)) route.value = parseRoute(location.hash)
  }
  window.addEventListener('hashchange', follow)
  onScopeDispose(() => window.removeEventListener('hashchange', follow))

  return {
    route,
    go(next, { replace = false } = {}) {
      const hash = formatRoute(next)
      if (replace) history.replaceState(null, '', hash)
      else if (hash !== location.hash) history.pushState(null, '', hash)
      follow()
    },
  }
}

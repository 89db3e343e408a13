/** Who is signed in, where the assistant wants to know: a key is exchanged for a token, and the key is forgotten. */

import { shallowRef, type ShallowRef } from 'vue'

export interface Session {
  /** The name in the token; null while nobody is signed in, as where the assistant wants no key. */
  readonly user: Readonly<ShallowRef<string | null>>
  /** What the person is, as the service says it in the token; of nobody's page, the operator's. Empty before it is known. */
  readonly roles: Readonly<ShallowRef<readonly string[]>>
  /** Why a key is wanted now: the first time, or because the token is no longer good; "" while none is. */
  readonly wanted: Readonly<ShallowRef<'' | 'first' | 'again'>>
  /** What calls show; null for nothing. */
  token(): string | null
  /** Notes for whom the page shows something, so that nobody else gets to see it. */
  shown(): void
  /** To be awaited when a call was refused with `token`; settles when there is another, throws when `signal` aborts. */
  renewed(token: string | null, signal?: AbortSignal | null): Promise<void>
  /** Throws SignInError with what is wrong. */
  signIn(key: string): Promise<void>
  signOut(): void
}

/** One sentence about a key that did not do. */
export class SignInError extends Error {
  override name = 'SignInError'
}

/** What the page runs in; tests hand in another. */
export interface Surroundings {
  /** Lives as long as the tab. */
  readonly store: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Begins the page anew, with nothing of before in its memory. */
  reload(): void
}

const KEPT_AS = 'banyan.token'
const DEADLINE_MS = 20_000
const UNREACHABLE = 'The assistant cannot be reached. Check that it runs, then try again.'

/** `base`: where `api/v1/` stands. */
export function createSession(base: string, surroundings: Surroundings = browser()): Session {
  const { store } = surroundings
  let current: string | null = quietly(() => store.getItem(KEPT_AS)) ?? null
  const user = shallowRef<string | null>(current === null ? null : nameIn(current))
  const roles = shallowRef<readonly string[]>([])
  const wanted = shallowRef<'' | 'first' | 'again'>('')
  /** Whoever saw what the page shows; "" for somebody without a name, undefined while it shows nothing. */
  let viewer: string | undefined
  let known: string | null | undefined
  let waiting: (() => void)[] = []

  function keep(token: string | null): void {
    current = token
    user.value = token === null ? null : nameIn(token)
    // Where the browser keeps nothing for a page, the token lasts until the page is loaded again.
    quietly(() => (token === null ? store.removeItem(KEPT_AS) : store.setItem(KEPT_AS, token)))
  }

  return {
    user,
    roles,
    wanted,
    token: () => current,
    shown() {
      viewer = personIn(current)
      if (current === known) return
      known = current
      roles.value = current === null ? ['admin'] : rolesIn(current)
    },
    async renewed(token, signal) {
      signal?.throwIfAborted()
      if (token !== current) return
      if (wanted.value === '') {
        wanted.value = token === null ? 'first' : 'again'
        quietly(() => store.removeItem(KEPT_AS))
      }
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
    },
    async signIn(key) {
      const token = await exchange(surroundings, `${base}tokens`, key.trim())
      keep(token)
      if (viewer !== undefined && viewer !== personIn(token)) {
        surroundings.reload()
        return
      }
      wanted.value = ''
      const calls = waiting
      waiting = []
      calls.forEach((goOn) => goOn())
    },
    signOut() {
      keep(null)
      surroundings.reload()
    },
  }
}

async function exchange(surroundings: Surroundings, url: string, key: string): Promise<string> {
  if (key === '') throw new SignInError('Enter your key.')
  // Nothing else can stand in a header, and no key has it.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new SignInError('This is no key: a key is one word of letters, digits and signs.')
  let response: Response
  let answer: { token?: unknown; error?: { message?: unknown } }
  try {
    response = await surroundings.fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: '{}',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    answer = (await response.json()) as typeof answer
  } catch {
    throw new SignInError(UNREACHABLE)
  }
  if (typeof answer.token === 'string') return answer.token
  const { message } = answer.error ?? {}
  throw new SignInError(typeof message === 'string' ? message : `The assistant answered with status ${response.status}.`)
}

/** The person a token names; for display alone, nothing is decided by it. */
export function nameIn(token: string): string {
  return claim(token, 'sub')
}

/** Those of a token; for display alone, the service decides by its own. */
export function rolesIn(token: string): readonly string[] {
  const found = claims(token).roles
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : []
}

export function isStaff(roles: readonly string[]): boolean {
  return roles.includes('instructor') || isOperator(roles)
}

/** Whether all courses are theirs to look after. */
export function isOperator(roles: readonly string[]): boolean {
  return ['moderator', 'admin', 'service'].some((role) => roles.includes(role))
}

/** Two people may have one name, each in a tenant of their own. */
function personIn(token: string | null): string {
  return token === null ? '' : JSON.stringify([claim(token, 'tenant'), claim(token, 'sub')])
}

function claim(token: string, name: 'sub' | 'tenant'): string {
  const found = claims(token)[name]
  return typeof found === 'string' ? found : ''
}

function claims(token: string): Record<string, unknown> {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))
    return (JSON.parse(new TextDecoder().decode(bytes)) ?? {}) as Record<string, unknown>
  } catch {
    return {}
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined // a browser that is told to keep nothing throws here
  }
}

function browser(): Surroundings {
  const none = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
  return {
    store: quietly(() => sessionStorage) ?? none,
    fetch: (url, init) => fetch(url, init),
    reload: () => location.reload(),
  }
}

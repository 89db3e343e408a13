import { describe, expect, it } from 'vitest'

import { httpApi } from '../src/api'
import { createSession, isOperator, isStaff, nameIn, type Session, type Surroundings } from '../src/session'

const BASE = 'http://assistant/api/v1/'

function tokenOf(name: string, number = 1, tenant = 'default'): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ sub: name, number, tenant }))
  const part = btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `head.${part}.sign`
}

interface World {
  session: Session
  kept: Map<string, string>
  sent: RequestInit[]
  reloads(): number
}

/** A tab whose assistant gives the answers in turn; `kept` is what the tab has from before. */
function tab(answers: [status: number, body: unknown][], kept = new Map<string, string>()): World {
  const sent: RequestInit[] = []
  let reloads = 0
  const surroundings: Surroundings = {
    store: {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    },
    fetch: async (_url, init) => {
      sent.push(init)
      const [status, body] = answers[sent.length - 1] ?? [500, {}]
      return new Response(JSON.stringify(body), { status })
    },
    reload: () => void reloads++,
  }
  return { session: createSession(BASE, surroundings), kept, sent, reloads: () => reloads }
}

describe('a session', () => {
  it('exchanges the key for a token, and keeps the token alone', async () => {
    const { session, kept, sent } = tab([[201, { token: tokenOf('Zoë') }]])
    await session.signIn('  bk_secret ')
    expect(sent[0]?.headers).toMatchObject({ Authorization: 'Bearer bk_secret' })
    expect([...kept.values()]).toEqual([tokenOf('Zoë')])
    expect(session.user.value).toBe('Zoë')
  })

  it('finds the token again after a reload, and forgets it on leaving', () => {
    const kept = new Map([['banyan.token', tokenOf('ana')]])
    const { session, reloads } = tab([], kept)
    expect([session.token(), session.user.value]).toEqual([tokenOf('ana'), 'ana'])
    session.signOut()
    expect([kept.size, session.token(), reloads()]).toEqual([0, null, 1])
  })

  it('says what is wrong with a key, in the words of the assistant where it has some', async () => {
    const refused = { error: { message: 'This key is not known; check it.' } }
    const { session, sent } = tab([[401, refused], [502, {}]])
    await expect(session.signIn(' ')).rejects.toThrow('Enter your key.')
    await expect(session.signIn('a\u00e4')).rejects.toThrow('This is no key')
    expect(sent).toEqual([])
    await expect(session.signIn('bk_wrong')).rejects.toThrow('This key is not known; check it.')
    await expect(session.signIn('bk_wrong')).rejects.toThrow('status 502')
    expect(session.user.value).toBeNull()
  })

  it('lets all that waits go on when the same person signs in', async () => {
    const { session, reloads } = tab([[201, { token: tokenOf('ana', 2) }]], new Map([['banyan.token', tokenOf('ana')]]))
    session.shown()
    const waiting = [session.renewed(tokenOf('ana')), session.renewed(tokenOf('ana'))]
    expect(session.wanted.value).toBe('again')
    await session.signIn('bk_secret')
    await Promise.all(waiting)
    expect([session.wanted.value, reloads()]).toEqual(['', 0])
    await session.renewed(tokenOf('ana')) // refused with the old one, and there is a new one already
  })

  it('begins the page anew when somebody else signs in, and when a page for nobody gets a name', async () => {
    for (const before of [tokenOf('ana'), tokenOf('ben', 1, 'another'), null]) {
      const kept = new Map(before === null ? [] : [['banyan.token', before] as const])
      const { session, reloads } = tab([[201, { token: tokenOf('ben') }]], kept)
      session.shown()
      void session.renewed(before)
      await session.signIn('bk_secret')
      expect(reloads()).toBe(1)
      expect(session.wanted.value).not.toBe('')
    }
  })

  it('ends the wait of a call that is given up', async () => {
    const { session } = tab([])
    const control = new AbortController()
    const waiting = session.renewed(null, control.signal)
    control.abort()
    await expect(waiting).rejects.toThrow('abort')
  })

  it('knows roles only once something is shown: those of the token, and without one the operator\'s', () => {
    const token = `head.${btoa(JSON.stringify({ sub: 'tess', roles: ['learner', 'instructor'] }))}.sign`
    for (const [kept, staff, operator] of [
      [new Map<string, string>(), true, true],
      [new Map([['banyan.token', token]]), true, false],
      [new Map([['banyan.token', tokenOf('ana')]]), false, false],
    ] as const) {
      const { session } = tab([], kept)
      expect(isStaff(session.roles.value)).toBe(false)
      session.shown()
      expect([isStaff(session.roles.value), isOperator(session.roles.value)]).toEqual([staff, operator])
    }
  })

  it('reads a name from anything without failing', () => {
    expect(['', 'a.b', 'a.%.c', `a.${btoa('[]')}.c`, `a.${btoa('{"sub":1}')}.c`].map(nameIn)).toEqual(['', '', '', '', ''])
  })
})

describe('calls', () => {
  it('wait for the sign-in when they are refused, and are made again with the token', async () => {
    const { session } = tab([[201, { token: tokenOf('ana') }]])
    const shown: (string | null)[] = []
    const original = globalThis.fetch
    globalThis.fetch = async (_url, init) => {
      const authorization = new Headers(init?.headers).get('Authorization')
      shown.push(authorization)
      const status = authorization ? 200 : 401
      return new Response(JSON.stringify(authorization ? { courses: ['c'] } : {}), { status })
    }
    try {
      const courses = httpApi(session, BASE).courses()
      while (session.wanted.value === '') await Promise.resolve()
      await session.signIn('bk_secret')
      expect(await courses).toEqual(['c'])
    } finally {
      globalThis.fetch = original
    }
    expect(shown).toEqual([null, `Bearer ${tokenOf('ana')}`])
  })
})

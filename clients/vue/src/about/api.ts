/** What learners say of themselves, as the assistant keeps it. */

import { callerOf } from '../api'
import type { Session } from '../session'

/** The part that the form shows; fields that nobody filled in are not there. */
export interface Persona {
  readonly role?: string
  readonly interests?: readonly string[]
  readonly level?: string
  readonly style?: string
  readonly tone?: string
  readonly language?: string
  readonly accessibility?: readonly string[]
}

export interface AboutApi {
  show(): Promise<Persona>
  /** What is kept now: the assistant cleans texts. */
  save(persona: Persona): Promise<Persona>
  forget(): Promise<void>
}

/** Where no key is wanted, everybody on this machine is the operator. */
const NOBODY_SIGNED_IN = 'local'

export function aboutApi(session: Session): AboutApi {
  const { reach, call } = callerOf(session)
  const path = (): string => `users/${encodeURIComponent(session.user.value ?? NOBODY_SIGNED_IN)}/persona`
  return {
    show: async () => (await call<{ persona: Persona }>(path())).persona,
    save: async (persona) => {
      const init = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(persona) }
      return (await call<{ persona: Persona }>(path(), init)).persona
    },
    forget: async () => {
      const response = await reach(path(), { method: 'DELETE' })
      await response.body?.cancel()
    },
  }
}

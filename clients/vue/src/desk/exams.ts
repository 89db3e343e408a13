/** Exams: what is typed, and how a lock stands. */

import type { Lock } from './api'

export type LockState = 'lifted' | 'over' | 'waiting' | 'on'

export function lockState(lock: Lock, now: Date): LockState {
  if (lock.lifted_at) return 'lifted'
  if (lock.until && new Date(lock.until) <= now) return 'over'
  return new Date(lock.since) > now ? 'waiting' : 'on'
}

/** Names by line, comma or semicolon; null where there are none, which means everybody. */
export function learnersIn(text: string): string[] | null {
  const names = text.split(/[\n,;]+/).map((one) => one.trim()).filter((one) => one !== '')
  return names.length > 0 ? [...new Set(names)] : null
}

/** A local date and time, as the browser's field has it, as a moment; null for none. */
export function momentIn(local: string): string | null {
  const at = local === '' ? null : new Date(local)
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null
}

/** The form of how much help is given: what is typed, and what is sent for it. */

import type { FieldInForce, Value } from './api'
import { WORDS } from './words'

export type Kind = 'truth' | 'choice' | 'count' | 'amount'

export interface PolicyField {
  readonly name: keyof typeof WORDS.fields
  readonly kind: Kind
  readonly choices: readonly string[]
}

const TRUTH = ['true', 'false']

export const FIELDS: readonly PolicyField[] = [
  { name: 'enabled', kind: 'truth', choices: TRUTH },
  { name: 'help_level', kind: 'choice', choices: ['answer', 'explain', 'hints', 'socratic'] },
  { name: 'hints_reveal', kind: 'truth', choices: TRUTH },
  { name: 'off_topic', kind: 'choice', choices: ['allow', 'tell', 'refuse'] },
  { name: 'max_messages_per_user_per_day', kind: 'count', choices: [] },
  { name: 'cost_per_message', kind: 'amount', choices: [] },
  { name: 'cost_cap_per_user_per_day', kind: 'amount', choices: [] },
]

/** By field, as typed; "" inherits. */
export type Typed = Readonly<Record<string, string>>

export function typedOf(values: Readonly<Record<string, Value>>): Typed {
  return Object.fromEntries(FIELDS.map(({ name }) => [name, asTyped(values[name])]))
}

/** What has changed; null inherits. A number that is none is sent as it was typed, for the service to say so. */
export function wishOf(typed: Typed, values: Readonly<Record<string, Value>>): Record<string, Value> {
  const wish: Record<string, Value> = {}
  for (const { name, kind } of FIELDS) {
    const now = (typed[name] ?? '').trim()
    if (now !== asTyped(values[name])) wish[name] = now === '' ? null : read(now, kind)
  }
  return wish
}

/** As typed, of the fields that say something else than `values`. */
export function unsaved(typed: Typed, values: Readonly<Record<string, Value>>): Typed {
  return Object.fromEntries(Object.keys(wishOf(typed, values)).map((name) => [name, typed[name] ?? '']))
}

export function shownSetting(name: string, value: Value): string {
  if (value === null || value === '') return WORDS.none
  if (typeof value === 'boolean') return value ? WORDS.yes : WORDS.no
  const choices: Readonly<Record<string, Readonly<Record<string, string>>>> = WORDS.choices
  return choices[name]?.[String(value)] ?? String(value)
}

/** Where a value comes from, in a sentence without its end. */
export function originOf(field: FieldInForce): string {
  const level = WORDS.levels[field.level as keyof typeof WORDS.levels] ?? field.level
  if (field.locked && field.lock) {
    const above = WORDS.levels[field.lock.level as keyof typeof WORDS.levels] ?? field.lock.level
    return WORDS.help.lockedBy(above)
  }
  return WORDS.help.from(level, field.by ?? '')
}

function asTyped(value: Value | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

function read(typed: string, kind: Kind): Value {
  if (kind === 'truth') return typed === 'true'
  if (kind === 'choice') return typed
  const number = Number(typed)
  return Number.isFinite(number) ? number : typed
}

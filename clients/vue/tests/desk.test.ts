import { describe, expect, it } from 'vitest'

import type { Lock, Report } from '../src/desk/api'
import { learnersIn, lockState, momentIn } from '../src/desk/exams'
import {
  askedFilters, bars, inShort, lastDays, placeOf, queryOf, shownColumns, shownDay, shownValue,
} from '../src/desk/figures'
import { deskHash, deskPlace } from '../src/desk/place'
import { originOf, shownSetting, typedOf, unsaved, wishOf } from '../src/desk/policy'

describe('the address of a dashboard', () => {
  it('names course and tab, whatever the course is called', () => {
    const at = { desk: 'teach', course: 'a/b c', tab: 'exams' }
    expect(deskPlace(deskHash('a/b c', 'exams'))).toEqual(at)
    expect(deskPlace('#operate')).toEqual({ desk: 'operate', course: '', tab: 'overview' })
    expect(deskPlace('#teach/c/nothing')?.tab).toBe('overview')
  })

  it('is none of a lesson, also of a course that is called like one', () => {
    for (const hash of ['', '#/', '#/teach/exams', '#/operate']) expect(deskPlace(hash)).toBeNull()
  })
})

const filter = (name: string, kind: Report['filters'][number]['kind']) =>
  ({ name, kind, label: name, required: false, choices: [], default: null })
const REPORT: Report = {
  name: 'r', title: 'R', measures: '', columns: [],
  filters: [filter('from', 'moment'), filter('to', 'moment'), filter('course', 'course'), filter('status', 'choice')],
}

describe('a report', () => {
  it('is asked for with course and period, and what its own form says', () => {
    const period = { from: '2026-01-01', to: '2026-01-31' }
    expect(askedFilters(REPORT).map(({ name }) => name)).toEqual(['status'])
    expect(queryOf(REPORT, 'c', period, { status: '5xx', other: 'x' })).toEqual({ ...period, course: 'c', status: '5xx' })
    expect(queryOf(REPORT, '', { from: '', to: '' }, { status: '' })).toEqual({})
  })

  it('shows values by their kind', () => {
    expect(shownValue('0.000012000', 'money')).toBe('$0.000012')
    expect(shownValue(12345.5, 'integer')).toBe('12,345.5')
    expect(shownValue(33.33, 'percent')).toBe('33.33 %')
    expect([shownValue(null, 'text'), shownValue(0, 'integer'), shownValue('<b>', 'text')]).toEqual(['–', '0', '<b>'])
    expect(shownDay('2026-01-31')).toBe('31 Jan')
  })

  it('leads to the section that a row is about, and nowhere for the whole course', () => {
    const columns = [
      { name: 'course', label: '', kind: 'course' }, { name: 'lesson', label: '', kind: 'lesson' },
      { name: 'anchor', label: '', kind: 'text' },
    ] as const
    expect(placeOf({ lesson: 'l', anchor: 'a' }, columns, 'c')).toEqual({ course: 'c', lesson: 'l', anchor: 'a' })
    expect(placeOf({ lesson: '_course' }, columns, 'c')).toBeNull()
    expect(shownColumns(columns, true).map(({ name }) => name)).toEqual(['lesson'])
  })
})

describe('a series', () => {
  const points = [{ day: '1', value: 2 }, { day: '2', value: null }, { day: '3', value: 0 }, { day: '4', value: 4 }]

  it('has a bar for each day with a value, and the highest reaches the top', () => {
    expect(bars(points, 100, 50).map(({ y, height }) => [y, height])).toEqual([[25, 25], [0, 50]])
    expect(bars([{ day: '1', value: 0 }], 100, 50)).toEqual([])
  })

  it('is told as a sum, or as the average of days that have something', () => {
    expect([inShort(points, 'Sum'), inShort(points, 'Average'), inShort([], 'Average')]).toEqual([6, 3, 0])
  })

  it('covers the days up to today', () => {
    expect(lastDays(30, new Date('2026-01-30T23:00:00Z'))).toEqual({ from: '2026-01-01', to: '2026-01-30' })
  })
})

describe('the form of a policy', () => {
  const values = { help_level: 'hints', hints_reveal: false, cost_per_message: 0.01 }

  it('sends what has changed alone; empty inherits', () => {
    const typed = typedOf(values)
    expect(wishOf(typed, values)).toEqual({})
    const changed = { ...typed, help_level: '', hints_reveal: 'true', max_messages_per_user_per_day: ' 20 ' }
    expect(wishOf(changed, values)).toEqual({ help_level: null, hints_reveal: true, max_messages_per_user_per_day: 20 })
  })

  it('keeps what is not saved yet on top of what somebody else decided', () => {
    const typed = { ...typedOf(values), help_level: '' }
    const decided = { ...values, off_topic: 'refuse' }
    expect({ ...typedOf(decided), ...unsaved(typed, values) }).toMatchObject({ help_level: '', off_topic: 'refuse' })
  })

  it('leaves it to the service to refuse what is no number', () => {
    expect(wishOf({ cost_per_message: 'ten' }, values)).toMatchObject({ cost_per_message: 'ten' })
  })

  it('says what holds and why', () => {
    expect([shownSetting('help_level', 'hints'), shownSetting('enabled', true)]).toEqual(['Hints first', 'yes'])
    const field = { value: 'hints', level: 'tenant', by: 'tess', at: null, locked: false, lock: null }
    expect(originOf(field)).toBe('In force from the tenant, set by tess')
    expect(originOf({ ...field, locked: true, lock: { level: 'tenant' } })).toBe('Locked by the tenant')
  })
})

describe('an exam', () => {
  const lock: Lock = {
    id: 'x', learners: null, since: '2026-01-01T10:00:00Z', until: '2026-01-01T12:00:00Z', reason: '', by: 'tess',
    lifted_by: null, lifted_at: null,
  }

  it('is planned, on, over or lifted', () => {
    const states = ['09', '10', '11', '12'].map((hour) => lockState(lock, new Date(`2026-01-01T${hour}:00:00Z`)))
    expect(states).toEqual(['waiting', 'on', 'on', 'over'])
    expect(lockState({ ...lock, lifted_at: '2026-01-01T10:30:00Z' }, new Date('2026-01-01T11:00:00Z'))).toBe('lifted')
    expect(lockState({ ...lock, until: null }, new Date('2030-01-01T00:00:00Z'))).toBe('on')
  })

  it('reads learners and times as they are typed', () => {
    expect([learnersIn(' ana\nben, ana;'), learnersIn(' \n')]).toEqual([['ana', 'ben'], null])
    expect([momentIn(''), momentIn('nonsense')]).toEqual([null, null])
    expect(momentIn('2026-01-01T10:00')).toBe(new Date(2026, 0, 1, 10).toISOString())
  })
})

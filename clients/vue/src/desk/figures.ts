/** Values of reports as people read them, and series as they are drawn. */

import type { LessonSummary } from '../api'
import { COURSE_WIDE } from '../citations'
import type { Column, ColumnKind, Filter, Point, Query, Report, Row } from './api'

const LOCALE = 'en-GB'
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 })
const DOLLARS = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 2, maximumFractionDigits: 6 })
const MOMENT = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' })
const DAY = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const NONE = '–'

export function shownValue(value: unknown, kind: ColumnKind): string {
  if (value === null || value === undefined || value === '') return NONE
  const number = Number(value)
  if (kind === 'money') return Number.isFinite(number) ? `$${DOLLARS.format(number)}` : String(value)
  if (kind === 'percent') return `${WHOLE.format(number)} %`
  if (kind === 'integer') return WHOLE.format(number)
  if (kind === 'moment') return shownMoment(String(value))
  return String(value)
}

export function shownMoment(value: string): string {
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? value : MOMENT.format(at)
}

export function shownDay(day: string): string {
  return DAY.format(new Date(`${day}T00:00:00Z`))
}

export function isNumber(kind: ColumnKind): boolean {
  return kind === 'integer' || kind === 'percent' || kind === 'money'
}

/** Without the course, where there is only the one, and without anchors, which become links. */
export function shownColumns(columns: readonly Column[], oneCourse: boolean): Column[] {
  return columns.filter((one) => one.name !== 'anchor' && !(oneCourse && one.kind === 'course'))
}

/** The place in the course that a row is about; null where it is about none. */
export function placeOf(row: Row, columns: readonly Column[], course: string) {
  const named = columns.find((one) => one.kind === 'course')
  const lesson = columns.find((one) => one.kind === 'lesson')
  const place = {
    course: String((named && row[named.name]) || course),
    lesson: String((lesson && row[lesson.name]) || ''),
    anchor: String(row.anchor ?? ''),
  }
  return place.course && place.lesson && place.lesson !== COURSE_WIDE ? place : null
}

/** The filters that a form has to ask for: not the course and the period, which stand above all reports. */
export function askedFilters(report: Report): Filter[] {
  return report.filters.filter((one) => one.kind !== 'course' && !isPeriod(one))
}

/** What is sent for a report: its own filters, and of course and period what it knows. */
export function queryOf(report: Report, course: string, period: Period, own: Query): Query {
  const query: Record<string, string> = {}
  for (const filter of report.filters) {
    const value =
      filter.kind === 'course' ? course
      : !isPeriod(filter) ? own[filter.name]
      : filter.name.startsWith('from') ? period.from
      : period.to
    if (value) query[filter.name] = value
  }
  return query
}

export interface Period {
  readonly from: string
  readonly to: string
}

/** The days up to `today`, both within, in UTC. */
export function lastDays(count: number, today: Date = new Date()): Period {
  const from = new Date(today.getTime() - (count - 1) * 86_400_000)
  return { from: from.toISOString().slice(0, 10), to: today.toISOString().slice(0, 10) }
}

function isPeriod({ name, kind }: Filter): boolean {
  return (kind === 'date' || kind === 'moment') && /^(from|to)(_|$)/.test(name)
}

/** What a field offers that takes a lesson, or all of the course. */
export function lessonOptions(lessons: readonly LessonSummary[], all: string): [string, string][] {
  return [['', all], ...lessons.map(({ lesson, title }): [string, string] => [lesson, title || lesson])]
}

export interface Bar {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A bar for each day that has a value, within a box; the highest reaches its top. */
export function bars(points: readonly Point[], width: number, height: number): Bar[] {
  const most = peak(points)
  const step = width / Math.max(points.length, 1)
  return points.flatMap(({ value }, at) => {
    if (!value || most === 0) return []
    const tall = Math.max((value / most) * height, 1)
    return { x: at * step + step * 0.12, y: height - tall, width: step * 0.76, height: tall }
  })
}

export function peak(points: readonly Point[]): number {
  return Math.max(0, ...points.map(({ value }) => value ?? 0))
}

/** What a series says in short: the average of days that have something, or the sum of all. */
export function inShort(points: readonly Point[], kind: string): number {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]))
  const sum = values.reduce((one, other) => one + other, 0)
  const busy = values.filter((value) => value !== 0).length
  return kind === 'Average' ? (busy ? sum / busy : 0) : sum
}

export function inUnit(value: number, unit: string): string {
  return unit === 'dollars' ? `$${DOLLARS.format(value)}` : `${WHOLE.format(value)} ${unit}`
}

/** What the dashboards ask of the assistant. */

import { apiBase, DEADLINE_MS, part, post, type Caller, type Citation, type LessonSummary } from '../api'

export type ColumnKind = 'text' | 'course' | 'lesson' | 'user' | 'integer' | 'percent' | 'moment' | 'money'

export interface Column {
  readonly name: string
  readonly label: string
  readonly kind: ColumnKind
}

export interface Filter {
  readonly name: string
  readonly label: string
  readonly kind: 'course' | 'lesson' | 'user' | 'choice' | 'date' | 'moment'
  readonly required: boolean
  readonly choices: readonly string[]
  readonly default: string | null
}

export interface Report {
  readonly name: string
  readonly title: string
  readonly measures: string
  readonly columns: readonly Column[]
  readonly filters: readonly Filter[]
}

export type Row = Readonly<Record<string, unknown>>

export interface ReportAnswer {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}

export interface Chart {
  readonly name: string
  readonly title: string
  readonly kind: string
  readonly style: string
  readonly unit: string
  readonly measures: string
}

export interface Point {
  readonly day: string
  readonly value: number | null
}

export interface Drawn extends Chart {
  readonly points: readonly Point[]
  readonly notes: readonly string[]
}

export type Query = Readonly<Record<string, string>>

export type Value = boolean | number | string | readonly string[] | null

/** A field in force, and where it comes from. */
export interface FieldInForce {
  readonly value: Value
  readonly level: string
  readonly by: string | null
  readonly at: string | null
  readonly locked: boolean
  readonly lock: { readonly level: string } | null
}

export interface Pause {
  readonly paused: boolean
  readonly reason: string | null
  readonly since: string | null
  readonly by: string | null
}

export interface Effective {
  readonly enabled: boolean
  readonly paused: Pause
  readonly values: Readonly<Record<string, FieldInForce>>
}

/** What one level itself decides. */
export interface Decided {
  readonly version: number
  readonly changed_at: string | null
  readonly changed_by: string | null
  readonly enable_overrides: boolean
  readonly values: Readonly<Record<string, Value>>
}

export interface Foresight {
  readonly changes: readonly {
    readonly field: string
    readonly before: Value
    readonly after: Value
    readonly itself: boolean
    readonly lessons: readonly string[]
  }[]
  readonly refused: readonly { readonly field: string | null; readonly message: string }[]
}

export interface FaqItem {
  readonly id: string
  readonly question: string
  readonly answer: string
  readonly citations: readonly Citation[]
  readonly learners: number
}

export interface FaqDraft {
  readonly id: string
  readonly course: string
  readonly lesson: string
  readonly title: string
  readonly state: 'draft' | 'reviewed' | 'published'
  readonly version: number
  readonly body: { readonly items: readonly FaqItem[]; readonly open: readonly string[] }
  readonly notes: readonly string[]
  readonly updated: string
  readonly updated_by: string
}

export type FaqMove = 'review' | 'publish' | 'withdraw'

export interface Saving {
  readonly calls: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cost: string
  readonly unpriced: number
}

export interface Review {
  readonly id: string
  readonly lesson: string
  readonly rating: 'up' | 'down'
  readonly reasons: readonly string[]
  readonly comment: string
  readonly user: string
  readonly question: string
  readonly answer: string
  readonly citations: readonly Citation[]
  readonly updated: string
  readonly resolved: string | null
  readonly resolved_by: string
  readonly action: string | null
  readonly note: string
}

export interface Lock {
  readonly id: string
  readonly learners: readonly string[] | null
  readonly since: string
  readonly until: string | null
  readonly reason: string
  readonly by: string
  readonly lifted_by: string | null
  readonly lifted_at: string | null
}

export interface LockWish {
  readonly learners: readonly string[] | null
  readonly since: string | null
  readonly until: string | null
  readonly reason: string
}

export interface Stale {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly at: string
  readonly quotes: readonly { readonly lesson: string; readonly quote: string; readonly state: 'moved' | 'gone' }[]
}

export interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unavailable'
  readonly dependencies: Readonly<Record<string, { readonly status: 'ok' | 'degraded' | 'down'; readonly reason: string }>>
}

export interface Alert {
  readonly id: string
  readonly kind: string
  readonly course: string | null
  readonly state: string
  readonly message: string
  readonly opened_at: string
  readonly acknowledged_by: string | null
}

export interface Job {
  readonly id: string
  readonly kind: string
  readonly course: string | null
  readonly state: 'queued' | 'running' | 'complete' | 'failed' | 'cancelled'
  readonly done: number
  readonly total: number
  readonly error: string | null
  readonly by: string
  readonly created_at: string
}

/** Where something is decided: a course, or one of its lessons. */
export interface Scope {
  readonly course: string
  readonly lesson: string
}

export type DeskApi = ReturnType<typeof deskApi>

export function deskApi({ call, reach }: Caller) {
  const ofCourse = (course: string): string => `courses/${part(course)}`
  const config = ({ course, lesson }: Scope): string =>
    `${ofCourse(course)}${lesson ? `/lessons/${part(lesson)}` : ''}/config`
  const send = async (path: string, init: RequestInit): Promise<void> => {
    await (await reach(path, init, DEADLINE_MS)).body?.cancel()
  }
  return {
    courses: async () => (await call<{ courses: readonly string[] }>('courses')).courses,
    lessons: async (course: string) =>
      (await call<{ lessons: readonly LessonSummary[] }>(`${ofCourse(course)}/lessons`)).lessons,

    reports: async () => (await call<{ reports: readonly Report[] }>('reports')).reports,
    report: (name: string, query: Query) => call<ReportAnswer>(`reports/${part(name)}?${params(query)}`),
    csv: async (name: string, query: Query) => {
      const init = { headers: { Accept: 'text/csv' } }
      return (await reach(`reports/${part(name)}?${params(query)}`, init, DEADLINE_MS)).blob()
    },
    charts: async () => (await call<{ charts: readonly Chart[] }>('charts')).charts,
    chart: (name: string, query: Query) => call<Drawn>(`charts/${part(name)}?${params(query)}`),

    effective: (scope: Scope) => call<Effective>(`${config(scope)}/effective`),
    decided: (scope: Scope) => call<Decided>(config(scope)),
    foresee: (scope: Scope, values: object, version: number) =>
      call<Foresight>(`${config(scope)}/what-if?merge=true`, post({ values, version })),
    decide: (scope: Scope, values: object, version: number) =>
      call<Decided>(config(scope), { ...post({ values }, { 'If-Match': `"${version}"` }), method: 'PATCH' }),
    pause: (course: string, reason: string) =>
      call<Pause>(`${ofCourse(course)}/pause`, { ...post({ reason }), method: 'PUT' }),
    resume: (course: string) => call<Pause>(`${ofCourse(course)}/pause`, { method: 'DELETE' }),

    faqs: async (course: string) =>
      (await call<{ drafts: readonly FaqDraft[] }>(`faq-drafts?${params({ course, limit: '200' })}`)).drafts,
    mine: (course: string, lesson: string, learners: number) =>
      call<FaqDraft>('faq-drafts', post({ course, min_learners: learners, ...(lesson ? { lesson } : {}) })),
    editFaq: (draft: FaqDraft, items: readonly FaqItem[]) => {
      const sent = items.map(({ id, question, answer, citations }) => ({ id, question, answer, citations }))
      const init = post({ version: draft.version, items: sent })
      return call<FaqDraft>(`faq-drafts/${part(draft.id)}`, { ...init, method: 'PATCH' })
    },
    moveFaq: (draft: FaqDraft, move: FaqMove) =>
      call<FaqDraft>(`faq-drafts/${part(draft.id)}/${move}`, post({ version: draft.version })),
    removeFaq: (draft: FaqDraft) => send(`faq-drafts/${part(draft.id)}`, { method: 'DELETE' }),
    savings: async (course: string) =>
      (await call<{ savings: readonly Saving[] }>(`${ofCourse(course)}/faq-savings`)).savings,

    feedback: async (course: string, query: Query) =>
      (await call<{ feedback: readonly Review[] }>(`feedback?${params({ course, limit: '200', ...query })}`)).feedback,
    resolve: (id: string, action: string, note: string) =>
      call<Review>(`feedback/${part(id)}/resolve`, post({ action, note })),

    locks: async (course: string) => (await call<{ locks: readonly Lock[] }>(`${ofCourse(course)}/lock`)).locks,
    lock: (course: string, wish: LockWish) =>
      call<Lock>(`${ofCourse(course)}/lock`, { ...post(wish), method: 'PUT' }),
    lift: (course: string, id: string) =>
      call<unknown>(`${ofCourse(course)}/lock?${params({ id })}`, { method: 'DELETE' }),

    stale: async (course: string, moved: boolean) =>
      (await call<{ stale: readonly Stale[] }>(`stale?${params({ course, moved: String(moved) })}`)).stale,
    dismiss: (id: string) => call<unknown>(`stale/${part(id)}/dismiss`, { method: 'POST' }),

    /** Public, and not below `api/v1/`; a service that is unavailable says why with status 503. */
    ready: async () => {
      const url = new URL('../../health/ready', apiBase())
      return (await (await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) })).json()) as Readiness
    },
    alerts: async () => (await call<{ alerts: readonly Alert[] }>('alerts?closed=false')).alerts,
    acknowledge: (id: string) => call<Alert>(`alerts/${part(id)}/acknowledge`, { method: 'POST' }),
    jobs: async () => (await call<{ jobs: readonly Job[] }>('jobs?limit=30')).jobs,
    cancel: (id: string) => call<Job>(`jobs/${part(id)}/cancel`, { method: 'POST' }),
  }
}

function params(query: Query): string {
  return new URLSearchParams(query).toString()
}

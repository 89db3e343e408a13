/** The transport: what the page asks of the assistant, and the same over HTTP. */

import type { Session } from './session'
import { events, StreamCut } from './sse'

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code' | 'quote' | 'math' | 'caption'

/** A block of a lesson; `start` and `end` count code points of the lesson's text. */
export interface Block {
  readonly kind: BlockKind
  readonly level: number
  readonly start: number
  readonly end: number
  readonly anchor: string
  readonly heading: readonly string[]
}

export interface LessonSummary {
  readonly course: string
  readonly lesson: string
  readonly title: string
  readonly chapter: string
}

export interface LessonText {
  readonly title: string
  readonly text: string
  readonly version: number | string
  readonly blocks: readonly Block[]
}

/** What one `[index]` of an answer points at; `quote` is the lesson's text from `start` to `end`. */
export interface Citation {
  readonly index: number
  readonly course: string
  readonly lesson: string
  readonly title: string
  readonly heading: readonly string[]
  readonly anchor: string
  readonly quote: string
  readonly start: number
  readonly end: number
  readonly source?: string
  readonly url?: string | null
  readonly page?: number | null
  readonly slide?: number | null
  readonly seconds?: readonly [number, number] | null
}

export interface StoredMessage {
  readonly id: string
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly status: string
  readonly citations: readonly Citation[]
}

/** The current session on a lesson; null before the first question. */
export interface History {
  readonly session: string | null
  readonly messages: readonly StoredMessage[]
}

export interface Place {
  readonly course: string
  readonly lesson: string
}

export function samePlace(one: Place, other: Place): boolean {
  return one.course === other.course && one.lesson === other.lesson
}

export interface Question extends Place {
  readonly content: string
  readonly session: string | null
  /** The same for every attempt at one turn, so that it is answered once. */
  readonly key: string
}

export type Rating = 'up' | 'down'

/** What a learner says of an answer. */
export interface Feedback {
  readonly rating: Rating
  readonly reasons: readonly string[]
  readonly comment: string
}

export type AnswerEvent =
  | { readonly type: 'meta'; readonly session: string; readonly message: string; readonly citations: readonly Citation[] }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'notice'; readonly message: string }
  /** Those that the answer does use, as the end of a stream says. */
  | { readonly type: 'citations'; readonly citations: readonly Citation[] }
  | { readonly type: 'finish'; readonly reason: string }

export interface Api {
  courses(): Promise<readonly string[]>
  lessons(course: string): Promise<readonly LessonSummary[]>
  lesson(place: Place, signal?: AbortSignal): Promise<LessonText>
  history(place: Place, limit: number): Promise<History>
  newSession(place: Place): Promise<string>
  /** What the learner said of an answer; null takes it back. */
  rate(message: string, feedback: Feedback | null): Promise<void>
  /** What was said of a session's answers, by the answer. */
  ratings(session: string): Promise<ReadonlyMap<string, Feedback>>
  /** Throws ApiError when the assistant refuses or breaks off, StreamCut when the connection does. */
  ask(question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent, void>
}

/** The assistant's own words about what went wrong; `status` is 0 where it could not be reached. */
export class ApiError extends Error {
  override name = 'ApiError'
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message)
  }
}

export const DEADLINE_MS = 20_000

/** Where `api/v1/` stands, relative to the page. */
export function apiBase(): string {
  return new URL('api/v1/', document.baseURI).href
}

export interface Caller {
  /** Throws ApiError where the assistant refuses. */
  reach(path: string, init: RequestInit, deadlineMs?: number): Promise<Response>
  call<T>(path: string, init?: RequestInit): Promise<T>
}

/** Calls that are refused for want of a token wait until somebody has signed in, and are made again. */
export function callerOf(session: Session, base: string = apiBase()): Caller {
  async function reach(path: string, init: RequestInit, deadlineMs?: number): Promise<Response> {
    for (;;) {
      const token = session.token()
      const response = await send(base + path, within(withToken(init, token), deadlineMs))
      if (response.ok) {
        session.shown()
        return response
      }
      if (response.status !== 401) throw await refusal(response)
      await response.body?.cancel()
      await session.renewed(token, init.signal)
    }
  }

  async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await reach(path, init, DEADLINE_MS)
    return (await response.json()) as T
  }

  return { reach, call }
}

export function httpApi(session: Session, base: string = apiBase()): Api {
  const { reach, call } = callerOf(session, base)
  return {
    courses: async () => (await call<{ courses: readonly string[] }>('courses')).courses,
    lessons: async (course) =>
      (await call<{ lessons: readonly LessonSummary[] }>(`courses/${part(course)}/lessons`)).lessons,
    lesson: (place, signal) =>
      call<LessonText>(`courses/${part(place.course)}/lessons/${part(place.lesson)}`, signal ? { signal } : {}),
    history: (place, limit) =>
      call<History>(`sessions/${part(place.course)}/${part(place.lesson)}/history?limit=${limit}`),
    newSession: async (place) => (await call<{ session: string }>('sessions', post(place))).session,
    rate: async (message, feedback) => {
      const path = `messages/${part(message)}/feedback`
      const response = await reach(path, feedback ? post(feedback) : { method: 'DELETE' }, DEADLINE_MS)
      await response.body?.cancel()
    },
    ratings: async (session) => {
      const { feedback } = await call<{ feedback: readonly (Feedback & { message: string })[] }>(
        `sessions/${part(session)}/feedback`,
      )
      return new Map(feedback.map((one) => [one.message, one]))
    },
    async *ask(question, signal) {
      const { content, key, session, ...place } = question
      const body = { ...place, messages: [{ role: 'user', content }], stream: true, ...(session ? { session } : {}) }
      const request = post(body, { 'Idempotency-Key': key, Accept: 'text/event-stream' })
      const response = await reach('chat/completions', { ...request, signal })
      if (!response.body) throw new StreamCut('The answer came without a body.')
      for await (const data of events(response.body)) yield* answerEvents(JSON.parse(data) as WireEvent)
    },
  }
}

interface WireEvent {
  readonly type?: string
  readonly session?: string
  readonly message_id?: string | null
  readonly citations?: readonly Citation[]
  readonly notice?: { readonly message: string } | null
  readonly error?: { readonly message: string; readonly code?: string | null }
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null }; readonly finish_reason?: string | null }[]
}

function* answerEvents(event: WireEvent): Generator<AnswerEvent, void> {
  if (event.error) throw new ApiError(event.error.message, 200, event.error.code ?? 'stream_error')
  if (event.type === 'meta') {
    const { session = '', message_id: message, citations = [] } = event
    yield { type: 'meta', session, message: message ?? '', citations }
  }
  if (event.notice) yield { type: 'notice', message: event.notice.message }
  if (event.type !== 'meta' && event.citations) yield { type: 'citations', citations: event.citations }
  for (const choice of event.choices ?? []) {
    if (choice.delta?.content) yield { type: 'text', text: choice.delta.content }
    if (choice.finish_reason) yield { type: 'finish', reason: choice.finish_reason }
  }
}

function withToken(init: RequestInit, token: string | null): RequestInit {
  return token === null ? init : { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } }
}

function within(init: RequestInit, deadlineMs?: number): RequestInit {
  if (deadlineMs === undefined) return init
  const deadline = AbortSignal.timeout(deadlineMs)
  return { ...init, signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError('The assistant cannot be reached. Check that it runs, then try again.', 0, 'unreachable')
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { error: { message: string; code: string } }
    return new ApiError(error.message, response.status, error.code)
  } catch {
    return new ApiError(`The assistant answered with status ${response.status}. Try again.`, response.status, 'unknown')
  }
}

export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

export const part = encodeURIComponent

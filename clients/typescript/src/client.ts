/** The client: the endpoints that most callers need by name, and every other one by its path. */

import type { BreakerOptions } from './breaker.js'
import { TIMEOUTS, type Timeouts } from './deadlines.js'
import { BanyanError, failedEvent, isObject, parsed } from './errors.js'
import type { ServerEvent } from './sse.js'
import {
  newKey,
  RETRIES,
  Transport,
  type Call,
  type CallOptions,
  type Events,
  type Fetch,
  type Logger,
  type Retries,
} from './transport.js'
import type {
  AssistantPaths,
  ChatAnswer,
  ChatChunk,
  ChatEvent,
  ChatRequest,
  Citation,
  ContentEvent,
  ContentOrder,
  ContentType,
  EmbeddingsAnswer,
  EmbeddingsRequest,
  Health,
  Input,
  LearnerNotice,
  Material,
  Method,
  NewSession,
  Output,
  PathsOf,
  ProxyPaths,
  SearchAnswer,
  SearchRequest,
} from './types.js'

export interface BanyanOptions {
  /** The assistant's address, such as `http://127.0.0.1:8001`. */
  readonly baseUrl: string
  /** The proxy's address; `embeddings`, `search` and `requestProxy` need it. */
  readonly proxyUrl?: string
  /** A key or token, or what fetches one before each request. */
  readonly apiKey?: string | (() => string | Promise<string>)
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch?: Fetch
  readonly timeouts?: Partial<Timeouts>
  /** Tries after the first one, or more about them. */
  readonly retries?: number | Partial<Retries>
  /** One for each service. `false` never stops calling. */
  readonly breaker?: Partial<BreakerOptions> | false
  readonly logger?: Logger
}

/** For whom a trusted backend speaks. */
export interface Person {
  readonly user: string
  readonly roles?: readonly string[]
}

export class Banyan {
  readonly #options: BanyanOptions
  readonly #assistant: Transport
  readonly #proxy: Transport | undefined

  constructor(options: BanyanOptions, shared?: { assistant?: Transport; proxy?: Transport | undefined }) {
    this.#options = options
    const { baseUrl, proxyUrl, apiKey, headers, fetch, logger, breaker = {} } = options
    const retries = typeof options.retries === 'number' ? { count: options.retries } : options.retries
    const settings = {
      apiKey,
      headers,
      fetch,
      logger,
      breaker,
      timeouts: { ...TIMEOUTS, ...options.timeouts },
      retries: { ...RETRIES, ...retries },
    }
    this.#assistant = new Transport({ baseUrl, ...settings }, shared?.assistant?.breaker)
    this.#proxy = proxyUrl === undefined ? undefined : new Transport({ baseUrl: proxyUrl, ...settings }, shared?.proxy?.breaker)
  }

  /** The same client speaking for one person; the key must be one that may. */
  as({ user, roles = [] }: Person): Banyan {
    const named = { 'X-Banyan-User': user, ...(roles.length > 0 && { 'X-Banyan-Roles': roles.join(',') }) }
    const options = { ...this.#options, headers: { ...this.#options.headers, ...named } }
    return new Banyan(options, { assistant: this.#assistant, proxy: this.#proxy })
  }

  /** Asks about a lesson. Equal idempotency keys are answered once; without one, each call has its own. */
  async chat(request: ChatRequest, options: CallOptions = {}): Promise<ChatAnswer> {
    return (await this.#assistant.send(keyed(CHAT, { ...request, stream: false }, options))).body as ChatAnswer
  }

  /** The same, as it is written. Throws StreamCut when the answer breaks off, and the service's error as BanyanError. */
  async *chatStream(request: ChatRequest, options: CallOptions = {}): AsyncGenerator<ChatEvent, void, undefined> {
    const call = keyed(CHAT, { ...request, stream: true }, options)
    for await (const data of objects(this.#assistant.events({ ...call, accept: 'text/event-stream' }))) {
      if (data['type'] === 'meta') yield meta(data)
      if (isObject(data['notice'])) yield { type: 'notice', notice: data['notice'] as LearnerNotice }
      const chunk = data as ChatChunk
      const choice = chunk.choices?.[0]
      if (choice?.delta?.content) yield { type: 'text', text: choice.delta.content }
      if (choice?.finish_reason) {
        yield { type: 'end', finishReason: choice.finish_reason, citations: chunk.citations ?? [], raw: chunk }
      }
    }
  }

  /** Study material of a lesson, or of a text that comes along. What the service can make, `GET /api/v1/content` lists. */
  async content(type: ContentType, order: ContentOrder, options: CallOptions = {}): Promise<Material> {
    return (await this.#assistant.send(keyed(contentPath(type), { ...order, stream: false }, options))).body as Material
  }

  /** The same: Markdown as it is written, and last the material as a whole. */
  async *contentStream(
    type: ContentType,
    order: ContentOrder,
    options: CallOptions = {},
  ): AsyncGenerator<ContentEvent, void, undefined> {
    const call = keyed(contentPath(type), { ...order, stream: true }, options)
    for await (const data of objects(this.#assistant.events({ ...call, accept: 'text/event-stream' }))) {
      if (data['type'] === 'delta') yield { type: 'text', text: String(data['text']) }
      if (data['type'] === 'material') yield { type: 'material', material: data['material'] as Material }
    }
  }

  /** One vector for each text, in their order. */
  async embeddings(
    request: EmbeddingsRequest,
    options: CallOptions = {},
  ): Promise<EmbeddingsAnswer> {
    const answer = await this.#needsProxy().send(keyed('/v1/embeddings', request, options))
    return answer.body as EmbeddingsAnswer
  }

  /** Passages of a course, best first. */
  async search(request: SearchRequest, options: CallOptions = {}): Promise<SearchAnswer> {
    const answer = await this.#needsProxy().send(keyed('/v1/rag/search', request, options))
    return answer.body as SearchAnswer
  }

  readonly sessions = {
    /** Own sessions, last used first. */
    list: (query: Query<'/api/v1/sessions'> = {}, options: CallOptions = {}) =>
      this.request('GET', '/api/v1/sessions', { query }, options),
    /** Begins a new session on a lesson. A session begun twice is no harm, so this is tried again. */
    start: (body: NewSession, options: CallOptions = {}) =>
      this.request('POST', '/api/v1/sessions', { body }, { idempotencyKey: newKey(), ...options }),
    messages: (session: string, query: Query<'/api/v1/sessions/{session}/messages'> = {}, options: CallOptions = {}) =>
      this.request('GET', '/api/v1/sessions/{session}/messages', { path: { session }, query }, options),
    /** What was said in the current session on a lesson. */
    history: (
      course: string,
      lesson: string,
      query: Query<'/api/v1/sessions/{course}/{lesson}/history'> = {},
      options: CallOptions = {},
    ) => this.request('GET', '/api/v1/sessions/{course}/{lesson}/history', { path: { course, lesson }, query }, options),
  }

  /** What is known of how a learner likes to be taught; a persona may come in any shape that the service knows. */
  readonly persona = {
    get: (user: string, options: CallOptions = {}) => this.request('GET', PERSONA, { path: { user } }, options),
    replace: (user: string, body: Readonly<Record<string, unknown>>, options: CallOptions = {}) =>
      this.request('PUT', PERSONA, { path: { user }, body }, options),
    /** Changes the parts that are given. */
    change: (user: string, body: Readonly<Record<string, unknown>>, options: CallOptions = {}) =>
      this.request('PATCH', PERSONA, { path: { user }, body }, { idempotencyKey: newKey(), ...options }),
    remove: (user: string, options: CallOptions = {}) => this.request('DELETE', PERSONA, { path: { user } }, options),
  }

  /** Whether the process answers. Throws BanyanError where it does not. */
  health(options: CallOptions = {}): Promise<Health> {
    return this.request('GET', '/health', {}, options) as Promise<Health>
  }

  /**
   * Any endpoint of the assistant, typed by its OpenAPI document. A POST or PATCH is sent again after a failure only
   * with an `idempotencyKey`.
   */
  async request<M extends Method, P extends PathsOf<AssistantPaths, M>>(
    method: M,
    path: P,
    input: Input<AssistantPaths, P, M> = {},
    options: CallOptions = {},
  ): Promise<Output<AssistantPaths, P, M>> {
    const answer = await this.#assistant.send(call(method, path, input as Untyped, options))
    return answer.body as Output<AssistantPaths, P, M>
  }

  /** Any endpoint of the proxy. */
  async requestProxy<M extends Method, P extends PathsOf<ProxyPaths, M>>(
    method: M,
    path: P,
    input: Input<ProxyPaths, P, M> = {},
    options: CallOptions = {},
  ): Promise<Output<ProxyPaths, P, M>> {
    const answer = await this.#needsProxy().send(call(method, path, input as Untyped, options))
    return answer.body as Output<ProxyPaths, P, M>
  }

  /** The raw events of any endpoint of the assistant that streams, such as one that this client has no name for. */
  stream(
    method: Method,
    path: string,
    input: Untyped = {},
    options: CallOptions & Events = {},
  ): AsyncGenerator<ServerEvent, void, undefined> {
    return this.#assistant.events({ ...call(method, path, input, options), accept: 'text/event-stream' }, options)
  }

  #needsProxy(): Transport {
    if (this.#proxy !== undefined) return this.#proxy
    throw new BanyanError('This call goes to the proxy; give its address as `proxyUrl`.', { code: 'no_proxy_url' })
  }
}

interface Untyped {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

type Query<P extends PathsOf<AssistantPaths, 'GET'>> = NonNullable<Input<AssistantPaths, P, 'GET'>['query']>

const CHAT = '/api/v1/chat/completions'
const PERSONA = '/api/v1/users/{user}/persona'

function contentPath(type: string): string {
  return `/api/v1/content/${encodeURIComponent(type)}`
}

function keyed(path: string, body: unknown, options: CallOptions): Call {
  return { idempotencyKey: newKey(), ...options, method: 'POST', path, body }
}

/** A call to a path with its `{...}` filled in. */
function call(method: Method, path: string, { path: values = {}, query = {}, body }: Untyped, options: CallOptions): Call {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (values[name] === undefined) throw new TypeError(`${path} needs a value for ${name} in \`path\`.`)
    return encodeURIComponent(String(values[name]))
  })
  const asked = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) asked.append(name, String(one))
    }
  }
  const search = asked.toString()
  return { ...options, method, path: search ? `${filled}?${search}` : filled, ...(body !== undefined && { body }) }
}

/** The JSON objects of a stream. Throws the error that an event of it is. */
async function* objects(events: AsyncIterable<ServerEvent>): AsyncGenerator<Record<string, unknown>, void, undefined> {
  for await (const { data } of events) {
    const found = parsed(data)
    const failed = failedEvent(found)
    if (failed !== undefined) throw failed
    if (isObject(found)) yield found
  }
}

function meta(data: Record<string, unknown>): ChatEvent {
  const text = (name: string): string | null => (typeof data[name] === 'string' ? data[name] : null)
  return {
    type: 'meta',
    session: text('session'),
    messageId: text('message_id'),
    questionId: text('question_id'),
    citations: (data['citations'] ?? []) as Citation[],
  }
}

/** One call to one service: its tries, its time limits, its breaker. */

import { Breaker, type BreakerOptions } from './breaker.js'
import { onConnected } from './connected.js'
import { Deadlines, type Timeouts } from './deadlines.js'
import { AbortError, answered, BanyanError, NetworkError, parsed, StreamCut, TimeoutError } from './errors.js'
import { DONE, readEvents, type ServerEvent } from './sse.js'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** What the client has to say to whoever runs it; `console` will do. */
export interface Logger {
  debug?(message: string, facts: Record<string, unknown>): void
  warn?(message: string, facts: Record<string, unknown>): void
}

export interface Retries {
  /** Tries after the first one. */
  readonly count: number
  /** The wait before the second try, doubled for each after it, of which a random half is taken off. */
  readonly firstMs: number
  /** A service that asks for more patience than this is not asked again. */
  readonly longestMs: number
}

export const RETRIES: Retries = { count: 2, firstMs: 500, longestMs: 20_000 }

export interface TransportOptions {
  readonly baseUrl: string
  readonly apiKey?: string | (() => string | Promise<string>) | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch?: Fetch | undefined
  readonly timeouts: Timeouts
  readonly retries: Retries
  readonly breaker: Partial<BreakerOptions> | false
  readonly logger?: Logger | undefined
}

/** What may be said of one call only. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeouts?: Partial<Timeouts> | undefined
  /** Tries after the first one. */
  readonly retries?: number | undefined
  /** Makes it safe to send a POST again, so that it is tried again; the service answers equal keys once where it can. */
  readonly idempotencyKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface Call extends CallOptions {
  readonly method: string
  /** Below the base address, with its query. */
  readonly path: string
  readonly body?: unknown
  readonly accept?: string
}

/** An answer that has been read: JSON as a value, anything else as text. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export interface Events {
  /** Which event ends the stream; without it a stream has been cut. */
  readonly ends?: (event: ServerEvent) => boolean
}

const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])

export class Transport {
  readonly breaker: Breaker | undefined
  readonly #base: string

  constructor(readonly options: TransportOptions, shared?: Breaker) {
    this.#base = options.baseUrl.replace(/\/+$/, '')
    this.breaker =
      shared ??
      (options.breaker === false
        ? undefined
        : new Breaker(options.breaker, (from, to) =>
            options.logger?.warn?.('banyan breaker', { service: this.#base, from, to }),
          ))
  }

  /** The whole answer. Throws BanyanError. */
  async send(call: Call): Promise<Answer> {
    const deadlines = this.#deadlines(call)
    try {
      return await this.#tries(call, deadlines, async () => {
        const response = await this.#open(call, deadlines, {})
        const text = await readText(response, deadlines)
        return { status: response.status, headers: response.headers, body: parsed(text) ?? text }
      })
    } finally {
      deadlines.stop()
    }
  }

  /**
   * The events of a stream without its end marker. A stream that is cut is continued where its events have ids and the
   * call may be sent twice; otherwise throws StreamCut.
   */
  async *events(call: Call, { ends = isDone }: Events = {}): AsyncGenerator<ServerEvent, void, undefined> {
    const deadlines = this.#deadlines(call)
    const seen = new Set<string>()
    let last = ''
    let fruitless = 0
    try {
      for (;;) {
        const more: Record<string, string> = last === '' ? {} : { 'Last-Event-ID': last }
        const response = await this.#tries(call, deadlines, () => this.#open(call, deadlines, more))
        try {
          if (response.body === null) throw new StreamCut('The stream has no body.', { code: 'stream_cut' })
          for await (const event of readEvents(response.body, (awaiting) => (awaiting ? deadlines.enter('idle') : deadlines.leave()))) {
            if (ends(event)) return
            if (event.id !== undefined) {
              // A service that begins again from the start is not told twice to the caller.
              if (seen.has(event.id)) continue
              seen.add((last = event.id))
            }
            fruitless = 0
            yield event
          }
          throw new StreamCut('The stream ended before its end marker; ask again.', { code: 'stream_cut' })
        } catch (cause) {
          const error = cut(deadlines.why(cause), response)
          fruitless += 1
          if (last === '' || !this.#again(call, error, fruitless)) throw error
          this.options.logger?.warn?.('banyan resumes', { path: call.path, after: last, error: error.message })
          await deadlines.wait(this.#wait(error, fruitless))
        }
      }
    } finally {
      deadlines.stop()
    }
  }

  #deadlines(call: Call): Deadlines {
    return new Deadlines({ ...this.options.timeouts, ...call.timeouts }, call.signal)
  }

  async #tries<T>(call: Call, deadlines: Deadlines, attempt: () => Promise<T>): Promise<T> {
    for (let failed = 1; ; failed++) {
      const went = this.breaker?.admit()
      deadlines.begin()
      try {
        const result = await attempt()
        went?.('success')
        return result
      } catch (cause) {
        const error = deadlines.why(cause)
        went?.(outcome(error))
        const wait = this.#wait(error, failed)
        if (!this.#again(call, error, failed) || wait > deadlines.left) throw error
        this.options.logger?.debug?.('banyan retries', { path: call.path, failed, wait, error: error.message })
        await deadlines.wait(wait)
      }
    }
  }

  async #open(call: Call, deadlines: Deadlines, more: Record<string, string>): Promise<Response> {
    const { apiKey, fetch: given } = this.options
    const url = `${this.#base}${call.path}`
    const headers: Record<string, string> = { Accept: call.accept ?? 'application/json', ...this.options.headers, ...call.headers, ...more }
    if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey
    const key = typeof apiKey === 'function' ? await apiKey() : apiKey
    if (key) headers['Authorization'] = `Bearer ${key}`
    const init: RequestInit = { method: call.method, headers, signal: deadlines.signal }
    if (call.body instanceof FormData) init.body = call.body
    else if (call.body !== undefined) {
      headers['Content-Type'] ??= 'application/json'
      init.body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body)
    }
    const forget = given === undefined ? onConnected(call.method, url, () => deadlines.enter('firstByte')) : undefined
    deadlines.enter(forget === undefined ? 'firstByte' : 'connect')
    let response: Response
    try {
      // Looked up at each call, so that whoever replaces the global one is obeyed.
      response = await (given ?? globalThis.fetch)(url, init)
    } finally {
      forget?.()
    }
    deadlines.enter('idle')
    if (!response.ok) throw answered(response, await readText(response, deadlines))
    return response
  }

  /** Whether there is another try after so many have failed. */
  #again(call: Call, error: BanyanError, failed: number): boolean {
    if (failed > (call.retries ?? this.options.retries.count)) return false
    if (!REPEATABLE.has(call.method) && call.idempotencyKey === undefined) return false
    if ((error.retryAfter ?? 0) * 1000 > this.options.retries.longestMs) return false
    if (error instanceof TimeoutError) return error.phase !== 'total'
    return error instanceof NetworkError || error instanceof StreamCut || error.status === 429 || error.status === 503
  }

  #wait(error: BanyanError, failed: number): number {
    const { firstMs, longestMs } = this.options.retries
    const most = Math.min(longestMs, firstMs * 2 ** (failed - 1))
    return Math.max((error.retryAfter ?? 0) * 1000, most * (0.5 + Math.random() / 2))
  }
}

function isDone(event: ServerEvent): boolean {
  return event.data === DONE
}

function outcome(error: BanyanError): 'success' | 'failure' | 'neither' {
  if (error instanceof AbortError) return 'neither'
  // A refusal shows that the service is there.
  return error.status !== undefined && error.status < 500 ? 'success' : 'failure'
}

/** A connection that was lost while a stream ran has cut it. */
function cut(error: BanyanError, response: Response): BanyanError {
  if (!(error instanceof NetworkError)) return error
  const requestId = response.headers.get('x-request-id') ?? undefined
  return new StreamCut('The connection was lost before the stream ended; ask again.', { code: 'stream_cut', requestId, cause: error })
}

async function readText(response: Response, deadlines: Deadlines): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    deadlines.enter('idle')
    text += decoder.decode(value, { stream: true })
  }
}

let serial = 0

/** A key that no other call has. */
export function newKey(): string {
  const random = globalThis.crypto?.randomUUID?.()
  if (random !== undefined) return random
  serial += 1
  return [Date.now(), Math.random(), Math.random(), serial].map((part) => part.toString(36).replace('0.', '')).join('-')
}

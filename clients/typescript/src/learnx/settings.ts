/** What every class of this entry takes, and how its calls are made. */

import type { BreakerOptions } from '../breaker.js'
import { Breaker } from '../breaker.js'
import { TIMEOUTS, type Timeouts } from '../deadlines.js'
import { newKey, RETRIES, Transport, type Call, type Fetch, type Logger } from '../transport.js'

/** The settings that the old client took, and what the new one adds; the environment is read at the first call. */
export interface PythonAIConfig {
  /** Else `PYTHON_AI_SERVICE_URL`, else `http://localhost:8001`. */
  baseUrl: string
  /** Milliseconds until the answer begins. */
  timeout: number
  /** Tries in all. */
  maxRetries: number
  apiKey?: string | (() => string | Promise<string>)
  fetch?: Fetch
  logger?: Logger
  /** The other time limits. */
  timeouts?: Partial<Timeouts>
  breaker?: Partial<BreakerOptions> | false
  /** Throws where the old classes yielded `{error}` or an apology. */
  throwErrors?: boolean
  /** Milliseconds before the second try. */
  retryDelay?: number
}

/** What may be said of one call, beside the parameters that the old classes had. */
export interface CallSettings {
  readonly signal?: AbortSignal | undefined
}

export function serviceUrl(): string {
  const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
  return environment?.['PYTHON_AI_SERVICE_URL'] || 'http://localhost:8001'
}

export function transport(config: Partial<PythonAIConfig>, breaker?: Breaker): Transport {
  const firstByte = config.timeout ?? 60_000
  const options = {
    baseUrl: config.baseUrl ?? serviceUrl(),
    apiKey: config.apiKey,
    fetch: config.fetch,
    logger: config.logger,
    timeouts: { ...TIMEOUTS, firstByte, ...config.timeouts },
    retries: { ...RETRIES, count: Math.max(0, (config.maxRetries ?? 3) - 1), firstMs: config.retryDelay ?? 1000 },
    breaker: config.breaker ?? {},
  }
  return new Transport(options, breaker)
}

/** A POST that may be tried again: the wire joins requests that are equal and run at the same time. */
export function post(path: string, body: unknown, { signal }: CallSettings = {}): Call {
  return { method: 'POST', path, body, signal, idempotencyKey: newKey() }
}

/** The reason phrase of a status, which HTTP/2 no longer carries. */
export function reason(status: number): string {
  return REASONS[status] ?? 'Error'
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

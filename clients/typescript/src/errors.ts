/** What can go wrong, one class for each thing that a caller treats differently. */

/** The part of a call that took too long; see `Timeouts`. */
export type Phase = 'connect' | 'firstByte' | 'idle' | 'total'

export interface ErrorFacts {
  readonly status?: number | undefined
  readonly code?: string | undefined
  readonly requestId?: string | undefined
  readonly retryAfter?: number | undefined
  readonly body?: unknown
  readonly cause?: unknown
}

/**
 * Every failure of a call. `status` is the HTTP status, absent where no answer came; `code` is stable while messages
 * are not; `requestId` finds the call in the service's logs; `retryAfter` counts seconds; `body` is what was answered.
 */
export class BanyanError extends Error {
  override name = 'BanyanError'
  readonly status: number | undefined
  readonly code: string
  readonly requestId: string | undefined
  readonly retryAfter: number | undefined
  readonly body: unknown

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.status = facts.status
    this.code = facts.code ?? 'failed'
    this.requestId = facts.requestId
    this.retryAfter = facts.retryAfter
    this.body = facts.body
  }
}

/** The service could not be reached, or the connection was lost before the answer began. */
export class NetworkError extends BanyanError {
  override name = 'NetworkError'
}

/** One of the time limits of the call has passed; `phase` says which. */
export class TimeoutError extends BanyanError {
  override name = 'TimeoutError'

  constructor(readonly phase: Phase, readonly limitMs: number) {
    super(`The service took too long (${phase}: more than ${limitMs} ms); try again, or raise timeouts.${phase}.`, {
      code: 'timeout',
    })
  }
}

/** The caller's signal ended the call; `cause` is the signal's reason. */
export class AbortError extends BanyanError {
  override name = 'AbortError'

  constructor(reason?: unknown) {
    super('The call was aborted.', { code: 'aborted', cause: reason })
  }
}

/** Too many calls have failed of late, so this one was not sent; `retryAfter` says when one is tried again. */
export class BreakerOpen extends BanyanError {
  override name = 'BreakerOpen'
}

/** A stream ended before its end marker: what has arrived is not the whole answer. */
export class StreamCut extends BanyanError {
  override name = 'StreamCut'
}

/** The answer of a service that is no success, as an error. */
export function answered(response: Response, text: string): BanyanError {
  const body = parsed(text)
  const { message, code } = said(body)
  const retryAfter = seconds(response.headers.get('retry-after'))
  return new BanyanError(message ?? `The service answered ${response.status} ${response.statusText}`.trimEnd(), {
    status: response.status,
    code: code ?? `http_${response.status}`,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfter,
    body: body ?? text,
  })
}

/** The error event of a stream as an error; undefined where the event is none. */
export function failedEvent(data: unknown): BanyanError | undefined {
  if (!isObject(data) || !data['error']) return undefined
  const { message, code } = said(data)
  const requestId = typeof data['request_id'] === 'string' ? data['request_id'] : undefined
  return new BanyanError(message ?? 'The service broke the stream off.', { code: code ?? 'stream_failed', requestId, body: data })
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function said(body: unknown): { message?: string; code?: string } {
  if (!isObject(body)) return {}
  const error = body['error']
  const inner = isObject(error) ? error : body
  const message = [inner['message'], body['message'], error].find((one) => typeof one === 'string' && one !== '')
  const code = [inner['code'], body['code']].find((one) => typeof one === 'string')
  return { ...(message !== undefined && { message: message as string }), ...(code !== undefined && { code: code as string }) }
}

/** `Retry-After` in seconds; it may also be a date. */
function seconds(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const found = Number(header)
  if (Number.isFinite(found)) return Math.max(0, found)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000)
}

/** The time limits of one call, and the signal that ends its requests. */

import { AbortError, BanyanError, NetworkError, TimeoutError, type Phase } from './errors.js'

/** In milliseconds; 0 is no limit. */
export interface Timeouts {
  /** Until there is a connection. Only Node's own fetch tells; elsewhere it counts towards `firstByte`. */
  readonly connect: number
  /** From there until the answer begins: for a plain answer that is all of the work. */
  readonly firstByte: number
  /** Between two pieces of an answer. */
  readonly idle: number
  /** For everything, tries and waits between them included. */
  readonly total: number
}

export const TIMEOUTS: Timeouts = { connect: 10_000, firstByte: 60_000, idle: 120_000, total: 0 }

export class Deadlines {
  readonly #ends: number
  readonly #leave = (): void => this.#end(new AbortError(this.caller?.reason))
  #controller = new AbortController()
  #ended: BanyanError | undefined
  #phase: ReturnType<typeof setTimeout> | undefined
  #total: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly limits: Timeouts,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.#ends = limits.total > 0 ? Date.now() + limits.total : Infinity
    if (limits.total > 0) this.#total = setTimeout(() => this.#end(new TimeoutError('total', limits.total)), limits.total)
    if (caller?.aborted === true) this.#leave()
    caller?.addEventListener('abort', this.#leave, { once: true })
  }

  /** Ends the request of now; each try has its own. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Milliseconds until the call as a whole must be over. */
  get left(): number {
    return this.#ends - Date.now()
  }

  /** A new try: what ended the last one no longer counts, unless it ended the whole call. */
  begin(): void {
    if (this.#ended instanceof AbortError || (this.#ended instanceof TimeoutError && this.#ended.phase === 'total')) return
    this.#ended = undefined
    this.#controller = new AbortController()
  }

  /** Starts the clock of a phase, in place of that of the phase before. */
  enter(phase: Exclude<Phase, 'total'>): void {
    clearTimeout(this.#phase)
    const limit = this.limits[phase]
    this.#phase = limit > 0 ? setTimeout(() => this.#end(new TimeoutError(phase, limit)), limit) : undefined
  }

  /** Stops the clock of the phase: it is the caller's turn. */
  leave(): void {
    clearTimeout(this.#phase)
  }

  /** What a request that threw `cause` died of. */
  why(cause: unknown): BanyanError {
    if (this.#ended !== undefined) return this.#ended
    if (cause instanceof BanyanError) return cause
    const said = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : ''
    return new NetworkError(`The service cannot be reached${said && ` (${said})`}; check that it runs, then try again.`, {
      code: 'network',
      cause,
    })
  }

  /** Waits, but no longer than the call may last. */
  async wait(ms: number): Promise<void> {
    clearTimeout(this.#phase)
    this.begin()
    if (this.signal.aborted) throw this.#ended
    await new Promise<void>((resolve, reject) => {
      const over = (): void => {
        clearTimeout(timer)
        reject(this.#ended as BanyanError)
      }
      const timer = setTimeout(() => {
        this.signal.removeEventListener('abort', over)
        resolve()
      }, ms)
      this.signal.addEventListener('abort', over, { once: true })
    })
  }

  /** Stops every clock. To be called when the call is over, however it went. */
  stop(): void {
    clearTimeout(this.#phase)
    clearTimeout(this.#total)
    this.caller?.removeEventListener('abort', this.#leave)
  }

  #end(why: BanyanError): void {
    this.#ended ??= why
    this.#controller.abort(this.#ended)
  }
}

import { EventEmitter } from 'node:events'

import { Breaker, type BreakerState } from '../breaker.js'
import { BanyanError } from '../errors.js'

export interface CircuitBreakerOptions {
  /** Failures within `monitoringPeriod` that open it, if they are also half of the calls. */
  failureThreshold?: number
  /** Milliseconds that it stays open. */
  resetTimeout?: number
  /** Milliseconds that it looks back. */
  monitoringPeriod?: number
  /** Calls, one at a time, that must succeed before it closes. */
  halfOpenRequests?: number
}

export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

const NAMES: Readonly<Record<BreakerState, CircuitState>> = { closed: 'CLOSED', open: 'OPEN', 'half-open': 'HALF_OPEN' }

/** The error of a call that an open breaker kept back. */
export class CircuitOpenError extends BanyanError {
  override name = 'CircuitOpenError'
}

/** Emits `stateChange` `{name, from, to}`. Counts failures, not a percentage of few calls; an answer of 4xx is none. */
export class CircuitBreaker extends EventEmitter {
  readonly #breaker: Breaker

  constructor(
    readonly name: string,
    options: CircuitBreakerOptions = {},
  ) {
    super()
    const { failureThreshold = 5, resetTimeout = 60_000, monitoringPeriod = 60_000, halfOpenRequests = 3 } = options
    const limits = { failures: failureThreshold, pauseMs: resetTimeout, windowMs: monitoringPeriod, trials: halfOpenRequests }
    this.#breaker = new Breaker(limits, (from, to) => {
      this.emit('stateChange', { name: this.name, from: NAMES[from], to: NAMES[to] })
    })
  }

  async execute<T>(work: () => Promise<T>): Promise<T> {
    const went = this.admit()
    try {
      const result = await work()
      went('success')
      return result
    } catch (error) {
      went(outcome(error))
      throw error
    }
  }

  /** The same for work that is no promise: the returned function says how it went. */
  admit(): (outcome: 'success' | 'failure' | 'neither') => void {
    try {
      return this.#breaker.admit()
    } catch (cause) {
      const retryAfter = cause instanceof BanyanError ? cause.retryAfter : undefined
      const message = `Circuit breaker is OPEN for ${this.name}`
      throw new CircuitOpenError(message, { code: 'CIRCUIT_OPEN', retryAfter, cause })
    }
  }

  getStats(): { name: string; state: CircuitState; failures: number; requests: number } {
    const { calls, failures } = this.#breaker.counts
    return { name: this.name, state: NAMES[this.#breaker.state], failures, requests: calls }
  }

  reset(): void {
    this.#breaker.reset()
  }
}

/** How a call went that threw `error`. */
export function outcome(error: unknown): 'success' | 'failure' | 'neither' {
  if (error instanceof Error && error.name === 'AbortError') return 'neither'
  const of = error as { status?: unknown; response?: { status?: unknown } } | null
  const status = of?.status ?? of?.response?.status
  return typeof status === 'number' && status >= 400 && status < 500 ? 'success' : 'failure'
}

/** Stops calling a service that fails, and tries it again one call at a time. */

import { BreakerOpen } from './errors.js'

export interface BreakerOptions {
  /** Failures within `windowMs` that open it; fewer never do, whatever their share. */
  readonly failures: number
  /** Share of the calls within `windowMs` that must have failed as well, 0 to 1. */
  readonly rate: number
  readonly windowMs: number
  /** How long it stays open before one call is let through. */
  readonly pauseMs: number
  /** Calls that must succeed, one after another, before it closes again. */
  readonly trials: number
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/** How an admitted call went; a refusal of the request (4xx) is a success here, an abort is neither. */
export type Outcome = 'success' | 'failure' | 'neither'

export const BREAKER: BreakerOptions = { failures: 5, rate: 0.5, windowMs: 60_000, pauseMs: 30_000, trials: 1 }

const SLOTS = 10

interface Slot {
  readonly index: number
  calls: number
  failures: number
}

export class Breaker {
  #state: BreakerState = 'closed'
  #slots: Slot[] = []
  #openedAt = 0
  #trying = false
  #passed = 0
  readonly #options: BreakerOptions

  constructor(
    options: Partial<BreakerOptions> = {},
    private readonly changed: (from: BreakerState, to: BreakerState) => void = () => {},
    private readonly now: () => number = Date.now,
  ) {
    this.#options = { ...BREAKER, ...options }
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Calls and failures within the window. */
  get counts(): { calls: number; failures: number } {
    const oldest = this.#index() - SLOTS
    this.#slots = this.#slots.filter((slot) => slot.index > oldest)
    return this.#slots.reduce(
      (sum, slot) => ({ calls: sum.calls + slot.calls, failures: sum.failures + slot.failures }),
      { calls: 0, failures: 0 },
    )
  }

  /** Lets a call through, which then says once how it went. Throws BreakerOpen. */
  admit(): (outcome: Outcome) => void {
    if (this.#state === 'closed') return once((outcome) => this.#count(outcome))
    const wait = this.#openedAt + this.#options.pauseMs - this.now()
    if ((this.#state === 'open' && wait > 0) || this.#trying) {
      const retryAfter = Math.max(0, wait) / 1000
      throw new BreakerOpen('The service has failed too often of late; it is tried again shortly.', {
        code: 'breaker_open',
        retryAfter,
      })
    }
    this.#turn('half-open')
    this.#trying = true
    return once((outcome) => this.#tried(outcome))
  }

  reset(): void {
    this.#slots = []
    this.#trying = false
    this.#passed = 0
    this.#turn('closed')
  }

  #count(outcome: Outcome): void {
    // What began before the breaker opened says nothing about how the service does now.
    if (outcome === 'neither' || this.#state !== 'closed') return
    const index = this.#index()
    let slot = this.#slots.at(-1)
    if (slot?.index !== index) {
      slot = { index, calls: 0, failures: 0 }
      this.#slots.push(slot)
      if (this.#slots.length > SLOTS) this.#slots.shift()
    }
    slot.calls += 1
    if (outcome !== 'failure') return
    slot.failures += 1
    const { calls, failures } = this.counts
    if (failures >= this.#options.failures && failures >= calls * this.#options.rate) this.#open()
  }

  #tried(outcome: Outcome): void {
    if (this.#state !== 'half-open') return
    this.#trying = false
    if (outcome === 'failure') return this.#open()
    if (outcome === 'neither') return
    this.#passed += 1
    if (this.#passed >= this.#options.trials) this.reset()
  }

  #open(): void {
    this.#openedAt = this.now()
    this.#passed = 0
    this.#slots = []
    this.#turn('open')
  }

  #turn(to: BreakerState): void {
    const from = this.#state
    this.#state = to
    if (from !== to) this.changed(from, to)
  }

  #index(): number {
    return Math.floor((this.now() * SLOTS) / this.#options.windowMs)
  }
}

function once(say: (outcome: Outcome) => void): (outcome: Outcome) => void {
  let told = false
  return (outcome) => {
    if (!told) say(outcome)
    told = true
  }
}

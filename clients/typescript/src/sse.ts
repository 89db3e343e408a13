/** Server-sent events out of bytes. */

import { createParser } from 'eventsource-parser'

import { parsed } from './errors.js'

/** The last event of a stream that ended as it should. */
export const DONE = '[DONE]'

export interface ServerEvent {
  readonly data: string
  /** The name of the event, and its id, where the service gives them. */
  readonly event?: string | undefined
  readonly id?: string | undefined
}

/**
 * The events of a body, as its pieces come; `reads` is told when a piece is awaited and when it is there, so that the time
 * in which the caller works on an event is nobody's delay. Ends when the bytes do.
 * A last event without its blank line counts only if it is whole: JSON, or the end marker.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  reads: (awaiting: boolean) => void,
): AsyncGenerator<ServerEvent, void, undefined> {
  const ready: ServerEvent[] = []
  const parser = createParser({
    onEvent: ({ data, event, id }) => void ready.push({ data, event, id }),
  })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      reads(true)
      const { done, value } = await reader.read()
      reads(false)
      parser.feed(done ? decoder.decode() : decoder.decode(value, { stream: true }))
      yield* ready.splice(0)
      if (done) break
    }
    parser.feed('\n\n')
    yield* ready.filter(({ data }) => data === DONE || parsed(data) !== undefined)
  } finally {
    // Also reached when the caller leaves early: the service hears of it and ends its work.
    await reader.cancel().catch(ignoreBroken)
  }
}

/** A stream that is broken already cannot be cancelled, and its error has been thrown by the read. */
function ignoreBroken(): void {}

import { createParser } from 'eventsource-parser'

/** The last event of a stream that ended as it should. */
export const DONE = '[DONE]'

/** The stream ended before its end marker: what has arrived is not the whole answer. */
export class StreamCut extends Error {
  override name = 'StreamCut'
}

/**
 * The `data` of each server-sent event up to, and without, the end marker.
 * Throws StreamCut when the bytes end first, or when nothing arrives for `idleMs`.
 */
export async function* events(body: ReadableStream<Uint8Array>, idleMs = 120_000): AsyncGenerator<string, void> {
  const ready: string[] = []
  const parser = createParser({ onEvent: (event) => void ready.push(event.data) })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await within(reader.read().catch(asCut), idleMs)
      // A last line without its newline still counts: it is there in full once the bytes have ended.
      parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }))
      for (let data = ready.shift(); data !== undefined; data = ready.shift()) {
        if (data === DONE) return
        yield data
      }
      if (done) throw new StreamCut('The connection ended before the answer did.')
    }
  } finally {
    // Also reached when the consumer stops early: the server hears of it and ends the model's work.
    await reader.cancel().catch(ignoreBroken)
  }
}

async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StreamCut('Nothing has come for a long time.')), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Browsers name a lost connection each in their own words; what the caller cancelled stays as it is. */
function asCut(cause: unknown): never {
  if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
  throw new StreamCut('The connection was lost before the answer ended.', { cause })
}

/** A stream that is broken already cannot be cancelled, and its error has been thrown by the read. */
function ignoreBroken(): void {}

/** Events toward the browser, and the browser that goes away. */

import type { Request, Response } from 'express'

export interface BrowserEvent {
  readonly type: string
  readonly data?: unknown
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
}
const HEARTBEAT_MS = 20_000

/**
 * Sends what `events` yields, each as an event named `message`; what it throws becomes an `error` event. Its signal is
 * aborted when the browser leaves, so that nobody is paid for words that nobody reads.
 */
export async function sendEvents(
  response: Response,
  events: (signal: AbortSignal) => AsyncIterable<BrowserEvent>,
  { greet = false } = {},
): Promise<void> {
  const controller = new AbortController()
  const left = (): void => controller.abort()
  response.once('close', left)
  response.writeHead(200, HEADERS)
  response.flushHeaders()
  if (greet) response.write(':ok\n\n')
  const beat = setInterval(() => void response.write(': still here\n\n'), HEARTBEAT_MS)
  const send = async (event: BrowserEvent): Promise<void> => {
    if (response.write(`event: message\ndata: ${JSON.stringify(event)}\n\n`) || controller.signal.aborted) return
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off('drain', go).off('close', go)
        resolve()
      }
      response.once('drain', go).once('close', go)
    })
  }
  try {
    for await (const event of events(controller.signal)) {
      if (controller.signal.aborted) return
      await send(event)
    }
  } catch (error) {
    if (!controller.signal.aborted) await send({ type: 'error', data: { message: sentence(error) } })
  } finally {
    clearInterval(beat)
    response.off('close', left)
    response.end()
  }
}

/** A signal for a plain answer that nobody waits for any more. */
export function untilGone(_: Request, response: Response): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  return controller.signal
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'Something broke; please try again.'
}

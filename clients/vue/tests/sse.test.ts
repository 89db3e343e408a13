import { describe, expect, it } from 'vitest'

import { events, StreamCut } from '../src/sse'

/** A body that delivers exactly these pieces, one a read. */
function body(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      controller.close()
    },
  })
}

async function all(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const found: string[] = []
  for await (const data of events(stream)) found.push(data)
  return found
}

describe('a stream of events', () => {
  it('yields the data of each event and ends at the end marker', async () => {
    expect(await all(body('data: one\n\ndata: two\n\n', 'data: [DONE]\n\n', 'data: late\n\n'))).toEqual(['one', 'two'])
  })

  it('may be cut anywhere, also inside a character', async () => {
    const bytes = new TextEncoder().encode('data: caf\u00e9 \u{1f333}\n\ndata: [DONE]\n\n')
    for (let at = 1; at < bytes.length; at++) {
      expect(await all(body(bytes.slice(0, at), bytes.slice(at)))).toEqual(['caf\u00e9 \u{1f333}'])
    }
    expect(await all(body(...Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(['caf\u00e9 \u{1f333}'])
  })

  it('may end its lines with carriage returns', async () => {
    expect(await all(body('data: one\r\n\r', '\ndata: two\r\rdata: [DONE]\r\n\r\n'))).toEqual(['one', 'two'])
  })

  it('leaves out comments and fields that are not data', async () => {
    expect(await all(body(': still here\n\nevent: message\nid: 7\ndata: one\n\n: \n\ndata: [DONE]\n\n'))).toEqual(['one'])
  })

  it('joins the data lines of one event', async () => {
    expect(await all(body('data: one\ndata:two\n\ndata: [DONE]\n\n'))).toEqual(['one\ntwo'])
  })

  it('needs no blank line behind the last event', async () => {
    expect(await all(body('data: one\n\ndata: [DONE]'))).toEqual(['one'])
  })

  it('is cut when it ends without the end marker', async () => {
    const found: string[] = []
    const reading = (async () => {
      for await (const data of events(body('data: one\n\n'))) found.push(data)
    })()
    await expect(reading).rejects.toThrow(StreamCut)
    expect(found).toEqual(['one'])
  })

  it('is cut when the connection is lost', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new TypeError('gone')) })
    await expect(all(broken)).rejects.toThrow(StreamCut)
  })

  it('is cut when nothing comes any more', async () => {
    const silent = new ReadableStream<Uint8Array>({})
    const reading = (async () => {
      for await (const _ of events(silent, 5)) expect.unreachable()
    })()
    await expect(reading).rejects.toThrow(StreamCut)
  })

  it('is cancelled when its reader leaves early', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('data: more\n\n')),
      cancel: () => {
        cancelled = true
      },
    })
    for await (const _ of events(endless)) break
    expect(cancelled).toBe(true)
  })
})

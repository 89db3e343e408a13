/** A server that answers as told: cut streams, slow bytes, resets, refusals. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach } from 'vitest'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Settles when the connection of the request is closed. */
  readonly closed: Promise<void>
}

export type Script = (response: ServerResponse, asked: Asked) => void

export interface Fake {
  readonly url: string
  readonly asked: Asked[]
}

const open: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** Answers the first request by the first script, and so on; the last one also answers all later ones. */
export async function fake(...scripts: Script[]): Promise<Fake> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString(), closed }
      asked.push(one)
      scripts[Math.min(asked.length, scripts.length) - 1]?.(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_fake', ...headers })
    response.end(JSON.stringify(value))
  }
}

/** Sends the pieces, each as one chunk, and then ends the body, cuts the connection or keeps silent. */
export function stream(pieces: readonly string[], then: 'end' | 'cut' | 'silence' = 'end'): Script {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_fake' })
    response.flushHeaders()
    void (async () => {
      for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve))
      if (then === 'end') response.end()
      if (then === 'cut') setImmediate(() => response.destroy())
    })()
  }
}

export const reset: Script = (response) => void response.socket?.resetAndDestroy()
export const silence: Script = () => {}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

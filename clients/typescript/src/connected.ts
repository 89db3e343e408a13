/** Tells when a request has a connection. Only Node's own fetch says so; elsewhere that is part of the first byte. */

interface Channel {
  subscribe(listener: (message: unknown) => void): void
  unsubscribe(listener: (message: unknown) => void): void
}
interface Sent {
  readonly request: { readonly origin: string | URL; readonly path: string; readonly method: string }
}

const waiting = new Map<string, Set<() => void>>()

/** Calls `connected` once when the request is being sent, until `stop`; undefined where nobody would tell. */
export function onConnected(method: string, url: string, connected: () => void): (() => void) | undefined {
  const channel = sending()
  if (channel === undefined) return undefined
  const { origin, pathname, search } = new URL(url)
  const key = `${method} ${origin}${pathname}${search}`
  const found = waiting.get(key) ?? new Set()
  if (waiting.size === 0) channel.subscribe(sent)
  waiting.set(key, found.add(connected))
  return () => {
    if (!found.delete(connected) || found.size > 0) return
    if (waiting.get(key) === found) waiting.delete(key)
    if (waiting.size === 0) channel.unsubscribe(sent)
  }
}

function sent(message: unknown): void {
  const { origin, path, method } = (message as Sent).request
  // Equal requests at one time are told in turn: which is which makes no difference to a connection.
  waiting.get(`${method} ${String(origin)}${path}`)?.values().next().value?.()
}

let channel: Channel | null | undefined

function sending(): Channel | undefined {
  if (channel === undefined) {
    const runtime = globalThis as { process?: Partial<NodeJS.Process>; Deno?: unknown }
    const node = runtime.process?.versions
    const told = node?.node !== undefined && node['bun'] === undefined && runtime.Deno === undefined
    const find = runtime.process?.getBuiltinModule as ((name: string) => unknown) | undefined
    const module = told ? (find?.('node:diagnostics_channel') as { channel(name: string): Channel } | undefined) : undefined
    channel = module?.channel('undici:client:sendHeaders') ?? null
  }
  return channel ?? undefined
}

import { createServer, type AddressInfo } from 'node:net'

import { describe, expect, it, vi } from 'vitest'

import { AbortError, Banyan, BanyanError, BreakerOpen, NetworkError, StreamCut } from '../src/index'
import { all, fake, json, reset, silence, stream } from './support/fake'

const QUICK = { retries: { firstMs: 1 } }
const ASK = { course: 'c', lesson: 'l', messages: [{ role: 'user' as const, content: 'Why?' }] }
const HEALTHY = json({ status: 'healthy', service: 'x', version: '1' })
const BUSY = json({ error: { message: 'Busy.', code: 'busy' } }, 503, { 'retry-after': '0' })

function text(piece: string): string {
  return `data: ${JSON.stringify({ choices: [{ delta: { content: piece } }] })}\n\n`
}

async function failure(work: Promise<unknown>): Promise<BanyanError> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as BanyanError,
  )
}

describe('a call', () => {
  it('carries the key, the person and the query, and fills the path in', async () => {
    const { url, asked } = await fake(json({ session: null, messages: [] }))
    const client = new Banyan({ baseUrl: `${url}/below/`, apiKey: async () => 'secret' }).as({ user: 'ada', roles: ['learner'] })
    await client.sessions.history('a/b', 'l 1', { limit: 5 })
    expect(asked[0]).toMatchObject({
      method: 'GET',
      path: '/below/api/v1/sessions/a%2Fb/l%201/history?limit=5',
      headers: { authorization: 'Bearer secret', 'x-banyan-user': 'ada', 'x-banyan-roles': 'learner' },
    })
  })

  it('fails with the status, code, request id and patience that the service names', async () => {
    const refusal = { error: { message: 'Too much today.', code: 'quota_exceeded' } }
    const { url, asked } = await fake(json(refusal, 429, { 'retry-after': '3600' }))
    const error = await failure(new Banyan({ baseUrl: url }).health())
    expect(error).toBeInstanceOf(BanyanError)
    expect(error).toMatchObject({ message: 'Too much today.', status: 429, code: 'quota_exceeded', requestId: 'req_fake', retryAfter: 3600, body: refusal })
    expect(asked).toHaveLength(1)
  })

  it('fails in the words of older services too', async () => {
    const { url } = await fake(json({ detail: 'no' }, 404))
    expect(await failure(new Banyan({ baseUrl: url }).health())).toMatchObject({ status: 404, code: 'http_404', body: { detail: 'no' } })
  })

  it('is tried again after resets, 429 and 503', async () => {
    const { url, asked } = await fake(reset, BUSY, json({}, 429), HEALTHY)
    expect(await new Banyan({ baseUrl: url, retries: { count: 3, firstMs: 1 } }).health()).toMatchObject({ status: 'healthy' })
    expect(asked).toHaveLength(4)
  })

  it('waits as long as Retry-After says', async () => {
    const { url } = await fake(json({}, 503, { 'retry-after': '1' }), HEALTHY)
    const began = Date.now()
    await new Banyan({ baseUrl: url, ...QUICK }).health()
    expect(Date.now() - began).toBeGreaterThanOrEqual(990)
  })

  it('is not tried again after other errors', async () => {
    const { url, asked } = await fake(json({}, 500))
    await failure(new Banyan({ baseUrl: url, ...QUICK }).health())
    expect(asked).toHaveLength(1)
  })

  it('posts again only with an idempotency key, and then with the same one', async () => {
    const { url, asked } = await fake(reset, json({}))
    const client = new Banyan({ baseUrl: url, ...QUICK })
    const body = { kind: 'x' } as never
    expect(await failure(client.request('POST', '/api/v1/jobs', { body }))).toBeInstanceOf(NetworkError)
    expect(asked).toHaveLength(1)
    const second = await fake(BUSY, json({}))
    await new Banyan({ baseUrl: second.url, ...QUICK }).request('POST', '/api/v1/jobs', { body }, { idempotencyKey: 'k' })
    expect(second.asked.map((one) => one.headers['idempotency-key'])).toEqual(['k', 'k'])
  })

  it('gives every chat a key of its own', async () => {
    const { url, asked } = await fake(reset, json({}))
    const client = new Banyan({ baseUrl: url, ...QUICK })
    await client.chat(ASK)
    await client.chat(ASK)
    const keys = asked.map((one) => one.headers['idempotency-key'])
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
  })

  it('says which time limit has passed', async () => {
    const { url } = await fake(silence)
    const slow = (timeouts: object) => failure(new Banyan({ baseUrl: url, retries: 0, timeouts }).health())
    expect(await slow({ firstByte: 20 })).toMatchObject({ name: 'TimeoutError', phase: 'firstByte', limitMs: 20 })
    expect(await slow({ total: 20 })).toMatchObject({ name: 'TimeoutError', phase: 'total' })
    const half = await fake((response) => response.writeHead(200).write('{'))
    const error = await failure(new Banyan({ baseUrl: half.url, retries: 0, timeouts: { idle: 20 } }).health())
    expect(error).toMatchObject({ phase: 'idle' })
  })

  it('knows a connection that does not come from an answer that does not come', async () => {
    // A listener that accepts and never says hello: for TLS that is no connection yet.
    const mute = createServer(() => {})
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo
    const client = new Banyan({ baseUrl: `https://127.0.0.1:${port}`, retries: 0, timeouts: { connect: 30, firstByte: 10_000 } })
    expect(await failure(client.health())).toMatchObject({ name: 'TimeoutError', phase: 'connect' })
    mute.close()
  })

  it('tries again after a time limit, but not beyond the limit for everything', async () => {
    const { url, asked } = await fake(silence, HEALTHY)
    await new Banyan({ baseUrl: url, ...QUICK, timeouts: { firstByte: 300 } }).health()
    expect(asked).toHaveLength(2)
    const late = await fake(json({}, 503, { 'retry-after': '5' }))
    const error = await failure(new Banyan({ baseUrl: late.url, timeouts: { total: 500 } }).health())
    expect([error.status, late.asked.length]).toEqual([503, 1])
  })

  it('ends when its signal says so, before, during and between tries', async () => {
    const { url, asked } = await fake(silence)
    const client = new Banyan({ baseUrl: url })
    expect(await failure(client.health({ signal: AbortSignal.abort('enough') }))).toMatchObject({ name: 'AbortError', cause: 'enough' })
    expect(asked).toHaveLength(0)
    const controller = new AbortController()
    const waiting = failure(client.health({ signal: controller.signal }))
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    controller.abort()
    expect(await waiting).toBeInstanceOf(AbortError)
    await asked[0]?.closed
    const busy = await fake(json({}, 503, { 'retry-after': '9' }))
    const between = new AbortController()
    const patient = failure(new Banyan({ baseUrl: busy.url }).health({ signal: between.signal }))
    await vi.waitFor(() => expect(busy.asked).toHaveLength(1))
    between.abort()
    expect(await patient).toBeInstanceOf(AbortError)
  })

  it('uses the given fetch', async () => {
    const given = vi.fn(async () => Response.json({ status: 'healthy' }))
    await new Banyan({ baseUrl: 'http://nowhere', fetch: given }).health()
    expect(given).toHaveBeenCalledWith('http://nowhere/health', expect.objectContaining({ method: 'GET' }))
  })

  it('to the proxy needs its address', async () => {
    const error = await failure(new Banyan({ baseUrl: 'http://nowhere' }).search({ course: 'c', query: 'q' }))
    expect(error.code).toBe('no_proxy_url')
  })

  it('leaves no timer behind', async () => {
    const { url } = await fake(HEALTHY)
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    await new Banyan({ baseUrl: url, timeouts: { total: 60_000 } }).health()
    expect(timers()).toBe(before)
  })
})

describe('the breaker', () => {
  const options = { ...QUICK, breaker: { failures: 3, pauseMs: 200 } }

  it('stops calling after enough failures, and lets one call through after the pause', async () => {
    const { url, asked } = await fake(json({}, 500), json({}, 500), json({}, 500), HEALTHY)
    const states: unknown[] = []
    const client = new Banyan({ ...options, baseUrl: url, logger: { warn: (_, { to }) => states.push(to) } })
    for (let n = 0; n < 3; n++) await failure(client.health())
    const open = await failure(client.health())
    expect(open).toBeInstanceOf(BreakerOpen)
    expect(open.retryAfter).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 220))
    const trials = await Promise.allSettled([client.health(), client.health(), client.health()])
    expect(trials.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    await client.health()
    expect(asked).toHaveLength(5)
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('does not count refusals', async () => {
    const { url, asked } = await fake(json({}, 404))
    const client = new Banyan({ ...options, baseUrl: url })
    for (let n = 0; n < 10; n++) await failure(client.health())
    expect(asked).toHaveLength(10)
  })

  it('is shared by those who speak for persons', async () => {
    const { url } = await fake(json({}, 500))
    const client = new Banyan({ ...options, baseUrl: url })
    for (let n = 0; n < 3; n++) await failure(client.as({ user: `u${n}` }).health())
    expect(await failure(client.health())).toBeInstanceOf(BreakerOpen)
  })
})

describe('a stream', () => {
  it('yields each piece as it comes', async () => {
    let more: (() => void) | undefined
    const { url } = await fake((response) => {
      response.writeHead(200).write(text('one'))
      more = () => response.end(`${text('two')}data: [DONE]\n\n`)
    })
    const pieces = new Banyan({ baseUrl: url }).chatStream(ASK)
    expect((await pieces.next()).value).toEqual({ type: 'text', text: 'one' })
    more?.()
    expect(await all(pieces)).toEqual([{ type: 'text', text: 'two' }])
  })

  it('tells a cut from an end', async () => {
    for (const then of ['end', 'cut'] as const) {
      const { url } = await fake(stream([text('one')], then))
      const pieces = new Banyan({ baseUrl: url }).chatStream(ASK)
      expect((await pieces.next()).value).toEqual({ type: 'text', text: 'one' })
      expect(await failure(pieces.next())).toBeInstanceOf(StreamCut)
    }
  })

  it('never takes half an event for a whole one', async () => {
    const { url } = await fake(stream([text('one'), 'data: {"choices": [{"delta": {"content": "tw']))
    const pieces = new Banyan({ baseUrl: url }).chatStream(ASK)
    await pieces.next()
    expect(await failure(pieces.next())).toBeInstanceOf(StreamCut)
  })

  it('keeps a last line without its line feed', async () => {
    const { url } = await fake(stream([text('one'), 'data: [DONE]']))
    expect(await all(new Banyan({ baseUrl: url }).chatStream(ASK))).toHaveLength(1)
  })

  it('fails with the error that the service sends', async () => {
    const event = { error: { message: 'The model broke off.', code: 'upstream_failed' }, request_id: 'req_1' }
    const { url } = await fake(stream([`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`]))
    const error = await failure(all(new Banyan({ baseUrl: url }).chatStream(ASK)))
    expect(error).toMatchObject({ message: 'The model broke off.', code: 'upstream_failed', requestId: 'req_1' })
  })

  it('ends the request when its reader leaves, and when it is aborted', async () => {
    const { url, asked } = await fake(stream([text('one'), text('two')], 'silence'))
    const client = new Banyan({ baseUrl: url })
    for await (const _ of client.chatStream(ASK)) break
    await asked[0]?.closed
    const controller = new AbortController()
    const pieces = client.chatStream(ASK, { signal: controller.signal })
    await pieces.next()
    controller.abort()
    expect(await failure(all(pieces))).toBeInstanceOf(AbortError)
    await asked[1]?.closed
  })

  it('is idle only while it is read', async () => {
    const { url } = await fake(stream([text('one')], 'silence'))
    const pieces = new Banyan({ baseUrl: url, timeouts: { idle: 300 } }).chatStream(ASK)
    await pieces.next()
    await new Promise((resolve) => setTimeout(resolve, 350))
    const began = Date.now()
    expect(await failure(pieces.next())).toMatchObject({ phase: 'idle' })
    expect(Date.now() - began).toBeGreaterThanOrEqual(290)
  })

  it('is continued after the last event id', async () => {
    const { url, asked } = await fake(
      stream([`id: 1\n${text('one')}`, `id: 2\n${text('two')}`], 'cut'),
      // A service that begins anew is not told twice.
      stream([`id: 2\n${text('two')}`, `id: 3\n${text('three')}data: [DONE]\n\n`]),
    )
    const events = await all(new Banyan({ baseUrl: url, ...QUICK }).chatStream(ASK))
    expect(events.map((one) => one.type === 'text' && one.text)).toEqual(['one', 'two', 'three'])
    expect(asked.map((one) => one.headers['last-event-id'])).toEqual([undefined, '2'])
    expect(asked[1]?.body).toBe(asked[0]?.body)
  })

  it('is not continued for ever', async () => {
    const { url, asked } = await fake(stream([`id: 1\n${text('one')}`], 'cut'))
    expect(await failure(all(new Banyan({ baseUrl: url, ...QUICK }).chatStream(ASK)))).toBeInstanceOf(StreamCut)
    expect(asked).toHaveLength(3)
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'

import { banyanRouter, type BanyanRouterOptions, type User } from '../../src/express/index'
import { PythonAIClient } from '../../src/learnx/index'
import { fake, json, stream, type Script } from '../support/fake'

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const FILE = { id: 'f1', name: 'trees.pdf', processed: true, chunks: [{ content: 'Roots drink.' }, { content: 'Leaves eat.' }] }
const WORDS = stream([event({ content: 'A ' }), event({ content: 'tree.' }), event({ done: true }), 'data: [DONE]\n\n'])
const ADA = { authorization: 'Bearer ada' }

const open: (() => void)[] = []
afterEach(() => open.splice(0).forEach((close) => close()))

/** An application with the router, in front of a service that answers so; its address. */
async function application(script: Script | string, more: Partial<BanyanRouterOptions> = {}): Promise<{ url: string; asked: any[] }> {
  const upstream = typeof script === 'string' ? { url: script, asked: [] } : await fake(script)
  const app = express()
  const router = banyanRouter({
    client: new PythonAIClient({ baseUrl: upstream.url, maxRetries: 1 }),
    authenticate: ({ headers }) => (headers.authorization?.startsWith('Bearer ') ? { id: headers.authorization.slice(7) } : null),
    files: {
      owns: ({ id }: User, fileId) => id === 'ada' && fileId.startsWith('f'),
      load: (fileId) => (fileId === 'f1' ? FILE : fileId === 'f2' ? { ...FILE, processed: false } : null),
    },
    ...more,
  })
  app.use('/api/v1', router)
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  open.push(() => (server.closeAllConnections(), server.close()))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`, asked: upstream.asked }
}

function post(url: string, body: unknown, headers: Record<string, string> = ADA): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
}

async function events(response: Response): Promise<unknown[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((one) => one.startsWith('event: message\n'))
    .map((one) => JSON.parse(one.slice(one.indexOf('data: ') + 6)) as unknown)
}

const ASK = { fileId: 'f1', topicId: 'Roots', subtopic: 'Water' }

describe('the router', () => {
  it('needs to know who asks and whose a file is', () => {
    const client = new PythonAIClient()
    const files = { owns: () => true, load: () => null }
    expect(() => banyanRouter({ client, files } as never)).toThrow(/authenticate/)
    expect(() => banyanRouter({ client, authenticate: () => null, files: { load: () => null } } as never)).toThrow(/ownership/)
  })

  it.each(['/learn', '/ai'])('explains a file under %s', async (prefix) => {
    const { url, asked } = await application(WORDS, { persona: () => ({ tone: 'warm' }) })
    const response = await post(`${url}${prefix}/explain/stream`, { ...ASK, mode: 'practice' })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await events(response)).toEqual([
      { type: 'connected', data: 'connected' },
      { type: 'content', data: 'A ' },
      { type: 'content', data: 'tree.' },
      { type: 'complete' },
    ])
    expect(JSON.parse(asked[0].body)).toEqual({
      content: 'Roots drink.\n\nLeaves eat.', content_type: 'practice', topic: 'Roots: Water', difficulty: 'advanced', model: 'gpt-4o', temperature: 0.7,
      stream: true, user_id: 'ada', persona: { tone: 'warm' },
      content_metadata: { max_tokens: 350, input_length: 25, complexity: expect.any(Number) as number, estimated_output: 263 },
    })
  })

  it('writes anew with what was said of the last version', async () => {
    const { url, asked } = await application(WORDS)
    const said = await events(await post(`${url}/learn/explain/regenerate`, { ...ASK, mode: 'summary', feedback: 'Shorter!' }))
    expect(said.map((one: any) => one.type)).toEqual(['regeneration-start', 'content', 'content', 'complete'])
    expect(said.at(-1)).toEqual({ type: 'complete', data: { regenerated: true } })
    expect(JSON.parse(asked[0].body)).toMatchObject({ content_type: 'explanation', temperature: 0.8, content: expect.stringContaining('Shorter!') as string })
  })

  it('gives nobody the file of another', async () => {
    const { url, asked } = await application(WORDS)
    const ben = { authorization: 'Bearer ben' }
    const refused = { type: 'error', data: { message: 'File not found' } }
    expect(await events(await post(`${url}/learn/explain/stream`, ASK, ben))).toContainEqual(refused)
    expect(await events(await post(`${url}/learn/explain/regenerate`, { ...ASK, feedback: 'x' }, ben))).toContainEqual(refused)
    expect(await events(await fetch(`${url}/learn/outline/generate-outline?fileId=f1&token=ben`))).toContainEqual(refused)
    expect(await events(await post(`${url}/ai/chat/stream`, { message: 'm', fileId: 'f1' }, ben))).toContainEqual(refused)
    expect((await post(`${url}/ai/chat/complete`, { message: 'm', fileId: 'f1' }, ben)).status).toBe(404)
    expect((await fetch(`${url}/learn/outline/f1`, { headers: ben })).status).toBe(404)
    expect((await fetch(`${url}/learn/outline/f9`, { headers: ADA })).status).toBe(404)
    expect(asked).toHaveLength(0)
  })

  it('refuses strangers and requests without what they need', async () => {
    const { url } = await application(WORDS)
    const stranger = await post(`${url}/learn/explain/stream`, ASK, {})
    expect([stranger.status, await stranger.json()]).toEqual([401, { success: false, message: 'Sign in first.' }])
    const browser = await fetch(`${url}/learn/outline/generate-outline?fileId=f1`)
    expect([browser.status, await browser.json()]).toEqual([401, { error: 'Sign in first.' }])
    const half = await post(`${url}/learn/explain/stream`, { fileId: 'f1' })
    expect([half.status, await half.json()]).toEqual([400, { error: 'topicId is required' }])
    expect((await fetch(`${url}/learn/outline/f2`, { headers: ADA })).status).toBe(400)
    for (const requests of [undefined, [], Array(21).fill({})]) expect((await post(`${url}/learn/batch`, { requests })).status).toBe(400)
  })

  it('reaches the outline of topics, which is no file of that name', async () => {
    const topics = [{ id: 'topic-1', title: 'Roots', subtopics: [{ id: 'intro-1', title: 'I', type: 'intro', completed: false }], progress: 0 }, { title: 'Leaves' }]
    const pieces = JSON.stringify({ topics }).match(/.{1,9}/gs) ?? []
    const { url } = await application(stream([...pieces.map((content) => event({ content })), 'data: [DONE]\n\n']))
    expect(await events(await fetch(`${url}/learn/outline/generate-outline?fileId=f1&token=ada`))).toEqual([
      { type: 'outline-start' },
      { type: 'generating' },
      { type: 'topic', data: topics[0] },
      { type: 'topic', data: { id: 'topic-2', title: 'Leaves', subtopics: [], progress: 0 } },
      { type: 'complete' },
    ])
  })

  it('outlines a file in sections', async () => {
    const sections = [{ id: 's1', title: 'Roots', summary: 's', topics: ['a'] }]
    const { url } = await application(json({ content: JSON.stringify({ sections }) }))
    expect(await (await fetch(`${url}/learn/outline/f1`, { headers: ADA })).json()).toMatchObject({
      fileId: 'f1',
      sections: [{ ...sections[0], chunkIds: [], chunkCount: 2 }],
      tokensUsed: 0,
    })
  })

  it('tells the browser what went wrong', async () => {
    const { url } = await application(json({}, 503))
    expect(await events(await post(`${url}/learn/explain/stream`, ASK))).toContainEqual({ type: 'error', data: { message: 'HTTP 503: Service Unavailable' } })
    const limited = await application(json({ message: 'Slow down.' }, 429, { 'retry-after': '7' }))
    const response = await post(`${limited.url}/ai/embeddings`, { texts: ['a'] })
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await response.json()).toMatchObject({ error: { code: 'AI_RATE_LIMIT_ERROR', retryAfter: 7 } })
  })

  it('ends the work when the browser leaves', async () => {
    const { url, asked } = await application(stream([event({ content: 'A' })], 'silence'))
    const controller = new AbortController()
    const response = await fetch(`${url}/learn/explain/stream`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...ADA }, body: JSON.stringify(ASK), signal: controller.signal,
    })
    const reader = response.body?.getReader()
    for (let text = ''; !text.includes('"content"'); ) text += new TextDecoder().decode((await reader?.read())?.value)
    controller.abort()
    await asked[0].closed
  })

  it('chats, embeds and answers batches in their order', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    const script: Script = (response, asked) => {
      const body = JSON.parse(asked.body) as { items?: { id: string; metadata: object }[] }
      if (asked.path.endsWith('/embeddings')) json({ embeddings: [[1]], model: 'm', usage: {} })(response, asked)
      else if (body.items) json({ embeddings: body.items.map(({ id, metadata }) => ({ id, embedding: [1], metadata })) })(response, asked)
      else json({ content: 'Yes.', model: 'm', usage })(response, asked)
    }
    const { url, asked } = await application(script)
    const chat = await post(`${url}/ai/chat/complete`, { message: 'Why?', fileId: 'f1' })
    expect(await chat.json()).toEqual({ success: true, data: { content: 'Yes.', model: 'm', usage: { promptTokens: 1, completionTokens: 2 } } })
    expect(JSON.parse(asked[0].body).messages[0].content).toContain('Roots drink.')
    expect(await (await post(`${url}/ai/embeddings`, { texts: 'a' })).json()).toEqual({ success: true, embeddings: [[1]], model: 'm', usage: {} })
    const requests = [
      { id: '1', type: 'explain', params: { content: 'c', content_type: 'quiz' } },
      { id: '2', type: 'embeddings', params: { texts: ['a'] } },
      { id: '3', type: 'moderation', params: {} },
      { id: '4', type: 'complete', params: { messages: [] } },
    ]
    const batch = (await (await post(`${url}/learn/batch`, { requests })).json()) as any
    expect(batch.results.map((one: any) => [one.id, one.success])).toEqual([['1', true], ['2', true], ['3', false], ['4', true]])
    expect(batch.results[3].result.content).toBe('Yes.')
    expect(batch.summary).toMatchObject({ total: 4, successful: 3, failed: 1, totalTokens: 7 })
  })

  it('says how it does, and keeps feedback where there is a place for it', async () => {
    const saved: unknown[] = []
    const feedback = { save: (user: User, said: unknown) => void saved.push([user.id, said]), history: (_: User, page: object) => ({ feedback: [page], total: 1 }) }
    const { url } = await application(json({ status: 'healthy' }), { feedback, cache: { clearOf: () => 3 }, costs: () => ({ today: 1 }) })
    expect(await (await fetch(`${url}/learn/health`)).json()).toMatchObject({ status: 'healthy', services: { pythonAI: true } })
    expect(await (await post(`${url}/learn/feedback`, { contentId: 'c', reaction: 'up' })).json()).toMatchObject({ success: true, feedbackProcessed: true })
    expect(saved).toEqual([['ada', { contentId: 'c', reaction: 'up' }]])
    const history = await fetch(`${url}/learn/feedback/history?limit=5`, { headers: ADA })
    expect(await history.json()).toEqual({ success: true, feedback: [{ limit: 5, offset: 0 }], total: 1 })
    expect(await (await post(`${url}/learn/cache/invalidate-persona`, {})).json()).toMatchObject({ keysInvalidated: 3 })
    expect(await (await fetch(`${url}/learn/stats/costs`, { headers: ADA })).json()).toMatchObject({ costs: { today: 1 }, python: { status: 'healthy' } })
    const none = await application(json({}, 500))
    expect((await post(`${none.url}/learn/feedback`, {})).status).toBe(404)
    expect((await fetch(`${none.url}/learn/health`)).status).toBe(503)
  })
})

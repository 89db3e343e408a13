import { afterEach, describe, expect, it, vi } from 'vitest'

import { AbortError } from '../../src/index'
import { PythonAIClient, type ContentGenerationRequest } from '../../src/learnx/index'
import { all, fake, json, reset, stream } from '../support/fake'

const REQUEST: ContentGenerationRequest = { content: 'Trees.', content_type: 'explanation', difficulty: 'beginner', stream: true, temperature: 0 }
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const DONE = 'data: [DONE]\n\n'
const QUICK = { retryDelay: 1 }

afterEach(() => void vi.unstubAllEnvs())

describe('PythonAIClient', () => {
  it('yields the events of the wire as they are', async () => {
    const sent = [{ content: 'A', type: 'explanation' }, { content: 'B', type: 'explanation' }, { done: true, total_length: 2, metadata: { usage: { total_tokens: 9 } } }]
    const { url, asked } = await fake(stream([': ping\n\n', ...sent.map(event), DONE]))
    expect(await all(new PythonAIClient({ baseUrl: url, apiKey: 'k' }).generateContent(REQUEST))).toEqual(sent)
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/ai/generate-content', headers: { authorization: 'Bearer k' } })
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual(REQUEST)
  })

  it('yields text that is no JSON as content, and knows the end behind a carriage return', async () => {
    const { url } = await fake(stream(['data: plain words\r\n\r\ndata: [DONE]\r\n\r\n']))
    expect(await all(new PythonAIClient({ baseUrl: url }).generateContent(REQUEST))).toEqual([{ content: 'plain words' }])
  })

  it('yields a plain answer as one chunk, with its usage', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    const generated = await fake(json({ content: 'A', content_type: 'quiz', model: 'm', usage }))
    const one = await all(new PythonAIClient({ baseUrl: generated.url }).generateContent({ ...REQUEST, content_type: 'quiz', stream: false }))
    expect(one).toEqual([{ content: 'A', type: 'quiz', done: true, metadata: { model: 'm', usage } }])
    const completed = await fake(json({ id: 'x', model: 'm', content: 'A', finish_reason: 'stop', usage, created: 1 }))
    const two = await all(new PythonAIClient({ baseUrl: completed.url }).complete({ messages: [{ role: 'user', content: 'Why?' }] }))
    expect(two).toEqual([{ content: 'A', done: true, metadata: { model: 'm', usage } }])
  })

  it('never throws from a generator: a failure is one error chunk, in the old words', async () => {
    const { url } = await fake(json({ message: 'No.' }, 422))
    const client = new PythonAIClient({ baseUrl: url })
    expect(await all(client.generateContent(REQUEST))).toEqual([{ error: 'HTTP 422: Unprocessable Entity' }])
    expect(await all(client.complete({ messages: [] }))).toEqual([{ error: 'HTTP 422: Unprocessable Entity' }])
    const cut = await fake(stream([event({ content: 'A' })], 'cut'))
    const chunks = await all(new PythonAIClient({ baseUrl: cut.url, ...QUICK }).generateContent(REQUEST))
    expect(chunks).toEqual([{ content: 'A' }, { error: expect.stringMatching(/lost|ended/) as string }])
  })

  it('misses nothing after the finish event', async () => {
    const { url } = await fake(stream([event({ content: 'A' }), event({ done: true })]))
    expect(await all(new PythonAIClient({ baseUrl: url }).generateContent(REQUEST))).toEqual([{ content: 'A' }, { done: true }])
  })

  it('throws where it is told to', async () => {
    const { url } = await fake(stream([event({ error: 'broke' }), DONE]))
    await expect(all(new PythonAIClient({ baseUrl: url, throwErrors: true }).generateContent(REQUEST))).rejects.toThrow('broke')
    expect(await all(new PythonAIClient({ baseUrl: url }).generateContent(REQUEST))).toEqual([{ error: 'broke' }])
  })

  it('throws typed errors elsewhere', async () => {
    const { url } = await fake(json({ error: { code: 'not_found', message: 'x' } }, 404))
    const client = new PythonAIClient({ baseUrl: url })
    const calls = [() => client.createEmbeddings({ texts: 'a' }), () => client.createBatchEmbeddings({ items: [] }), () => client.getModels(), () => client.getStats()]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ message: 'HTTP 404: Not Found', status: 404, code: 'not_found', requestId: 'req_fake' })
    }
  })

  it('tries three times after resets, and once after a refusal', async () => {
    const { url, asked } = await fake(reset, reset, json({ models: {} }))
    expect(await new PythonAIClient({ baseUrl: url, ...QUICK }).getModels()).toEqual({ models: {} })
    expect(asked).toHaveLength(3)
    const posted = await fake(reset, json({ embeddings: [] }))
    await new PythonAIClient({ baseUrl: posted.url, ...QUICK }).createEmbeddings({ texts: 'a' })
    expect(new Set(posted.asked.map((one) => one.headers['idempotency-key'])).size).toBe(1)
  })

  it('says whether the service is healthy', async () => {
    const good = await fake(json({ status: 'healthy' }))
    expect(await new PythonAIClient({ baseUrl: good.url }).healthCheck()).toBe(true)
    expect(good.asked[0]?.path).toBe('/api/v1/health')
    const bad = await fake(json({}, 500))
    expect(await new PythonAIClient({ baseUrl: bad.url }).healthCheck()).toBe(false)
  })

  it('ends the request when it is left or aborted', async () => {
    const { url, asked } = await fake(stream([event({ content: 'A' })], 'silence'))
    const client = new PythonAIClient({ baseUrl: url, throwErrors: true })
    for await (const _ of client.generateContent(REQUEST)) break
    await asked[0]?.closed
    const controller = new AbortController()
    const chunks = client.generateContent(REQUEST, { signal: controller.signal })
    await chunks.next()
    controller.abort()
    await expect(chunks.next()).rejects.toBeInstanceOf(AbortError)
  })

  it('reads the environment when it is first used', async () => {
    const { url, asked } = await fake(json({ models: {} }))
    const client = new PythonAIClient()
    vi.stubEnv('PYTHON_AI_SERVICE_URL', url)
    await client.getModels()
    expect(asked[0]?.path).toBe('/api/v1/ai/models')
  })
})

import { describe, expect, it } from 'vitest'

import { ListReader } from '../../src/learnx/outline'
import { PythonAIClient, PythonBatchService, PythonEmbeddingService, PythonOutlineService, type EmbeddingStore } from '../../src/learnx/index'
import { all, fake, json, stream, type Script } from '../support/fake'

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`

/** Answers each request by its path. */
function wire(answers: Record<string, (body: any) => unknown>): Script {
  return (response, asked) => {
    const found = answers[asked.path]?.(JSON.parse(asked.body || 'null'))
    if (found === undefined) json({ message: 'No.' }, 500)(response, asked)
    else json(found)(response, asked)
  }
}

describe('PythonBatchService', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
  const answers = {
    '/api/v1/ai/complete': ({ messages }: any) => (messages ? { content: 'Yes.', model: 'm', usage } : undefined),
    '/api/v1/ai/generate-content': ({ content_type }: any) => ({ content: content_type === 'summary' ? 'Short.' : content_type }),
    '/api/v1/ai/embeddings/batch': ({ items }: any) => ({
      embeddings: items.filter((one: any) => one.text !== 'lost').map(({ id, text, metadata }: any) => ({ id, embedding: [text.length], metadata })),
    }),
  }

  it('gives one result for each request, in their order, and failures as failures', async () => {
    const { url, asked } = await fake(wire(answers))
    const service = new PythonBatchService(new PythonAIClient({ baseUrl: url, maxRetries: 1 }))
    const messages = [{ role: 'user', content: 'Why?' }]
    const results = await service.batchProcess([
      { id: 'a', userId: 'u', type: 'embedding', params: { texts: ['one', 'three'] } },
      { id: 'b', userId: 'u', type: 'chat-completion', params: { messages, temperature: 0 } },
      { id: 'b', userId: 'u', type: 'chat-completion', params: {} },
      { id: 'c', userId: 'u', type: 'summary', params: { content: 'long' } },
      { id: 'd', userId: 'u', type: 'explain', params: { content: 'x', content_type: 'explanation' } },
      { id: 'e', userId: 'u', type: 'moderation', params: {} },
      { id: 'a', userId: 'u', type: 'embedding', params: { text: 'lost' } },
      { id: 'f', userId: 'u', type: 'embedding', params: {} },
    ])
    expect(results).toEqual([
      { id: 'a', success: true, data: [[3], [5]], usage: { promptTokens: 2, completionTokens: 0 } },
      { id: 'b', success: true, data: 'Yes.', usage: { promptTokens: 3, completionTokens: 4 } },
      { id: 'b', success: false, error: 'HTTP 500: Internal Server Error' },
      { id: 'c', success: true, data: { content: 'Short.' }, usage: { promptTokens: 0, completionTokens: 2 } },
      { id: 'd', success: true, data: 'explanation', usage: { promptTokens: 0, completionTokens: 3 } },
      { id: 'e', success: false, error: 'Unsupported request type: moderation' },
      { id: 'a', success: false, error: 'The service gave no vector for text 0.' },
      { id: 'f', success: false, error: expect.stringMatching(/no text/) as string },
    ])
    const bodies = asked.map((one) => JSON.parse(one.body) as Record<string, unknown>)
    expect(bodies.filter((one) => 'items' in one)).toHaveLength(1)
    expect(bodies.find((one) => one['messages'])).toMatchObject({ temperature: 0, stream: false, user_id: 'u' })
  })

  it('begins with what is urgent, tries failures once more, and stops in time', async () => {
    let failures = 0
    const { url, asked } = await fake(wire({ ...answers, '/api/v1/ai/generate-content': ({ content }: any) => (content === 'bad' && failures++ === 0 ? undefined : { content }) }))
    const service = new PythonBatchService(new PythonAIClient({ baseUrl: url, maxRetries: 1 }))
    const one = (id: string, priority: 'low' | 'urgent', content = id) => ({ id, userId: 'u', type: 'explain', priority, params: { content, content_type: 'quiz' } })
    const requests = [one('a', 'low'), one('b', 'urgent', 'bad')]
    const results = await service.batchProcess(requests, { priorityGroups: true, maxBatchSize: 1, retryFailures: true })
    expect(results.map(({ id, success }) => [id, success])).toEqual([['a', true], ['b', true]])
    expect(asked.map((each) => (JSON.parse(each.body) as { content: string }).content)).toEqual(['bad', 'a', 'bad'])
    expect((await service.batchProcess(requests, { maxWaitTime: 0 })).map((each) => each.success)).toEqual([false, false])
  })

  it('says how it does', async () => {
    const { url } = await fake(json({ costs: 1 }))
    const service = new PythonBatchService(new PythonAIClient({ baseUrl: url }), { getStats: () => ({ spent: 2 }) })
    expect(await service.getStats()).toMatchObject({ pythonService: { costs: 1 }, costs: { spent: 2 }, queueStatus: { activeQueues: 0, processingQueues: 0 } })
    const failing = await fake(json({}, 500))
    expect(await new PythonBatchService(new PythonAIClient({ baseUrl: failing.url })).getStats()).toEqual({ error: 'HTTP 500: Internal Server Error' })
  })
})

describe('PythonOutlineService', () => {
  const SECTIONS = [{ id: 's1', title: 'Roots', summary: 'About {roots} "and" [soil].', topics: ['soil', 'water'] }, { id: 's2', title: 'Leaves' }]
  const params = { content: 'x'.repeat(7000), filename: 'trees.pdf', sectionCount: 2, userId: 'u' }

  it('sends the document cut, with the shape that is wanted', async () => {
    const { url, asked } = await fake(json({ content: `\`\`\`json\n${JSON.stringify({ sections: SECTIONS })}\n\`\`\``, usage: { total_tokens: 5 } }))
    const outline = await new PythonOutlineService(new PythonAIClient({ baseUrl: url })).generateOutline(params)
    expect(outline.sections.map(({ id, title, topics, chunkIds, chunkCount }) => [id, title, topics, chunkIds, chunkCount])).toEqual([
      ['s1', 'Roots', ['soil', 'water'], [], 3],
      ['s2', 'Leaves', [], [], 3],
    ])
    expect(outline).toMatchObject({ generatedAt: expect.any(Date) as Date, tokensUsed: 5 })
    const body = JSON.parse(asked[0]?.body ?? '') as Record<string, string>
    expect(body).toMatchObject({ content_type: 'outline', topic: 'Document: trees.pdf', model: 'gpt-4o', temperature: 0.3, max_tokens: 2000, stream: false, user_id: 'u' })
    expect(body['content']).toContain('"sections"')
    expect(body['content']).toContain('2 sections')
    expect(body['content']).not.toContain('x'.repeat(6001))
  })

  it('has no outline where there is none', async () => {
    for (const content of ['Sorry.', '{"sections": []}', '{"topics": [1]}']) {
      const { url } = await fake(json({ content }))
      const work = new PythonOutlineService(new PythonAIClient({ baseUrl: url })).generateOutline(params)
      await expect(work).rejects.toThrow('Outline generation failed: The answer has no sections.')
    }
  })

  it('streams each section once, as soon as it is whole', async () => {
    const pieces = JSON.stringify({ sections: SECTIONS }).match(/.{1,7}/gs) ?? []
    const { url } = await fake(stream([...pieces.map((content) => event({ content })), event({ done: true }), 'data: [DONE]\n\n']))
    const events = await all(new PythonOutlineService(new PythonAIClient({ baseUrl: url })).generateOutlineStream(params))
    expect(events.map(({ type }) => type)).toEqual(['section', 'section', 'complete'])
    expect(events[0]?.data).toMatchObject({ id: 's1', summary: 'About {roots} "and" [soil].' })
    expect(events[2]?.data).toMatchObject({ sections: [{ id: 's1' }, { id: 's2' }] })
    const broken = await fake(stream([event({ error: 'No model.' }), 'data: [DONE]\n\n']))
    expect(await all(new PythonOutlineService(new PythonAIClient({ baseUrl: broken.url })).generateOutlineStream(params))).toEqual([
      { type: 'error', error: 'Outline generation failed: No model.' },
    ])
  })

  it('reads lists wherever they are cut', () => {
    const list = [{ a: '}]"\\' }, { b: [{ c: 1 }] }, {}]
    const text = JSON.stringify({ x: [9], topics: list, y: [{ no: 1 }] })
    for (let at = 0; at < text.length; at++) {
      const reader = new ListReader('topics')
      expect([...reader.feed(text.slice(0, at)), ...reader.feed(text.slice(at))]).toEqual(list)
    }
  })
})

describe('PythonEmbeddingService', () => {
  it('asks for 1536 numbers, keeps the order, and stores where it is told', async () => {
    const { url, asked } = await fake(
      wire({
        '/api/v1/ai/embeddings': ({ texts }: any) => ({ embeddings: [texts].flat().map((text: string) => [text.length]), model: 'm', usage: {} }),
        '/api/v1/ai/embeddings/batch': ({ items }: any) => ({ embeddings: items.map(({ id, text, metadata }: any) => ({ id, embedding: [text.length], metadata })), model: 'm', total_items: 1 }),
        '/api/v1/ai/stats': () => ({ embeddings: { count: 1 } }),
      }),
    )
    const calls: unknown[] = []
    const store: EmbeddingStore = {
      save: async (results, model) => void calls.push([results.map((one) => one.chunkId), model]),
      search: async (vector, user, options) => (calls.push([vector, user, options]), []),
      setStatus: async (file, status) => void calls.push([file, status]),
    }
    const service = new PythonEmbeddingService(new PythonAIClient({ baseUrl: url }))
    expect(await service.generateEmbedding('four', 'u')).toEqual([4])
    expect(await service.generateEmbeddings(['a', 'bb'])).toEqual([[1], [2]])
    expect(await service.generateEmbeddings([])).toEqual([])
    expect(() => service.storeEmbeddings([])).toThrow('useStore')
    service.useStore(store)
    await service.processFileChunks('f', [{ id: 'c1', content: 'abc', position: 0 }], 'u')
    await service.searchSimilar('q', 'u', { topK: 0 })
    expect(calls).toEqual([['f', 'processing'], [['c1'], 'm'], ['f', 'completed'], [[1], 'u', { topK: 0, threshold: 0.7 }]])
    expect(await service.getEmbeddingStats()).toEqual({ count: 1 })
    expect(await service.getCacheStats()).toEqual({})
    const bodies = asked.filter((one) => one.method === 'POST').map((one) => JSON.parse(one.body) as Record<string, unknown>)
    expect(bodies.every((one) => one['dimensions'] === 1536 && one['model'] === 'text-embedding-3-small')).toBe(true)
    expect(bodies[2]).toMatchObject({ batch_size: 50, items: [{ id: 'c1', text: 'abc', metadata: { fileId: 'f', position: 0 } }] })
  })
})

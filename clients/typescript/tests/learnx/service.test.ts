/** The classes of LEARN-X against the real service. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { describe, expect, inject, it } from 'vitest'

import { banyanRouter } from '../../src/express/index'
import {
  APOLOGY,
  PythonAIClient,
  PythonBatchService,
  PythonContentClient,
  PythonContentGenerationService,
  PythonEmbeddingService,
  PythonOutlineService,
} from '../../src/learnx/index'
import { all } from '../support/fake'

const TEXT = `# How plants live

Photosynthesis is the process by which green plants turn light into chemical energy. It happens in the chloroplasts of the leaves.
Chlorophyll is the green pigment that absorbs light. Water comes from the roots, and carbon dioxide enters through the stomata.

## Roots

A root is the part of a plant that takes up water and minerals from the soil. Root hairs are thin outgrowths that make the surface
of a root larger. Most roots grow towards the centre of the earth, which is called gravitropism.

## Leaves

Stomata are small openings in a leaf. Transpiration is the loss of water through the stomata. Transpiration pulls water from the
roots to the leaves. A cuticle is a layer of wax that protects the leaf from drying out.`
const PERSONA = { userId: 'ada' }
const baseUrl = inject('assistant')
const ai = new PythonAIClient({ baseUrl, throwErrors: true })
const content = new PythonContentClient(baseUrl)
const generation = new PythonContentGenerationService(content, { throwErrors: true })

describe('PythonAIClient', () => {
  const request = { content: TEXT, content_type: 'summary', difficulty: 'beginner' as const, topic: 'Plants' }

  it('generates, plain and streamed', async () => {
    const [plain] = await all(ai.generateContent({ ...request, stream: false }))
    expect(plain).toMatchObject({ type: 'summary', done: true })
    const chunks = await all(ai.generateContent({ ...request, stream: true }))
    expect(chunks.some((one) => one.done === true)).toBe(true)
    expect(chunks.map((one) => one.content ?? '').join('').length).toBeGreaterThan(20)
  })

  it('completes, embeds, and knows models and figures', async () => {
    const [answer] = await all(ai.complete({ messages: [{ role: 'user', content: 'What is a root?' }] }))
    expect(answer).toMatchObject({ done: true, content: expect.any(String) as string })
    const { embeddings } = await ai.createEmbeddings({ texts: ['a', 'b'] })
    expect(embeddings.map((one) => one.length)).toEqual([1536, 1536])
    const batch = await ai.createBatchEmbeddings({ items: [{ text: 'a', metadata: { kept: 1 } }, { id: 'x', text: 'b' }] })
    expect(batch.embeddings.map((one) => one.id)).toEqual(['item_0', 'x'])
    expect(batch.embeddings[0]?.metadata).toEqual({ kept: 1 })
    expect(await ai.getModels()).toHaveProperty('models')
    expect(await ai.getStats()).toMatchObject({ costs: {}, embeddings: {}, cache: {} })
    expect(await ai.healthCheck()).toBe(true)
  })

  it('joins equal requests, or makes both alike', async () => {
    const both = await Promise.all([1, 2].map(() => all(ai.generateContent({ ...request, stream: false, user_id: 'u' }))))
    expect(both[0]).toEqual(both[1])
  })
})

describe('PythonContentGenerationService', () => {
  it('streams what the old client never did', async () => {
    const chunks = [{ id: '1', content: TEXT }]
    const pieces = await all(generation.generateExplanation({ chunks, topic: 'Roots', persona: PERSONA }))
    expect(pieces.join('')).toMatch(/root/i)
    expect(pieces).not.toContain(APOLOGY)
    const said = await all(generation.streamChatResponse({ message: 'What is a root?', context: [TEXT], persona: PERSONA }))
    expect(said.join('').length).toBeGreaterThan(10)
  })

  it('makes all the rest', async () => {
    expect(await generation.generateSummary({ content: TEXT, format: 'key-points', persona: PERSONA })).toMatch(/root|leaf|light/i)
    const cards = await generation.generateFlashcards({ content: TEXT, count: 3 })
    expect(cards).toHaveLength(3)
    expect(['easy', 'medium', 'hard']).toContain(cards[0]?.difficulty)
    const [question] = await generation.generateQuiz({ content: TEXT, type: 'multiple_choice', count: 1 })
    expect(question).toMatchObject({ type: 'multiple_choice', options: expect.any(Array) as unknown[], answer: expect.stringMatching(/^[A-D]$/) as string })
    expect(await generation.generatePersonalizedIntroduction('Plants', TEXT, PERSONA)).toMatch(/\w/)
    await generation.updateUserPersona('ada', { tone: 'warm' })
    expect(await generation.getPersonalizationScore('ada', TEXT, 'explanation')).toMatchObject({ overall: expect.any(Number) as number })
    expect(await generation.testConnectivity()).toBe(true)
    expect(await generation.healthCheck()).toMatchObject({ status: 'healthy' })
    expect(Object.keys(await generation.getServiceMetrics()).length).toBeGreaterThan(0)
  })
})

describe('the other services', () => {
  it('outline in sections, whole and streamed', async () => {
    const service = new PythonOutlineService(ai)
    const outline = await service.generateOutline({ content: TEXT, filename: 'plants.md', sectionCount: 2 })
    expect(outline.sections.map((one) => one.title).join(' ')).toMatch(/Roots|Leaves/)
    const events = await all(service.generateOutlineStream({ content: TEXT }))
    expect(events.at(-1)?.type).toBe('complete')
    expect(events.filter((one) => one.type === 'section').length).toBeGreaterThan(0)
  })

  it('answer batches in order, and embed', async () => {
    const results = await new PythonBatchService(ai).batchProcess([
      { id: '1', userId: 'u', type: 'embedding', params: { texts: ['a', 'b'] } },
      { id: '2', userId: 'u', type: 'summary', params: { content: TEXT } },
      { id: '3', userId: 'u', type: 'fine-tuning', params: {} },
    ])
    expect(results.map(({ id, success }) => [id, success])).toEqual([['1', true], ['2', true], ['3', false]])
    expect(await new PythonEmbeddingService(ai).generateEmbedding('a')).toHaveLength(1536)
  })

  it('bring the browser its outline and explanation', async () => {
    const file = { id: 'f', name: 'plants.md', processed: true, chunks: [{ content: TEXT }] }
    const app = express().use('/api/v1', banyanRouter({ client: ai, authenticate: () => ({ id: 'u' }), files: { owns: () => true, load: () => file } }))
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/ai`
    const outline = await (await fetch(`${url}/outline/generate-outline?fileId=f`)).text()
    expect(outline).toMatch(/"type":"topic".*"type":"complete"/s)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ fileId: 'f', topicId: 'Roots' })
    const explained = await (await fetch(`${url}/explain/stream`, { method: 'POST', headers, body })).text()
    expect(explained).toMatch(/"type":"content".*"type":"complete"/s)
    server.closeAllConnections()
    server.close()
  })
})

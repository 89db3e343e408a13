import { describe, expect, it } from 'vitest'

import { APOLOGY, CircuitBreaker, PythonContentClient, PythonContentGenerationService } from '../../src/learnx/index'
import { all, fake, json, reset, stream, type Script } from '../support/fake'

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
const WORDS: Script = stream([event({ content: 'A ' }), event({ content: 'tree.' }), 'data: [DONE]\n\n'])
const PERSONA = { userId: 'ada', anything: 1 }
const QUIZ = {
  questions: [
    { question: 'Q1', type: 'multiple_choice', options: { A: 'one', B: 'two' }, answer: 'A', explanation: 'e' },
    { question: 'Q2', type: 'true_false', options: { A: 'x' }, answer: 'true', explanation: 'e' },
  ],
}

function heard(client: PythonContentClient): unknown[] {
  const events: unknown[] = []
  client.on('usage', ({ type, userId, responseTime }) => events.push([type, userId, typeof responseTime]))
  client.on('persona-updated', (said) => events.push(said))
  return events
}

describe('PythonContentClient', () => {
  it('really yields, and emits what was used', async () => {
    const { url, asked } = await fake(WORDS)
    const client = new PythonContentClient(url)
    const events = heard(client)
    expect(await all(client.generateExplanationStream({ user_id: 'u', chunks: [], topic: 't' }))).toEqual(['A ', 'tree.'])
    expect(await all(client.streamChatResponse({ user_id: 'u', message: 'm' }))).toEqual(['A ', 'tree.'])
    expect(events).toEqual([['explanation', 'u', 'number'], ['chat', 'u', 'number']])
    expect(asked.map((one) => one.path)).toEqual(['/content/explanation/stream', '/content/chat/stream'])
  })

  it('takes results from where they stand', async () => {
    const made = { content: 'S', personalization_score: 0.5, quality_metrics: {}, cached: false }
    const card = { front: 'f', back: 'b', difficulty: 'easy' }
    const { url, asked } = await fake(json(made), json({ flashcards: [card] }), json([card]), json(QUIZ), json(made), json({ examples: ['e'] }))
    const client = new PythonContentClient(url)
    const events = heard(client)
    const text = { user_id: 'u', content: 'c', topic: 't' }
    expect(await client.generateSummary(text)).toEqual(made)
    expect(await client.generateFlashcards(text)).toEqual([card])
    expect(await client.generateFlashcards(text)).toEqual([card])
    expect(await client.generateQuiz(text)).toEqual(QUIZ.questions)
    expect(await client.generateIntroduction('t', 'c', 'u')).toEqual(made)
    expect(await client.generateExamples('c', 'u')).toEqual(['e'])
    expect(asked.map((one) => one.path.slice(9))).toEqual(['summary', 'flashcards', 'flashcards', 'quiz', 'introduction', 'examples'])
    expect(JSON.parse(asked[5]?.body ?? '')).toEqual({ concept: 'c', user_id: 'u', count: 3 })
    expect(events).toHaveLength(6)
  })

  it('updates personas, scores, and answers with nothing where the service fails', async () => {
    const { url, asked } = await fake(json({}, 200), json({ overall: 0.7 }), json({}, 500))
    const client = new PythonContentClient(url)
    const events = heard(client)
    await client.updatePersona('a/b', { tone: 'warm' })
    expect(asked[0]).toMatchObject({ method: 'PUT', path: '/persona/a%2Fb', body: '{"tone":"warm"}' })
    expect(events).toEqual([{ userId: 'a/b', updates: { tone: 'warm' } }])
    expect(await client.getPersonalizationScore('u', 'c', 'summary')).toEqual({ overall: 0.7 })
    expect(await client.getPersonalizationScore('u', 'c', 'summary')).toEqual({ overall: 0 })
    expect(await client.getMetrics()).toEqual({})
    await expect(client.healthCheck()).rejects.toThrow('Python service error (500): Internal Server Error')
  })

  it('fails in the old words, with the status and the code', async () => {
    const refused = await fake(json({ message: 'Too long.', code: 'too_large' }, 413))
    const work = new PythonContentClient(refused.url).generateSummary({ user_id: 'u', content: 'c' })
    await expect(work).rejects.toMatchObject({ message: 'Python service error (413): Too long.', status: 413, code: 'too_large' })
    const gone = await fake(reset)
    const lost = new PythonContentClient(gone.url, { maxRetries: 1 }).generateSummary({ user_id: 'u', content: 'c' })
    await expect(lost).rejects.toThrow(/^Python service network error/)
  })

  it('stops calling after five failures, and not after refusals', async () => {
    const { url, asked } = await fake(json({}, 500))
    const client = new PythonContentClient(url)
    const states: unknown[] = []
    client.circuitBreaker.on('stateChange', (said) => states.push(said))
    const ask = () => client.generateSummary({ user_id: 'u', content: 'c' }).catch((error: Error) => error)
    for (let n = 0; n < 5; n++) await ask()
    expect(await ask()).toMatchObject({ code: 'CIRCUIT_OPEN', message: expect.stringMatching(/^Python service error: /) as string })
    expect(await all(client.generateExplanationStream({ user_id: 'u', chunks: [], topic: '' })).catch((error: Error) => error)).toMatchObject({ code: 'CIRCUIT_OPEN' })
    expect(asked).toHaveLength(5)
    expect(states).toEqual([{ name: 'python-content-service', from: 'CLOSED', to: 'OPEN' }])
    await client.healthCheck().catch(() => {})
    expect(asked).toHaveLength(6)
    const refusing = await fake(json({}, 400))
    const other = new PythonContentClient(refusing.url)
    for (let n = 0; n < 8; n++) await other.generateSummary({ user_id: 'u', content: 'c' }).catch(() => {})
    expect(refusing.asked).toHaveLength(8)
  })
})

describe('PythonContentGenerationService', () => {
  it('puts the old values on the wire, and keeps zeros', async () => {
    const { url, asked } = await fake(WORDS, json({ content: 'S' }), json({ flashcards: [] }), json(QUIZ), WORDS)
    const service = new PythonContentGenerationService(new PythonContentClient(url))
    const chunks = [{ id: '1', content: 'c', more: true }]
    await all(service.generateExplanation({ chunks, topic: 't', persona: PERSONA, temperature: 0 }))
    expect(await service.generateSummary({ content: 'c', format: 'key-points', persona: PERSONA, maxTokens: 0 })).toBe('S')
    expect(await service.generateFlashcards({ content: 'c', count: 0 })).toEqual([])
    const questions = await service.generateQuiz({ content: 'c', type: 'multiple_choice', persona: PERSONA, topic: 't' })
    expect(questions).toEqual([
      { question: 'Q1', type: 'multiple_choice', options: ['one', 'two'], answer: 'A', explanation: 'e' },
      { question: 'Q2', type: 'multiple_choice', answer: 'true', explanation: 'e' },
    ])
    await all(service.streamChatResponse({ message: 'm', context: ['x'], persona: null, currentPage: 0 }))
    expect(asked.map((one) => JSON.parse(one.body) as unknown)).toEqual([
      {
        user_id: 'ada', chunks: [{ id: '1', content: 'c', metadata: {}, score: 1 }], topic: 't', current_level: 'foundation', temperature: 0,
        use_cache: true, personalization_level: 'high', include_examples: true, include_practice: false, stream: true,
      },
      { user_id: 'ada', content: 'c', format: 'key-points', purpose: 'review', temperature: 0.5, max_tokens: 0, use_cache: true, personalization_level: 'high' },
      { user_id: 'anonymous', content: 'c', topic: 'General', count: 0, temperature: 0.7, max_tokens: 1500, use_cache: true, personalization_level: 'medium' },
      { user_id: 'ada', content: 'c', topic: 't', quiz_type: 'multiple_choice', count: 5, temperature: 0.6, max_tokens: 2000, use_cache: true, personalization_level: 'medium' },
      {
        user_id: 'anonymous', message: 'm', context: ['x'], current_page: 0, conversation_history: [], temperature: 0.7, max_tokens: 1000,
        use_cache: false, personalization_level: 'high', stream: true,
      },
    ])
  })

  it('fails with the old sentences, and says why in the cause', async () => {
    const { url } = await fake(json({ message: 'No.' }, 400))
    const service = new PythonContentGenerationService(new PythonContentClient(url))
    const text = { content: 'c', persona: PERSONA }
    const failures: [() => Promise<unknown>, string][] = [
      [() => service.generateSummary({ ...text, format: 'key-points' }), 'generate summary'],
      [() => service.generateFlashcards(text), 'generate flashcards'],
      [() => service.generateQuiz({ ...text, type: 'true_false' }), 'generate quiz'],
      [() => service.generatePersonalizedIntroduction('t', 'c', PERSONA), 'generate introduction'],
      [() => service.generatePersonalizedExamples('c', PERSONA), 'generate examples'],
      [() => service.updateUserPersona('u', {}), 'update persona'],
    ]
    for (const [call, what] of failures) {
      await expect(call()).rejects.toMatchObject({ message: `Failed to ${what}. Please try again.`, status: 400, cause: { message: 'Python service error (400): No.' } })
    }
    expect(await service.testConnectivity()).toBe(false)
  })

  it('yields an apology where a stream fails, or throws where it is told to', async () => {
    const { url } = await fake(json({}, 400))
    const client = new PythonContentClient(url)
    const ask = (service: PythonContentGenerationService) => all(service.streamChatResponse({ message: 'm', context: [], persona: null }))
    expect(await ask(new PythonContentGenerationService(client))).toEqual([APOLOGY])
    await expect(ask(new PythonContentGenerationService(client, { throwErrors: true }))).rejects.toThrow('400')
  })
})

describe('CircuitBreaker', () => {
  it('opens, lets calls through one at a time, and closes after enough of them', async () => {
    const breaker = new CircuitBreaker('x', { failureThreshold: 2, resetTimeout: 100, halfOpenRequests: 2 })
    const bad = () => breaker.execute(() => Promise.reject(new Error('bad'))).catch((error: { code?: string }) => error.code)
    const good = () => breaker.execute(() => Promise.resolve(1)).catch((error: { code?: string }) => error.code)
    expect([await bad(), breaker.getStats().state]).toEqual([undefined, 'CLOSED'])
    await bad()
    expect([await good(), breaker.getStats().state]).toEqual(['CIRCUIT_OPEN', 'OPEN'])
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(await Promise.all([good(), good()])).toEqual([1, 'CIRCUIT_OPEN'])
    expect(breaker.getStats().state).toBe('HALF_OPEN')
    expect(await good()).toBe(1)
    expect(breaker.getStats()).toEqual({ name: 'x', state: 'CLOSED', failures: 0, requests: 0 })
  })
})

/** Against the real service. */

import { describe, expect, inject, it } from 'vitest'

import { Banyan, BanyanError } from '../src/index'
import { all } from './support/fake'

const client = new Banyan({ baseUrl: inject('assistant'), proxyUrl: inject('proxy') })

async function lesson(): Promise<{ course: string; lesson: string }> {
  const { courses } = await client.request('GET', '/api/v1/courses')
  const course = String(courses[0])
  const { lessons } = await client.request('GET', '/api/v1/courses/{course}/lessons', { path: { course } })
  return { course, lesson: String(lessons[0]?.lesson) }
}

const place = await lesson()
const { title } = await client.request('GET', '/api/v1/courses/{course}/lessons/{lesson}', { path: place })
const ASK = { ...place, messages: [{ role: 'user' as const, content: `What is ${title} about?` }] }

describe('against the service', () => {
  it('says that it is healthy', async () => {
    expect(await client.health()).toMatchObject({ status: 'healthy' })
  })

  it('answers with citations', async () => {
    const answer = await client.chat(ASK)
    expect(answer.choices[0]?.message.content).toContain('[1]')
    expect(answer.citations[0]?.course).toBe(place.course)
  })

  it('streams the same answer as it is written', async () => {
    const events = await all(client.chatStream(ASK))
    expect(events[0]?.type).toBe('meta')
    const end = events.at(-1)
    expect(end).toMatchObject({ type: 'end', finishReason: 'stop' })
    expect(events.filter((one) => one.type === 'text').map((one) => one.text).join('')).toContain('[1]')
  })

  it('goes on where a stream was cut', async () => {
    const sent: (string | null)[] = []
    const cutting: typeof globalThis.fetch = async (url, init) => {
      const response = await globalThis.fetch(url, init)
      sent.push(new Headers(init?.headers).get('Last-Event-ID'))
      const bytes = new Uint8Array(await response.arrayBuffer())
      return new Response(sent.length > 1 ? bytes : bytes.slice(0, bytes.length * 0.3), response)
    }
    const unlucky = new Banyan({ baseUrl: inject('assistant'), fetch: cutting })
    const written = async (from: Banyan): Promise<string> =>
      (await all(from.contentStream('explanation', place))).map((one) => (one.type === 'text' ? one.text : '')).join('')
    expect(await written(unlucky)).toBe(await written(client))
    expect(sent).toEqual([null, expect.stringMatching(/^\d+-[0-9a-f]{8}$/)])
  })

  it('answers equal keys once', async () => {
    const options = { idempotencyKey: 'once-and-for-all' }
    const answers = await Promise.all([client.chat(ASK, options), client.chat(ASK, options)])
    expect(answers[0]?.message_id).toBe(answers[1]?.message_id)
  })

  it('keeps sessions apart by person', async () => {
    const ada = client.as({ user: 'ada' })
    const asked = await ada.chat(ASK)
    const history = await ada.sessions.history(place.course, place.lesson)
    expect(history.session).toBe(asked.session)
    expect(history.messages.map((one) => one.role)).toEqual(['user', 'assistant'])
    const { sessions } = await client.as({ user: 'ben' }).sessions.list()
    expect(sessions).toEqual([])
    const begun = await ada.sessions.start(place)
    expect(begun.session).not.toBe(asked.session)
    expect((await ada.sessions.messages(String(asked.session))).messages).toHaveLength(2)
  })

  it('makes study material, whole and as it is written', async () => {
    const quiz = await client.content('quiz', { ...place, count: 2 })
    expect(quiz).toMatchObject({ type: 'quiz', body: { questions: expect.any(Array) as unknown[] } })
    const events = await all(client.contentStream('summary', place))
    const last = events.at(-1)
    expect(last).toMatchObject({ type: 'material', material: { type: 'summary' } })
    expect(events.filter((one) => one.type === 'text').length).toBeGreaterThan(0)
  })

  it('keeps what a learner says of themselves', async () => {
    const ada = client.as({ user: 'ada' })
    await ada.persona.replace('ada', { tone: 'warm' })
    await ada.persona.change('ada', { language: 'de' })
    expect((await ada.persona.get('ada')).persona).toMatchObject({ language: 'de' })
    await ada.persona.remove('ada')
    expect((await ada.persona.get('ada')).persona.language ?? '').not.toBe('de')
  })

  it('finds passages and makes vectors', async () => {
    const { results } = await client.search({ course: place.course, query: title, top_k: 3 })
    expect(results.length).toBeGreaterThan(0)
    const { data } = await client.embeddings({ input: ['one', 'two'], encoding_format: 'float' })
    expect(data.map((one) => one.index)).toEqual([0, 1])
  })

  it('tells why it refuses', async () => {
    const refused = await client.chat({ ...ASK, lesson: 'nowhere' }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(BanyanError)
    expect(refused).toMatchObject({ status: 404, requestId: expect.stringMatching(/^req/) as string })
  })
})

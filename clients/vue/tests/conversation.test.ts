import { describe, expect, it } from 'vitest'

import { ApiError, type AnswerEvent, type Api, type Question, type StoredMessage } from '../src/api'
import { createConversation, turnsOf } from '../src/conversation'

const PLACE = { course: 'c', lesson: 'l' }

/** An assistant that gives the answers in turn; each answer is events, and an error to end with where one is given. */
function assistant(...answers: (AnswerEvent | Error)[][]): { api: Api; asked: Question[] } {
  const asked: Question[] = []
  const api: Api = {
    courses: async () => [],
    lessons: async () => [],
    lesson: async () => ({ title: '', text: '', version: 1, blocks: [] }),
    history: async () => ({ session: null, messages: [] }),
    newSession: async () => 'another',
    rate: async () => undefined,
    ratings: async () => new Map(),
    async *ask(question, signal) {
      asked.push(question)
      for (const event of answers[asked.length - 1] ?? []) {
        if (event instanceof Error) throw event
        yield event
      }
      if (answers[asked.length - 1] === undefined) await aborted(signal)
    },
  }
  return { api, asked }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

const META: AnswerEvent = { type: 'meta', session: 's', message: 'm', citations: [] }
const END: AnswerEvent = { type: 'finish', reason: 'stop' }

describe('a conversation', () => {
  it('gathers the pieces of an answer', async () => {
    const { api } = assistant([META, { type: 'text', text: 'Roots ' }, { type: 'text', text: 'hang.' }, END])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('  What hangs? ')
    expect(conversation.turns.value).toMatchObject([{ question: 'What hangs?', answer: 'Roots hang.', state: 'complete' }])
    expect(conversation.answering.value).toBe(false)
  })

  it('ends with the citations that the answer does use', async () => {
    const one = { index: 1, course: 'c', lesson: 'l', title: '', heading: [], anchor: '', quote: 'Q', start: 0, end: 1 }
    const found: AnswerEvent = { ...META, citations: [one, { ...one, index: 2 }] }
    const { api } = assistant([found, { type: 'text', text: 'Roots [1].' }, { type: 'citations', citations: [one] }, END])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('one')
    expect(conversation.turns.value[0]?.citations).toEqual([one])
  })

  it('goes on in the session that the first answer named', async () => {
    const { api, asked } = assistant([META, END], [META, END])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('one')
    await conversation.ask('two')
    expect(asked.map((question) => question.session)).toEqual([null, 's'])
    expect(new Set(asked.map((question) => question.key)).size).toBe(2)
  })

  it('keeps what came of a broken answer, and asks again as the same turn', async () => {
    const broken = new ApiError('The model broke off; ask again.', 200, 'upstream_failed')
    const { api, asked } = assistant([META, { type: 'text', text: 'Roots' }, broken], [META, { type: 'text', text: 'All.' }, END])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('one')
    expect(conversation.turns.value).toMatchObject([{ answer: 'Roots', state: 'failed', problem: broken.message }])
    await conversation.retry(conversation.turns.value[0]?.key ?? '')
    expect(conversation.turns.value).toMatchObject([{ answer: 'All.', state: 'complete', problem: '' }])
    expect(asked[1]?.key).toBe(asked[0]?.key)
    expect(asked[1]?.content).toBe('one')
    expect(asked[1]?.session).toBe(asked[0]?.session)
  })

  it('takes an answer without a reason to finish for incomplete', async () => {
    const { api } = assistant([META, { type: 'text', text: 'Roots' }])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('one')
    expect(conversation.turns.value).toMatchObject([{ answer: 'Roots', state: 'failed' }])
  })

  it('stops when it is told to', async () => {
    const conversation = createConversation(assistant().api, PLACE)
    const asking = conversation.ask('one')
    expect(conversation.answering.value).toBe(true)
    conversation.stop()
    await asking
    expect(conversation.turns.value).toMatchObject([{ state: 'stopped' }])
    expect(conversation.answering.value).toBe(false)
  })

  it('asks one question at a time, and no empty one', async () => {
    const { api, asked } = assistant()
    const conversation = createConversation(api, PLACE)
    await conversation.ask('   ')
    const asking = conversation.ask('one')
    await conversation.ask('two')
    conversation.stop()
    await asking
    expect(asked.map((question) => question.content)).toEqual(['one'])
  })

  it('shows what was said before ahead of a question that was asked while it was being fetched', async () => {
    const { api, asked } = assistant([META, END])
    const before: StoredMessage = { id: 'q0', role: 'user', content: 'zero', status: 'complete', citations: [] }
    api.history = async () => ({ session: 'kept', messages: [before] })
    const conversation = createConversation(api, PLACE)
    const loading = conversation.load()
    await conversation.ask('one')
    await loading
    expect(conversation.turns.value.map((turn) => turn.question)).toEqual(['zero', 'one'])
    expect(asked[0]?.session).toBe('kept')
  })

  it('begins anew in another session', async () => {
    const { api, asked } = assistant([META, END], [META, END])
    const conversation = createConversation(api, PLACE)
    await conversation.ask('one')
    await conversation.restart()
    expect(conversation.turns.value).toEqual([])
    await conversation.ask('two')
    expect(asked[1]?.session).toBe('another')
  })
})

it('stored messages are turns, also where an answer is missing or incomplete', () => {
  const message = (id: string, role: 'user' | 'assistant', status = 'complete'): StoredMessage => ({
    id,
    role,
    content: id,
    status,
    citations: [],
  })
  const stored = [
    message('q1', 'user'),
    message('a1', 'assistant'),
    message('q2', 'user'),
    message('q3', 'user'),
    message('a3', 'assistant', 'interrupted'),
    message('q4', 'user'),
    message('a4', 'assistant', 'failed'),
  ]
  expect(turnsOf(stored).map((turn) => [turn.question, turn.answer, turn.state])).toEqual([
    ['q1', 'a1', 'complete'],
    ['q2', '', 'failed'],
    ['q3', 'a3', 'stopped'],
    ['q4', 'a4', 'failed'],
  ])
})

/** One conversation about one lesson: its turns, and the answer that is under way. */

import { shallowRef, type ShallowRef } from 'vue'

import type { Api, Citation, Feedback, Place, StoredMessage } from './api'
import { messageOf } from './composables/useLoaded'

export type TurnState = 'waiting' | 'streaming' | 'complete' | 'stopped' | 'failed'

export interface Turn {
  readonly key: string
  readonly question: string
  readonly answer: string
  readonly citations: readonly Citation[]
  readonly state: TurnState
  /** What went wrong, or what was withheld; "" when nothing was. */
  readonly problem: string
  readonly notice: string
  /** The answer's id; "" before it is known. */
  readonly message: string
  /** What the learner said of it, and why that could not be kept. */
  readonly feedback: Feedback | null
  readonly unkept: string
}

export interface Conversation extends Place {
  readonly turns: Readonly<ShallowRef<readonly Turn[]>>
  readonly history: Readonly<ShallowRef<'loading' | 'ready' | { readonly failed: string }>>
  readonly answering: Readonly<ShallowRef<boolean>>
  load(): Promise<void>
  /** Settles when the answer is there, in whole or in part; does nothing while another is under way. */
  ask(question: string): Promise<void>
  /** Asks a turn again that was stopped or failed, as the same turn. */
  retry(key: string): Promise<void>
  /** Shown at once, and taken back where it cannot be kept. */
  rate(key: string, feedback: Feedback | null): Promise<void>
  stop(): void
  /** Begins anew; throws what the assistant says when it cannot. */
  restart(): Promise<void>
}

const HISTORY_LIMIT = 50
const BLANK = { answer: '', citations: [], problem: '', notice: '', message: '', feedback: null, unkept: '' } as const

export function createConversation(api: Api, place: Place): Conversation {
  const turns = shallowRef<readonly Turn[]>([])
  const history = shallowRef<'loading' | 'ready' | { readonly failed: string }>('loading')
  const answering = shallowRef(false)
  let session: string | null = null
  /** The session that each turn was first sent with: a retry must be the same request to the letter. */
  const sentWith = new Map<string, string | null>()
  let under: AbortController | null = null
  let loading: Promise<void> = Promise.resolve()

  function change(key: string, changes: Partial<Turn>): void {
    turns.value = turns.value.map((turn) => (turn.key === key ? { ...turn, ...changes } : turn))
  }

  async function fetchHistory(): Promise<void> {
    history.value = 'loading'
    try {
      const stored = await api.history(place, HISTORY_LIMIT)
      // A question waits for this before it is sent, so what has been sent is in the history and the rest is not.
      turns.value = [...turnsOf(stored.messages), ...turns.value.filter((turn) => !sentWith.has(turn.key))]
      session = stored.session
      history.value = 'ready'
      if (session) void fetchRatings(session)
    } catch (error) {
      history.value = { failed: messageOf(error) }
    }
  }

  async function fetchRatings(of: string): Promise<void> {
    try {
      const given = await api.ratings(of)
      turns.value = turns.value.map((turn) => {
        const feedback = given.get(turn.message)
        return feedback ? { ...turn, feedback } : turn
      })
    } catch {
      // Thumbs that are not shown can be given again; the conversation itself is there.
    }
  }

  async function answer(key: string, question: string): Promise<void> {
    const control = new AbortController()
    under = control
    answering.value = true
    let text = ''
    let ended = false
    change(key, { answer: '', citations: [], state: 'waiting', problem: '', notice: '' })
    try {
      await loading
      control.signal.throwIfAborted()
      if (!sentWith.has(key)) sentWith.set(key, session)
      const request = { ...place, content: question, session: sentWith.get(key) ?? null, key }
      for await (const event of api.ask(request, control.signal)) {
        if (event.type === 'meta') {
          session = event.session || session
          change(key, { citations: event.citations, message: event.message })
        } else if (event.type === 'citations') {
          change(key, { citations: event.citations })
        } else if (event.type === 'text') {
          text += event.text
          change(key, { answer: text, state: 'streaming' })
        } else if (event.type === 'notice') {
          change(key, { notice: event.message })
        } else {
          ended = true
        }
      }
      change(key, ended ? { state: 'complete' } : { state: 'failed', problem: 'The answer broke off.' })
    } catch (error) {
      if (control.signal.aborted) change(key, { state: 'stopped' })
      else change(key, { state: 'failed', problem: messageOf(error) })
    } finally {
      if (under === control) {
        under = null
        answering.value = false
      }
    }
  }

  return {
    ...place,
    turns,
    history,
    answering,
    load() {
      if (!answering.value) loading = fetchHistory()
      return loading
    },
    async ask(question) {
      const content = question.trim()
      if (content === '' || answering.value) return
      const key = crypto.randomUUID()
      const turn: Turn = { ...BLANK, key, question: content, state: 'waiting' }
      turns.value = [...turns.value, turn]
      await answer(key, content)
    },
    async retry(key) {
      const turn = turns.value.find((one) => one.key === key)
      if (turn && !answering.value) await answer(key, turn.question)
    },
    async rate(key, feedback) {
      const turn = turns.value.find((one) => one.key === key)
      if (!turn?.message) return
      change(key, { feedback, unkept: '' })
      try {
        await api.rate(turn.message, feedback)
      } catch (error) {
        change(key, { feedback: turn.feedback, unkept: messageOf(error) })
      }
    },
    stop() {
      under?.abort()
    },
    async restart() {
      under?.abort()
      session = await api.newSession(place)
      turns.value = []
      history.value = 'ready'
    },
  }
}

/** Stored messages as turns, each question with the answer behind it. */
export function turnsOf(messages: readonly StoredMessage[]): Turn[] {
  const turns: Turn[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'user') {
      turns.push(unanswered(message))
    } else if (last && last.state === 'failed' && last.answer === '') {
      turns[turns.length - 1] = answered(last, message)
    }
  }
  return turns
}

function unanswered({ id, content }: StoredMessage): Turn {
  const problem = 'This question has no answer yet.'
  return { ...BLANK, key: id, question: content, state: 'failed', problem }
}

function answered(turn: Turn, message: StoredMessage): Turn {
  const states: Record<string, TurnState> = { interrupted: 'stopped', failed: 'failed' }
  const state = states[message.status] ?? 'complete'
  const problem = state === 'failed' ? 'The answer broke off.' : ''
  return { ...turn, answer: message.content, citations: message.citations, state, problem, message: message.id }
}

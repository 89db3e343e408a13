import { EventEmitter } from 'node:events'

import { BanyanError, failedEvent, isObject, parsed } from '../errors.js'
import type { Answer, Call, Transport } from '../transport.js'
import { CircuitBreaker, CircuitOpenError, outcome } from './breaker.js'
import { post, reason, transport, type CallSettings, type PythonAIConfig } from './settings.js'

export type PersonalizationLevel = 'low' | 'medium' | 'high' | 'adaptive'
export type QuizType = 'multiple_choice' | 'true_false' | 'short_answer'

export interface GenerationParams {
  user_id: string
  model?: string
  temperature?: number
  max_tokens?: number
  use_cache?: boolean
  personalization_level?: PersonalizationLevel
  language?: string
  include_examples?: boolean
  include_practice?: boolean
  stream?: boolean
}

export interface ExplanationParams extends GenerationParams {
  chunks: { id: string; content: string; metadata?: Record<string, unknown>; score?: number }[]
  topic: string
  subtopic?: string
  current_level?: 'foundation' | 'intermediate' | 'advanced'
  progressive?: boolean
}

export interface SummaryParams extends GenerationParams {
  content: string
  format?: 'key-points' | 'comprehensive' | 'visual-map'
  purpose?: 'review' | 'application' | 'next-steps' | 'connections'
}

export interface FlashcardParams extends GenerationParams {
  content: string
  topic: string
  count?: number
  contextual_examples?: boolean
  difficulty_mix?: boolean
}

export interface QuizParams extends GenerationParams {
  content: string
  topic: string
  quiz_type?: QuizType | 'scenario_analysis'
  count?: number
  adaptive_difficulty?: boolean
  include_explanations?: boolean
}

export interface ChatParams extends GenerationParams {
  message: string
  context?: string[]
  current_page?: number
  selected_text?: string
  conversation_history?: { role: string; content: string }[]
}

export interface PersonalizedContent {
  content: string
  personalization_score: number
  quality_metrics: Record<string, number>
  cached: boolean
  cost_info?: Record<string, unknown>
}

export interface Flashcard {
  front: string
  back: string
  difficulty: 'easy' | 'medium' | 'hard'
}

export interface QuizQuestion {
  question: string
  type: string
  options?: Record<string, string>
  answer: string
  explanation: string
  difficulty?: string
}

export type UsageType = 'explanation' | 'summary' | 'flashcards' | 'quiz' | 'chat' | 'introduction' | 'examples'

/**
 * The `/content` and `/persona` family. Emits `usage` `{type, userId, responseTime}` after a success, and
 * `persona-updated` `{userId, updates}`. Streams yield each piece as it comes.
 */
export class PythonContentClient extends EventEmitter {
  readonly circuitBreaker = new CircuitBreaker('python-content-service', { failureThreshold: 5, resetTimeout: 30_000 })
  readonly #config: Partial<PythonAIConfig>
  #transport: Transport | undefined

  constructor(baseURL?: string, config: Omit<Partial<PythonAIConfig>, 'baseUrl' | 'breaker'> = {}) {
    super()
    // The breaker is that of the class, so that its state can be seen.
    this.#config = { ...config, breaker: false, ...(baseURL !== undefined && { baseUrl: baseURL }) }
  }

  generateExplanationStream(params: ExplanationParams, settings: CallSettings = {}): AsyncGenerator<string, void, undefined> {
    return this.#text('explanation', params.user_id, post('/content/explanation/stream', params, settings))
  }

  streamChatResponse(params: ChatParams, settings: CallSettings = {}): AsyncGenerator<string, void, undefined> {
    return this.#text('chat', params.user_id, post('/content/chat/stream', params, settings))
  }

  async generateSummary(params: SummaryParams, settings: CallSettings = {}): Promise<PersonalizedContent> {
    const body = await this.#used('summary', params.user_id, post('/content/summary', params, settings))
    return body as PersonalizedContent
  }

  async generateFlashcards(params: FlashcardParams, settings: CallSettings = {}): Promise<Flashcard[]> {
    const body = await this.#used('flashcards', params.user_id, post('/content/flashcards', params, settings))
    return inside(body, 'flashcards') as Flashcard[]
  }

  async generateQuiz(params: QuizParams, settings: CallSettings = {}): Promise<QuizQuestion[]> {
    const body = await this.#used('quiz', params.user_id, post('/content/quiz', params, settings))
    return inside(body, 'questions') as QuizQuestion[]
  }

  async generateIntroduction(topic: string, content: string, userId: string, model?: string): Promise<PersonalizedContent> {
    const body = { topic, content, user_id: userId, model }
    return (await this.#used('introduction', userId, post('/content/introduction', body))) as PersonalizedContent
  }

  async generateExamples(concept: string, userId: string, count = 3, model?: string): Promise<string[]> {
    const body = { concept, user_id: userId, count, model }
    return inside(await this.#used('examples', userId, post('/content/examples', body)), 'examples') as string[]
  }

  async updatePersona(userId: string, updates: Record<string, unknown>): Promise<void> {
    await this.#guarded({ method: 'PUT', path: `/persona/${encodeURIComponent(userId)}`, body: updates })
    this.emit('persona-updated', { userId, updates })
  }

  /** `{overall: 0}` where the service does not answer. */
  async getPersonalizationScore(userId: string, content: string, contentType: string): Promise<Record<string, number>> {
    try {
      const body = { user_id: userId, content, content_type: contentType }
      return (await this.#guarded(post('/persona/score', body))).body as Record<string, number>
    } catch {
      return { overall: 0.0 }
    }
  }

  async healthCheck(): Promise<{ status: string; version: string }> {
    try {
      return (await this.#service.send({ method: 'GET', path: '/health' })).body as { status: string; version: string }
    } catch (error) {
      throw inOldWords(error)
    }
  }

  /** `{}` where the service does not answer. */
  async getMetrics(): Promise<Record<string, unknown>> {
    try {
      const { body } = await this.#service.send({ method: 'GET', path: '/metrics' })
      return isObject(body) ? body : {}
    } catch {
      return {}
    }
  }

  async shutdown(): Promise<void> {
    this.circuitBreaker.removeAllListeners()
    this.removeAllListeners()
  }

  get #service(): Transport {
    return (this.#transport ??= transport(this.#config))
  }

  async #used(type: UsageType, userId: string, call: Call): Promise<unknown> {
    const began = Date.now()
    const { body } = await this.#guarded(call)
    this.emit('usage', { type, userId, responseTime: Date.now() - began })
    return body
  }

  async #guarded(call: Call): Promise<Answer> {
    try {
      return await this.circuitBreaker.execute(() => this.#service.send(call))
    } catch (error) {
      throw inOldWords(error)
    }
  }

  async *#text(type: UsageType, userId: string, call: Call): AsyncGenerator<string, void, undefined> {
    const began = Date.now()
    let went: ReturnType<CircuitBreaker['admit']> | undefined
    try {
      went = this.circuitBreaker.admit()
      for await (const { data } of this.#service.events({ ...call, accept: 'text/event-stream' })) {
        const found = parsed(data)
        const failed = failedEvent(found)
        if (failed !== undefined) throw failed
        const piece = isObject(found) ? found['content'] : data
        if (typeof piece === 'string' && piece !== '') yield piece
      }
      went('success')
    } catch (error) {
      went?.(outcome(error))
      throw inOldWords(error)
    } finally {
      // The caller who leaves early says nothing about the service.
      went?.('neither')
    }
    this.emit('usage', { type, userId, responseTime: Date.now() - began })
  }
}

/** A list that may stand under a name. */
function inside(body: unknown, name: string): unknown {
  return isObject(body) && !Array.isArray(body) ? body[name] : body
}

function inOldWords(cause: unknown): BanyanError {
  const error = cause instanceof BanyanError ? cause : new BanyanError(String(cause), { cause })
  const { status, code, requestId, retryAfter, body, message } = error
  const facts = { status, code, requestId, retryAfter, body, cause: error }
  if (status !== undefined) {
    const text = isObject(body) && typeof body['message'] === 'string' ? body['message'] : reason(status)
    return new BanyanError(`Python service error (${status}): ${text}`, facts)
  }
  const network = code === 'network' || code === 'timeout'
  const text = network ? `Python service network error: ${message}` : `Python service error: ${message}`
  return error instanceof CircuitOpenError ? new CircuitOpenError(text, facts) : new BanyanError(text, facts)
}

export const pythonContentClient = new PythonContentClient()

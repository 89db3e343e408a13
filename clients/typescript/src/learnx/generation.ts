import { BanyanError } from '../errors.js'
import {
  pythonContentClient,
  type Flashcard,
  type PythonContentClient,
  type QuizType,
  type SummaryParams,
} from './content.js'
import type { CallSettings } from './settings.js'

/** Only the id goes over the wire: the service keeps the persona. */
export interface UserPersona {
  userId: string
  [field: string]: unknown
}

export interface ExplanationInput {
  model?: string
  temperature?: number
  maxTokens?: number
  chunks: { id: string; content: string }[]
  topic: string
  persona: UserPersona
  subtopic?: string
  currentLevel?: 'foundation' | 'intermediate' | 'advanced'
}

export interface SummaryInput {
  content: string
  format: NonNullable<SummaryParams['format']>
  persona: UserPersona
  purpose?: NonNullable<SummaryParams['purpose']>
  model?: string
  temperature?: number
  maxTokens?: number
}

export interface FlashcardInput {
  content: string
  count?: number
  persona?: UserPersona
  topic?: string
}

export interface QuizInput extends FlashcardInput {
  type: QuizType
}

export interface ChatInput {
  message: string
  context: string[]
  persona: UserPersona | null
  currentPage?: number
  selectedText?: string
  model?: string
  conversationHistory?: { role: string; content: string }[]
}

export interface GeneratedQuestion {
  question: string
  type: QuizType
  options?: string[]
  answer: string
  explanation: string
}

/** What a learner reads in place of text that could not be made; set `throwErrors` to have the error instead. */
export const APOLOGY = 'Sorry, this could not be written just now. Please try again in a moment.'

const NOBODY = 'anonymous'

export class PythonContentGenerationService {
  constructor(
    private readonly client: PythonContentClient = pythonContentClient,
    private readonly options: { readonly throwErrors?: boolean } = {},
  ) {}

  async *generateExplanation(input: ExplanationInput, settings: CallSettings = {}): AsyncGenerator<string, void, undefined> {
    const { chunks, topic, persona, subtopic, currentLevel, model, temperature, maxTokens } = input
    yield* this.#orApology(
      this.client.generateExplanationStream(
        {
          user_id: persona.userId,
          chunks: chunks.map(({ id, content }) => ({ id, content, metadata: {}, score: 1 })),
          topic,
          ...given({ subtopic, model, max_tokens: maxTokens }),
          current_level: currentLevel ?? 'foundation',
          temperature: temperature ?? 0.7,
          use_cache: true,
          personalization_level: 'high',
          include_examples: true,
          include_practice: false,
          stream: true,
        },
        settings,
      ),
    )
  }

  async generateSummary(input: SummaryInput): Promise<string> {
    const { content, format, persona, purpose, model, temperature, maxTokens } = input
    const made = await this.#made('generate summary', () =>
      this.client.generateSummary({
        user_id: persona.userId,
        content,
        format,
        purpose: purpose ?? 'review',
        ...given({ model }),
        temperature: temperature ?? 0.5,
        max_tokens: maxTokens ?? 1000,
        use_cache: true,
        personalization_level: 'high',
      }),
    )
    return made.content
  }

  generateFlashcards({ content, count, persona, topic }: FlashcardInput): Promise<Flashcard[]> {
    return this.#made('generate flashcards', () =>
      this.client.generateFlashcards({
        user_id: persona?.userId ?? NOBODY,
        content,
        topic: topic ?? 'General',
        count: count ?? 10,
        temperature: 0.7,
        max_tokens: 1500,
        use_cache: true,
        personalization_level: 'medium',
      }),
    )
  }

  async generateQuiz({ content, type, count, persona, topic }: QuizInput): Promise<GeneratedQuestion[]> {
    const questions = await this.#made('generate quiz', () =>
      this.client.generateQuiz({
        user_id: persona?.userId ?? NOBODY,
        content,
        topic: topic ?? 'General',
        quiz_type: type,
        count: count ?? 5,
        temperature: 0.6,
        max_tokens: 2000,
        use_cache: true,
        personalization_level: 'medium',
      }),
    )
    return questions.map(({ question, type: kind, options, answer, explanation }) => ({
      question,
      type,
      ...(kind === 'multiple_choice' && options && { options: Object.values(options) }),
      answer,
      explanation,
    }))
  }

  async *streamChatResponse(input: ChatInput, settings: CallSettings = {}): AsyncGenerator<string, void, undefined> {
    const { message, context, persona, currentPage, selectedText, model, conversationHistory } = input
    yield* this.#orApology(
      this.client.streamChatResponse(
        {
          user_id: persona?.userId ?? NOBODY,
          message,
          context,
          ...given({ current_page: currentPage, selected_text: selectedText, model }),
          conversation_history: conversationHistory ?? [],
          temperature: 0.7,
          max_tokens: 1000,
          use_cache: false,
          personalization_level: 'high',
          stream: true,
        },
        settings,
      ),
    )
  }

  async generatePersonalizedIntroduction(topic: string, content: string, persona: UserPersona): Promise<string> {
    const made = await this.#made('generate introduction', () =>
      this.client.generateIntroduction(topic, content, persona.userId),
    )
    return made.content
  }

  generatePersonalizedExamples(concept: string, persona: UserPersona, count = 3): Promise<string[]> {
    return this.#made('generate examples', () => this.client.generateExamples(concept, persona.userId, count))
  }

  updateUserPersona(userId: string, updates: Record<string, unknown>): Promise<void> {
    return this.#made('update persona', () => this.client.updatePersona(userId, updates))
  }

  getPersonalizationScore(userId: string, content: string, contentType: string): Promise<Record<string, number>> {
    return this.client.getPersonalizationScore(userId, content, contentType)
  }

  healthCheck(): Promise<{ status: string; version: string }> {
    return this.client.healthCheck()
  }

  getServiceMetrics(): Promise<Record<string, unknown>> {
    return this.client.getMetrics()
  }

  async testConnectivity(): Promise<boolean> {
    try {
      return (await this.healthCheck()).status === 'healthy'
    } catch {
      return false
    }
  }

  shutdown(): Promise<void> {
    return this.client.shutdown()
  }

  /** The old sentence, and the error with all it knows as `cause`. */
  async #made<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      const of = cause instanceof BanyanError ? cause : undefined
      throw new BanyanError(`Failed to ${what}. Please try again.`, {
        status: of?.status,
        code: of?.code,
        requestId: of?.requestId,
        retryAfter: of?.retryAfter,
        body: of?.body,
        cause,
      })
    }
  }

  async *#orApology(pieces: AsyncGenerator<string, void, undefined>): AsyncGenerator<string, void, undefined> {
    try {
      yield* pieces
    } catch (error) {
      if (this.options.throwErrors === true || (error instanceof BanyanError && error.code === 'aborted')) throw error
      yield APOLOGY
    }
  }
}

/** The fields that have a value: what is undefined stays away from the wire, and zero is a value. */
function given<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

export const pythonContentGenerationService = new PythonContentGenerationService()

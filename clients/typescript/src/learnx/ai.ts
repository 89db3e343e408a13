import { BanyanError, isObject, parsed, StreamCut } from '../errors.js'
import { DONE } from '../sse.js'
import type { Call, Transport } from '../transport.js'
import { post, reason, transport, type CallSettings, type PythonAIConfig } from './settings.js'

export type Difficulty = 'beginner' | 'intermediate' | 'advanced'

export interface ContentGenerationRequest {
  content: string
  content_type: string
  topic?: string
  difficulty: Difficulty
  persona?: Record<string, unknown>
  model?: string
  temperature?: number
  max_tokens?: number
  stream: boolean
  user_id?: string
  content_metadata?: Record<string, unknown>
}

export interface CompletionRequest {
  messages: { role: string; content: string }[]
  model?: string
  temperature?: number
  max_tokens?: number
  top_p?: number
  frequency_penalty?: number
  presence_penalty?: number
  stop?: string[]
  stream?: boolean
  user_id?: string
  preferred_providers?: string[]
}

export interface EmbeddingRequest {
  texts: string | string[]
  model?: string
  dimensions?: number
  user_id?: string
}

export interface BatchEmbeddingRequest {
  items: { id?: string; text: string; metadata?: Record<string, unknown> }[]
  model?: string
  dimensions?: number
  batch_size?: number
  user_id?: string
}

export interface StreamingChunk {
  content?: string
  type?: string
  done?: boolean
  error?: string
  metadata?: Record<string, unknown>
}

export interface Embeddings {
  embeddings: number[][]
  model: string
  usage: Record<string, number>
}

export interface BatchEmbeddings {
  embeddings: { id: string; embedding: number[]; metadata: Record<string, unknown> }[]
  model: string
  total_items: number
}

const HEALTH_MS = 5000

/**
 * The `/api/v1/ai` family. Generators never throw: a failure is one `{error}` chunk, unless `throwErrors` is set.
 * The other methods throw a BanyanError whose message is `HTTP <status>: <reason>`.
 */
export class PythonAIClient {
  #transport: Transport | undefined

  constructor(private readonly config: Partial<PythonAIConfig> = {}) {}

  async *generateContent(
    request: ContentGenerationRequest,
    settings: CallSettings = {},
  ): AsyncGenerator<StreamingChunk, void, undefined> {
    const call = post('/api/v1/ai/generate-content', request, settings)
    yield* this.#chunks(call, request.stream, (body) => ({
      content: text(body['content']),
      type: request.content_type,
      done: true,
      ...figures(body),
    }))
  }

  async *complete(request: CompletionRequest, settings: CallSettings = {}): AsyncGenerator<StreamingChunk, void, undefined> {
    const call = post('/api/v1/ai/complete', request, settings)
    yield* this.#chunks(call, request.stream === true, (body) => ({
      content: text(body['content']),
      done: true,
      metadata: { model: body['model'], usage: body['usage'] },
    }))
  }

  createEmbeddings(request: EmbeddingRequest, settings: CallSettings = {}): Promise<Embeddings> {
    return this.#json(post('/api/v1/ai/embeddings', request, settings)) as Promise<Embeddings>
  }

  createBatchEmbeddings(request: BatchEmbeddingRequest, settings: CallSettings = {}): Promise<BatchEmbeddings> {
    return this.#json(post('/api/v1/ai/embeddings/batch', request, settings)) as Promise<BatchEmbeddings>
  }

  getModels(): Promise<Record<string, unknown>> {
    return this.#json({ method: 'GET', path: '/api/v1/ai/models' }) as Promise<Record<string, unknown>>
  }

  getStats(): Promise<Record<string, unknown>> {
    return this.#json({ method: 'GET', path: '/api/v1/ai/stats' }) as Promise<Record<string, unknown>>
  }

  async healthCheck(): Promise<boolean> {
    try {
      await this.#service.send({ method: 'GET', path: '/api/v1/health', timeouts: { firstByte: HEALTH_MS, idle: HEALTH_MS } })
      return true
    } catch {
      return false
    }
  }

  get #service(): Transport {
    return (this.#transport ??= transport(this.config))
  }

  async #json(call: Call): Promise<unknown> {
    try {
      return (await this.#service.send(call)).body
    } catch (error) {
      throw inOldWords(error)
    }
  }

  async *#chunks(
    call: Call,
    stream: boolean,
    whole: (body: Record<string, unknown>) => StreamingChunk,
  ): AsyncGenerator<StreamingChunk, void, undefined> {
    try {
      if (!stream) {
        const { body } = await this.#service.send(call)
        yield whole(isObject(body) ? body : { content: body })
        return
      }
      yield* this.#streamed(call)
    } catch (cause) {
      const error = inOldWords(cause)
      if (this.config.throwErrors === true) throw error
      yield { error: error.message }
    }
  }

  async *#streamed(call: Call): AsyncGenerator<StreamingChunk, void, undefined> {
    let finished = false
    try {
      for await (const { data } of this.#service.events({ ...call, accept: 'text/event-stream' }, { ends })) {
        const found = parsed(data)
        // `null` would break callers that look for `.error` at once.
        const chunk: StreamingChunk = isObject(found) ? found : { content: typeof found === 'string' ? found : data }
        if (chunk.error !== undefined && this.config.throwErrors === true) {
          throw new BanyanError(said(chunk.error), { code: 'stream_failed', body: found })
        }
        finished ||= chunk.done === true
        yield chunk.error !== undefined && typeof chunk.error !== 'string' ? { ...chunk, error: said(chunk.error) } : chunk
      }
    } catch (error) {
      // After the finish event nothing is missing.
      if (!(finished && error instanceof StreamCut)) throw error
    }
  }
}

function ends({ data }: { readonly data: string }): boolean {
  return data.trim() === DONE
}

/** Usage and model, which the old client dropped. */
function figures(body: Record<string, unknown>): Pick<StreamingChunk, 'metadata'> {
  return body['usage'] === undefined ? {} : { metadata: { model: body['model'], usage: body['usage'] } }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

function said(error: unknown): string {
  return typeof error === 'string' ? error : isObject(error) && typeof error['message'] === 'string' ? error['message'] : 'The service broke the stream off.'
}

/** An HTTP error as the old client put it; what the service said stands in `body`. */
function inOldWords(cause: unknown): BanyanError {
  const error = cause instanceof BanyanError ? cause : new BanyanError(String(cause), { cause })
  if (error.status === undefined) return error
  const { status, code, requestId, retryAfter, body } = error
  const message = `HTTP ${status}: ${reason(status)}`
  return new BanyanError(message, { status, code, requestId, retryAfter, body, cause: error })
}

export const pythonAIClient = new PythonAIClient()

import { isObject, parsed } from '../errors.js'
import { pythonAIClient, type Difficulty, type PythonAIClient, type StreamingChunk } from './ai.js'
import type { CallSettings } from './settings.js'

export type BatchType =
  | 'chat-completion'
  | 'embedding'
  | 'moderation'
  | 'fine-tuning'
  | 'explain'
  | 'summary'
  | 'quiz'
  | 'flashcard'
  | 'practice'
  | 'introduction'

export interface BatchRequest {
  id: string
  userId: string
  type: BatchType | (string & {})
  params: Record<string, any>
  priority?: number | 'low' | 'normal' | 'high' | 'urgent'
  metadata?: Record<string, unknown>
}

export interface BatchResult {
  id: string
  success: boolean
  data?: any
  error?: string
  usage?: { promptTokens: number; completionTokens: number }
}

export interface BatchOptions extends CallSettings {
  /** Requests that run at the same time. */
  maxBatchSize?: number
  /** Milliseconds; what has not begun by then fails. */
  maxWaitTime?: number
  /** Begins with the most urgent ones; results keep the order of the requests. */
  priorityGroups?: boolean
  /** Gives what failed one more try, after everything else. */
  retryFailures?: boolean
  /** Has no effect, as ever: the service keeps the budgets. */
  costLimit?: number
  useStreaming?: boolean
}

export interface CostTracker {
  getStats?(): unknown
  getDashboardStats?(): unknown
}

const AT_ONCE = 4
const EMBEDDINGS_AT_ONCE = 50
const RANKS: Readonly<Record<string, number>> = { low: 0, normal: 1, high: 2, urgent: 3 }

export class PythonBatchService {
  #active = 0
  #processing = 0

  constructor(
    private readonly client: PythonAIClient = pythonAIClient,
    private readonly costTracker?: CostTracker,
  ) {}

  /** One result for each request, in their order. What fails is a result with `success: false` and the reason. */
  async batchProcess(requests: readonly BatchRequest[], options: BatchOptions = {}): Promise<BatchResult[]> {
    const ends = Date.now() + (options.maxWaitTime ?? Infinity)
    const results = new Map<BatchRequest, BatchResult>()
    this.#active += 1
    try {
      let left: readonly BatchRequest[] = requests
      for (let round = 0; left.length > 0 && round <= (options.retryFailures === true ? 1 : 0); round++) {
        await this.#all(left, options, ends, results)
        left = requests.filter((request) => results.get(request)?.success !== true)
      }
    } finally {
      this.#active -= 1
    }
    return requests.map((request) => results.get(request) ?? failed(request, 'There was no answer.'))
  }

  healthCheck(): Promise<boolean> {
    return this.client.healthCheck()
  }

  async getStats(): Promise<Record<string, unknown>> {
    try {
      const costs = (await this.costTracker?.getStats?.()) ?? (await this.costTracker?.getDashboardStats?.()) ?? {}
      return {
        pythonService: await this.client.getStats(),
        costs,
        queueStatus: { activeQueues: this.#active, processingQueues: this.#processing },
        timestamp: new Date().toISOString(),
      }
    } catch (error) {
      return { error: message(error) }
    }
  }

  async #all(
    requests: readonly BatchRequest[],
    options: BatchOptions,
    ends: number,
    results: Map<BatchRequest, BatchResult>,
  ): Promise<void> {
    const embeddings = requests.filter((request) => request.type === 'embedding')
    const others = requests.filter((request) => request.type !== 'embedding')
    const queue: (() => Promise<void>)[] = others.map((request) => async () => {
      results.set(request, await this.#one(request, options))
    })
    if (options.priorityGroups === true) {
      const rank = new Map(queue.map((work, at) => [work, urgency(others[at])]))
      queue.sort((one, other) => (rank.get(other) ?? 0) - (rank.get(one) ?? 0))
    }
    if (embeddings.length > 0) queue.unshift(() => this.#embed(embeddings, options, results))
    const next = async (): Promise<void> => {
      for (let work = queue.shift(); work !== undefined; work = queue.shift()) {
        if (Date.now() >= ends || options.signal?.aborted === true) continue
        this.#processing += 1
        await work().finally(() => (this.#processing -= 1))
      }
    }
    await Promise.all(Array.from({ length: Math.max(1, options.maxBatchSize ?? AT_ONCE) }, next))
    const why = options.signal?.aborted === true ? 'The batch was aborted.' : 'The batch took longer than maxWaitTime.'
    for (const request of requests) if (!results.has(request)) results.set(request, failed(request, why))
  }

  async #one(request: BatchRequest, options: BatchOptions): Promise<BatchResult> {
    const { id, userId, type, params } = request
    try {
      const chunks = this.#chunks(type, userId, params, options)
      if (chunks === undefined) return failed(request, `Unsupported request type: ${type}`)
      const { text, usage } = await collected(chunks)
      const data = type === 'summary' ? asObject(text) : text
      return { id, success: true, data, usage: usage ?? { promptTokens: 0, completionTokens: roughly(text) } }
    } catch (error) {
      return failed(request, message(error))
    }
  }

  #chunks(
    type: string,
    userId: string,
    params: Record<string, any>,
    { useStreaming = false, signal }: BatchOptions,
  ): AsyncIterable<StreamingChunk> | undefined {
    if (type === 'chat-completion') {
      const { messages, model, temperature, max_tokens, maxTokens } = params
      const limit = max_tokens ?? maxTokens
      const asked = { messages, model, temperature: temperature ?? 0.7, max_tokens: limit, stream: useStreaming, user_id: userId }
      return this.client.complete(asked, { signal })
    }
    const contentType = type === 'summary' ? 'summary' : params['content_type']
    if (params['content'] === undefined || contentType === undefined) return undefined
    const { content, topic, difficulty, persona, model, temperature, max_tokens, content_metadata } = params
    const asked = {
      content,
      content_type: contentType as string,
      topic: topic ?? (type === 'summary' ? 'Document Analysis' : undefined),
      difficulty: (difficulty ?? 'intermediate') as Difficulty,
      persona,
      model,
      temperature,
      max_tokens,
      content_metadata,
      stream: useStreaming,
      user_id: userId,
    }
    return this.client.generateContent(asked, { signal })
  }

  /** All texts of all requests in one call. */
  async #embed(requests: readonly BatchRequest[], options: BatchOptions, results: Map<BatchRequest, BatchResult>): Promise<void> {
    const first = requests[0]
    const texts = requests.map(({ params }) => [params['texts'] ?? params['text'] ?? params['input'] ?? []].flat() as string[])
    const items = requests.flatMap(({ id, metadata }, at) =>
      (texts[at] ?? []).map((text, n) => ({ id: `${id}_${n}`, text, metadata: { ...metadata, originalRequestId: id, at, n } })),
    )
    const vectors = requests.map((): number[][] => [])
    try {
      if (items.length > 0) {
        const { embeddings } = await this.client.createBatchEmbeddings(
          { items, model: first?.params['model'], batch_size: Math.min(EMBEDDINGS_AT_ONCE, items.length), user_id: first?.userId ?? '' },
          { signal: options.signal },
        )
        // By their own place, so that two requests with one id are not mixed up.
        for (const { embedding, metadata } of embeddings) {
          const found = vectors[metadata['at'] as number]
          if (found !== undefined) found[metadata['n'] as number] = embedding
        }
      }
      requests.forEach((request, at) => {
        const wanted = texts[at] ?? []
        const missing = wanted.findIndex((_, n) => vectors[at]?.[n] === undefined)
        if (wanted.length === 0) results.set(request, failed(request, 'There is no text to embed; put it into params.text or params.texts.'))
        else if (missing >= 0) results.set(request, failed(request, `The service gave no vector for text ${missing}.`))
        else {
          const usage = { promptTokens: roughly(wanted.join('')), completionTokens: 0 }
          results.set(request, { id: request.id, success: true, data: vectors[at], usage })
        }
      })
    } catch (error) {
      for (const request of requests) results.set(request, failed(request, message(error)))
    }
  }
}

/** The text of all chunks; an error chunk is a failure. */
export async function collected(
  chunks: AsyncIterable<StreamingChunk>,
): Promise<{ text: string; model?: string; usage?: { promptTokens: number; completionTokens: number }; totalTokens?: number }> {
  let text = ''
  const told: { model?: string; usage?: { promptTokens: number; completionTokens: number }; totalTokens?: number } = {}
  for await (const { content, error, metadata } of chunks) {
    if (error !== undefined) throw new Error(error)
    text += content ?? ''
    const usage = metadata?.['usage']
    if (typeof metadata?.['model'] === 'string') told.model = metadata['model']
    if (isObject(usage)) {
      const count = (name: string): number => Number(usage[name] ?? 0)
      told.usage = { promptTokens: count('prompt_tokens'), completionTokens: count('completion_tokens') }
      told.totalTokens = count('total_tokens')
    }
  }
  return { text, ...told }
}

function asObject(text: string): unknown {
  const found = parsed(text)
  return isObject(found) ? found : { content: text }
}

function urgency(request: BatchRequest | undefined): number {
  const priority = request?.priority
  return typeof priority === 'number' ? priority : (RANKS[priority ?? 'normal'] ?? 1)
}

/** Tokens of a text where nobody counted them. */
function roughly(text: string): number {
  return Math.ceil(text.length / 4)
}

function failed({ id }: BatchRequest, error: string): BatchResult {
  return { id, success: false, error }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export const pythonBatchService = new PythonBatchService()

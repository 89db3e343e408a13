import { BanyanError } from '../errors.js'
import { pythonAIClient, type PythonAIClient } from './ai.js'

export interface EmbeddingChunk {
  id: string
  content: string
  fileId?: string
  position?: number
  metadata?: Record<string, unknown>
}

export interface EmbeddingResult {
  chunkId: string
  embedding: number[]
  model: string
  cached: boolean
  processingTime: number
}

export interface BatchEmbeddingResult {
  embeddings: EmbeddingResult[]
  totalTokens: number
  processingTime: number
  cacheHitRate: number
  model: string
}

export interface SearchOptions {
  topK?: number
  threshold?: number
  fileIds?: string[]
  model?: string
}

export interface SimilarChunk {
  chunkId: string
  content: string
  similarity: number
  metadata?: Record<string, unknown>
}

/** Where vectors are kept: the platform's own tables. */
export interface EmbeddingStore {
  save(results: readonly EmbeddingResult[], model: string): Promise<void>
  /** Chunks of the user's own files alone. */
  search(vector: readonly number[], userId: string, options: Required<Pick<SearchOptions, 'topK' | 'threshold'>> & SearchOptions): Promise<SimilarChunk[]>
  setStatus?(fileId: string, status: 'processing' | 'completed' | 'failed'): Promise<void>
}

const MODEL = 'text-embedding-3-small'
const DIMENSIONS = 1536
const AT_ONCE = 50

export class PythonEmbeddingService {
  constructor(
    private readonly client: PythonAIClient = pythonAIClient,
    private store?: EmbeddingStore,
  ) {}

  /** Says where vectors are kept; the methods that store or search need it. */
  useStore(store: EmbeddingStore): void {
    this.store = store
  }

  async generateEmbedding(text: string, userId?: string, model?: string): Promise<number[]> {
    const [vector] = await this.#embed(text, userId, model)
    if (vector === undefined) throw new BanyanError('The service gave no vector.', { code: 'no_vector' })
    return vector
  }

  /** One vector for each text, in their order. */
  async generateEmbeddings(texts: string[], userId?: string, model?: string): Promise<number[][]> {
    return texts.length === 0 ? [] : this.#embed(texts, userId, model)
  }

  async processBatch(chunks: readonly EmbeddingChunk[], userId: string, model = MODEL): Promise<BatchEmbeddingResult> {
    const began = Date.now()
    if (chunks.length === 0) return { embeddings: [], totalTokens: 0, processingTime: 0, cacheHitRate: 0, model }
    const answer = await this.client.createBatchEmbeddings({
      items: chunks.map(({ id, content, fileId, position, metadata }) => ({
        id,
        text: content,
        metadata: { ...metadata, ...(fileId !== undefined && { fileId }), ...(position !== undefined && { position }) },
      })),
      model,
      dimensions: DIMENSIONS,
      batch_size: AT_ONCE,
      user_id: userId,
    })
    const embeddings = answer.embeddings.map(({ id, embedding }) => ({
      chunkId: id,
      embedding,
      model: answer.model,
      cached: false,
      processingTime: 0,
    }))
    return { embeddings, totalTokens: 0, processingTime: Date.now() - began, cacheHitRate: 0, model: answer.model }
  }

  storeEmbeddings(results: readonly EmbeddingResult[], model: string = results[0]?.model ?? MODEL): Promise<void> {
    return this.#needsStore().save(results, model)
  }

  async processFileChunks(fileId: string, chunks: readonly EmbeddingChunk[], userId: string, model?: string): Promise<void> {
    const store = this.#needsStore()
    await store.setStatus?.(fileId, 'processing')
    try {
      const { embeddings, model: used } = await this.processBatch(
        chunks.map((chunk) => ({ ...chunk, fileId })),
        userId,
        model,
      )
      await store.save(embeddings, used)
    } catch (error) {
      await store.setStatus?.(fileId, 'failed')
      throw error
    }
    await store.setStatus?.(fileId, 'completed')
  }

  async searchSimilar(query: string, userId: string, options: SearchOptions = {}): Promise<SimilarChunk[]> {
    const store = this.#needsStore()
    const vector = await this.generateEmbedding(query, userId, options.model)
    return store.search(vector, userId, { ...options, topK: options.topK ?? 10, threshold: options.threshold ?? 0.7 })
  }

  getEmbeddingStats(): Promise<Record<string, unknown>> {
    return this.#figures('embeddings')
  }

  getCacheStats(): Promise<Record<string, unknown>> {
    return this.#figures('cache')
  }

  /** The service keeps no vectors of its own to clear. */
  async clearCache(): Promise<void> {}

  healthCheck(): Promise<boolean> {
    return this.client.healthCheck()
  }

  async #embed(texts: string | string[], userId: string | undefined, model = MODEL): Promise<number[][]> {
    const asked = { texts, model, dimensions: DIMENSIONS, ...(userId !== undefined && { user_id: userId }) }
    return (await this.client.createEmbeddings(asked)).embeddings
  }

  async #figures(name: string): Promise<Record<string, unknown>> {
    try {
      return ((await this.client.getStats())[name] as Record<string, unknown> | undefined) ?? {}
    } catch {
      return {}
    }
  }

  #needsStore(): EmbeddingStore {
    if (this.store !== undefined) return this.store
    throw new BanyanError('Nobody has said where vectors are kept; call useStore first.', { code: 'no_store' })
  }
}

export const pythonEmbeddingService = new PythonEmbeddingService()

/** The routes that LEARN-X's browser calls, under `/learn/...` and `/ai/...`. */

import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express'

import { BanyanError } from '../errors.js'
import type { CompletionRequest, ContentGenerationRequest, EmbeddingRequest, StreamingChunk } from '../learnx/ai.js'
import { collected, PythonBatchService, type BatchRequest } from '../learnx/batch.js'
import { ListReader, PythonOutlineService } from '../learnx/outline.js'
import { extent, modeOf } from './modes.js'
import { checked, type BanyanRouterOptions, type StoredFile, type User } from './options.js'
import { sendEvents, sentence, untilGone, type BrowserEvent } from './sse.js'

export type { BanyanRouterOptions, Files, StoredFile, User } from './options.js'

type Handler = (request: Request, response: Response, user: User) => Promise<void>

const MOST_IN_A_BATCH = 20
const OUTLINED_CHARACTERS = 8000
const SECTIONS = 5
const NOT_FOUND = 'File not found'
const MODEL = 'gpt-4o'

/**
 * To be mounted where the API is, such as `app.use('/api/v1', banyanRouter({ ... }))`. Sets no CORS headers: which sites may
 * call is the platform's to say. Throws TypeError where `client`, `authenticate` or `files` is missing.
 */
export function banyanRouter(given: BanyanRouterOptions): Router {
  const options = checked(given)
  const { client, files } = options
  const outlines = new PythonOutlineService(client)
  const batches = new PythonBatchService(client)
  const router = express.Router()
  const json = express.json({ limit: '4mb' })

  /** The file, if it is the user's own. */
  async function ownFile(user: User, fileId: string, topic?: { topicId: string; subtopic?: string | undefined }): Promise<StoredFile | null> {
    // The same answer for what is not there and what is another's, so that ids tell nothing.
    return (await files.owns(user, fileId)) ? files.load(fileId, topic) : null
  }

  async function personaOf(user: User): Promise<{ persona?: Record<string, unknown> }> {
    const persona = await options.persona?.(user)
    return persona ? { persona } : {}
  }

  async function* explained(request: Request, user: User, signal: AbortSignal, feedback?: string): AsyncGenerator<BrowserEvent> {
    const { fileId, topicId, subtopic, mode: name } = request.body as Record<string, string>
    const file = await ownFile(user, String(fileId), { topicId: String(topicId), subtopic })
    if (file === null) throw new Error(NOT_FOUND)
    const text = file.chunks.map((chunk) => chunk.content).join('\n\n')
    const mode = modeOf(name)
    const repeated = mode.type === 'quiz' || mode.type === 'flashcards' ? mode.type : 'explanation'
    const asked: ContentGenerationRequest = {
      content: feedback === undefined ? text : `${text}\n\nWhat the reader said of the last version: ${feedback}`,
      content_type: feedback === undefined ? mode.type : repeated,
      topic: [topicId, subtopic].filter(Boolean).join(': '),
      difficulty: mode.difficulty,
      model: MODEL,
      temperature: feedback === undefined ? 0.7 : 0.8,
      stream: true,
      user_id: user.id,
      content_metadata: extent(text, mode),
      ...(await personaOf(user)),
    }
    yield* written(client.generateContent(asked, { signal }))
  }

  const explain: Handler = async (request, response, user) => {
    if (missing(request, response, 'fileId', 'topicId')) return
    await sendEvents(
      response,
      async function* (signal) {
        yield { type: 'connected', data: 'connected' }
        yield* explained(request, user, signal)
        yield { type: 'complete' }
      },
      { greet: true },
    )
  }

  const regenerate: Handler = async (request, response, user) => {
    if (missing(request, response, 'fileId', 'topicId', 'feedback')) return
    await sendEvents(response, async function* (signal) {
      yield { type: 'regeneration-start', data: { message: 'Writing a new version.' } }
      yield* explained(request, user, signal, String((request.body as { feedback: unknown }).feedback))
      yield { type: 'complete', data: { regenerated: true } }
    })
  }

  const outlineEvents: Handler = async (request, response, user) => {
    const fileId = request.query['fileId']
    if (typeof fileId !== 'string' || fileId === '') return void response.status(400).json({ error: 'fileId is required' })
    await sendEvents(response, async function* (signal) {
      const file = await ownFile(user, fileId)
      if (file === null) throw new Error(NOT_FOUND)
      yield { type: 'outline-start' }
      const text = file.chunks.map((chunk) => chunk.content).join('\n\n').slice(0, OUTLINED_CHARACTERS)
      const asked: ContentGenerationRequest = {
        content: `${TOPICS_WANTED}\n\n${text}`,
        content_type: 'outline',
        topic: file.name,
        difficulty: 'intermediate',
        model: MODEL,
        temperature: 0.7,
        stream: true,
        user_id: user.id,
        ...(await personaOf(user)),
      }
      yield { type: 'generating' }
      const reader = new ListReader('topics')
      let found = 0
      for await (const piece of written(client.generateContent(asked, { signal }))) {
        for (const topic of reader.feed(String(piece.data))) yield { type: 'topic', data: filledTopic(topic, ++found) }
      }
      if (found === 0) throw new Error('No outline could be made of this file.')
      yield { type: 'complete' }
    })
  }

  const outline: Handler = async (request, response, user) => {
    const fileId = String(request.params['fileId'])
    const file = await ownFile(user, fileId)
    if (file === null) return void response.status(404).json({ success: false, error: NOT_FOUND })
    if (!file.processed) return void response.status(400).json({ success: false, error: 'The file has not been processed yet.' })
    const made = await outlines.generateOutline(
      {
        content: file.chunks.map((chunk) => chunk.content).join('\n\n'),
        filename: file.name,
        sectionCount: SECTIONS,
        userId: user.id,
        ...(await personaOf(user)),
      },
      { signal: untilGone(request, response) },
    )
    const chunkCount = Math.floor(file.chunks.length / made.sections.length)
    const sections = made.sections.map((section) => ({ ...section, chunkIds: [], chunkCount }))
    const { generatedAt, processingTime, tokensUsed } = made
    response.json({ fileId, sections, generatedAt, processingTime, tokensUsed })
  }

  /** A question, about a file of the user's own where one is named. */
  async function conversation(request: Request, user: User): Promise<CompletionRequest> {
    const body = request.body as Record<string, any>
    const said = Array.isArray(body['messages']) ? body['messages'] : (body['conversationHistory'] ?? [])
    const messages = (said as { role: string; content: string }[]).map(({ role, content }) => ({ role, content }))
    if (typeof body['message'] === 'string') messages.push({ role: 'user', content: body['message'] })
    if (body['fileId'] !== undefined) {
      const file = await ownFile(user, String(body['fileId']))
      if (file === null) throw new BanyanError(NOT_FOUND, { status: 404, code: 'not_found' })
      const text = file.chunks.map((chunk) => chunk.content).join('\n\n').slice(0, OUTLINED_CHARACTERS)
      messages.unshift({ role: 'system', content: `Answer from this document, ${file.name}:\n\n${text}` })
    }
    return { messages, user_id: user.id, ...pick(body, 'model', 'temperature', 'max_tokens') }
  }

  const chat: Handler = async (request, response, user) => {
    const body = request.body as Record<string, unknown>
    if (body['message'] === undefined && body['messages'] === undefined) {
      return void response.status(400).json({ error: 'message is required' })
    }
    if (request.path.endsWith('/stream') || body['stream'] === true) {
      return sendEvents(response, async function* (signal) {
        yield* written(client.complete({ ...(await conversation(request, user)), stream: true }, { signal }))
        yield { type: 'complete' }
      })
    }
    const asked = await conversation(request, user)
    const { text, model, usage } = await collected(client.complete(asked, { signal: untilGone(request, response) }))
    response.json({ success: true, data: { content: text, model, usage } })
  }

  const embeddings: Handler = async (request, response, user) => {
    if (missing(request, response, 'texts')) return
    const asked = { ...pick(request.body as EmbeddingRequest, 'texts', 'model', 'dimensions'), user_id: user.id } as EmbeddingRequest
    response.json({ success: true, ...(await client.createEmbeddings(asked, { signal: untilGone(request, response) })) })
  }

  const batch: Handler = async (request, response, user) => {
    const { requests } = request.body as { requests?: { id: string; type: string; params: Record<string, any> }[] }
    if (!Array.isArray(requests) || requests.length === 0 || requests.length > MOST_IN_A_BATCH) {
      return void response.status(400).json({ success: false, error: `Send 1 to ${MOST_IN_A_BATCH} requests.` })
    }
    const results = await answered(requests, user, untilGone(request, response))
    const successful = results.filter((one) => one.success).length
    const totalTokens = results.reduce((sum, { usage }) => sum + (usage ? usage.promptTokens + usage.completionTokens : 0), 0)
    const summary = { total: results.length, successful, failed: results.length - successful, totalTokens, pythonProcessed: results.length }
    response.json({ success: true, results, summary })
  }

  /** One result for each request, in their order, all with usage of one spelling. */
  async function answered(requests: { id: string; type: string; params: Record<string, any> }[], user: User, signal: AbortSignal) {
    const direct = new Set(['generate-content', 'complete'])
    const renamed: BatchRequest[] = requests.map(({ id, type, params = {} }) => ({
      id,
      userId: user.id,
      type: type === 'embeddings' ? 'embedding' : type === 'complete' ? 'chat-completion' : type,
      params,
    }))
    const results = await batches.batchProcess(renamed, { signal })
    return results.map(({ id, success, data, error, usage }, at) => {
      const type = requests[at]?.type ?? ''
      if (!success) return { id, success, error }
      if (type === 'embeddings') return { id, success, result: { embeddings: data as unknown, usage }, usage }
      if (direct.has(type)) return { id, success, result: { content: data as unknown, usage }, usage }
      return { id, success, data: data as unknown, usage }
    })
  }

  const costs: Handler = async (_, response, user) => {
    const python = await client.getStats().catch((error: unknown) => ({ available: false, error: sentence(error) }))
    const cache = { hits: 0, misses: 0, hitRate: 0, size: 0 }
    response.json({ costs: (await options.costs?.(user)) ?? {}, cache, python, timestamp: new Date().toISOString() })
  }

  const health = async (_: Request, response: Response): Promise<void> => {
    const healthy = await client.healthCheck()
    const services = { pythonAI: healthy, cache: true, costTracker: true }
    const status = healthy ? 'healthy' : 'degraded'
    response.status(healthy ? 200 : 503).json({ status, services, timestamp: new Date().toISOString() })
  }

  const feedback: Handler = async (request, response, user) => {
    if (missing(request, response, 'contentId', 'reaction')) return
    await options.feedback?.save(user, pick(request.body as never, 'contentId', 'reaction', 'note', 'metadata') as never)
    response.json({ success: true, message: 'Thank you.', feedbackProcessed: true })
  }

  const feedbackHistory: Handler = async (request, response, user) => {
    const page = { limit: whole(request.query['limit'], 50), offset: whole(request.query['offset'], 0) }
    response.json({ success: true, ...(await options.feedback?.history(user, page)) })
  }

  const forget: Handler = async (_, response, user) => {
    const keysInvalidated = (await options.cache?.clearOf(user)) ?? 0
    response.json({ success: true, message: `${keysInvalidated} cached texts are gone.`, keysInvalidated })
  }

  /** What is signed in, JSON in, and every failure answered once. */
  const route = (handler: Handler, refusal: (message: string) => unknown = (message) => ({ success: false, message })): RequestHandler[] => [
    json,
    (request: Request, response: Response, next: NextFunction): void => {
      void (async () => {
        const user = await Promise.resolve(options.authenticate(request)).catch(() => null)
        if (!user) return void response.status(401).json(refusal('Sign in first.'))
        request.body ??= {}
        await handler(request, response, user)
      })().catch((error: unknown) => {
        options.logger?.warn?.('banyan route failed', { path: request.path, error: sentence(error) })
        if (response.headersSent) return next(error)
        fail(response, error)
      })
    },
  ]
  const error = (message: string): unknown => ({ error: message })
  /** A browser cannot send headers with an EventSource, so its token may come in the address. */
  const tokenInAddress: RequestHandler = (request, _, next) => {
    const { token } = request.query
    if (typeof token === 'string' && request.headers.authorization === undefined) request.headers.authorization = `Bearer ${token}`
    next()
  }

  for (const prefix of ['/learn', '/ai']) {
    // Before `:fileId`, which would take the name for a file.
    router.get([`${prefix}/outline/generate-outline`, `${prefix}/generate-outline`], tokenInAddress, ...route(outlineEvents, error))
    router.get(`${prefix}/outline/:fileId`, ...route(outline))
    router.post(`${prefix}/explain/stream`, ...route(explain))
    router.post(`${prefix}/explain/regenerate`, ...route(regenerate))
    router.post([`${prefix}/chat/stream`, `${prefix}/chat/complete`], ...route(chat))
    router.post(`${prefix}/embeddings`, ...route(embeddings))
    router.post(`${prefix}/batch`, ...route(batch))
    router.get(`${prefix}/stats/costs`, ...route(costs))
    router.get(`${prefix}/health`, (request, response, next) => void health(request, response).catch(next))
    router.post([`${prefix}/cache/invalidate-persona`, `${prefix}/cache/clear`], ...route(forget))
    if (options.feedback !== undefined) {
      router.post(`${prefix}/feedback`, ...route(feedback))
      router.get(`${prefix}/feedback/history`, ...route(feedbackHistory))
    }
  }
  return router
}

const TOPICS_WANTED = `Make an outline of this document. Answer with JSON alone, in this shape:

${JSON.stringify({ topics: [{ id: 'topic-1', title: '', subtopics: [{ id: 'intro-1', title: '', type: 'intro', completed: false }], progress: 0 }] })}`

/** The text of chunks as events. Throws what a chunk says went wrong. */
async function* written(chunks: AsyncIterable<StreamingChunk>): AsyncGenerator<BrowserEvent & { readonly data: string }> {
  for await (const { content, error, done } of chunks) {
    if (error !== undefined) throw new Error(error)
    if (content) yield { type: 'content', data: content }
    if (done === true) return
  }
}

/** A topic with what the browser relies on. */
function filledTopic(topic: unknown, number: number): Record<string, unknown> {
  const said = typeof topic === 'object' && topic !== null ? (topic as Record<string, unknown>) : { title: String(topic) }
  const subtopics = Array.isArray(said['subtopics']) ? (said['subtopics'] as Record<string, unknown>[]) : []
  return {
    ...said,
    id: said['id'] ?? `topic-${number}`,
    title: said['title'] ?? `Topic ${number}`,
    subtopics: subtopics.map((one, at) => ({ type: 'concepts', completed: false, ...one, id: one['id'] ?? `${number}-${at + 1}`, title: one['title'] ?? '' })),
    progress: said['progress'] ?? 0,
  }
}

function missing(request: Request, response: Response, ...names: string[]): boolean {
  const body = request.body as Record<string, unknown>
  const absent = names.find((name) => body[name] === undefined || body[name] === '')
  if (absent !== undefined) response.status(400).json({ error: `${absent} is required` })
  return absent !== undefined
}

function fail(response: Response, error: unknown): void {
  const { status = 500, code, retryAfter, requestId } = error instanceof BanyanError ? error : ({} as Partial<BanyanError>)
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(Math.ceil(retryAfter)))
  // What is refused there is about our own key where it is 401 or 403; the browser cannot mend that.
  const shown = status === 401 || status === 403 ? 502 : status
  const named = shown === 429 ? 'AI_RATE_LIMIT_ERROR' : (code ?? 'failed')
  const message = sentence(error)
  if (shown !== 429) return void response.status(shown).json({ success: false, error: message, code: named, requestId })
  const timestamp = new Date().toISOString()
  response.status(429).json({ success: false, error: { code: named, message, retryAfter, timestamp } })
}

function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Partial<T> {
  const found: Partial<T> = {}
  for (const name of names) if (from[name] !== undefined) found[name] = from[name]
  return found
}

function whole(value: unknown, otherwise: number): number {
  const found = Number(value)
  return Number.isInteger(found) && found >= 0 && value !== undefined && value !== '' ? found : otherwise
}

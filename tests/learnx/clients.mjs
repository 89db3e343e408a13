// The documented behaviour of LEARN-X's Node clients, and all 54 of their calls against a running service.
//
//   node clients.mjs http://127.0.0.1:8001
//
// Prints one line for each call, `ok NAME` or `FAIL NAME: reason`, and ends with status 1 where any failed. Written
// from the description of the clients: how they send, parse, try again and break off; nothing here knows Banyan.

const base = process.argv[2] ?? process.env.PYTHON_AI_SERVICE_URL ?? 'http://localhost:8001'
const USER = '0b9f1c9e-6a1f-4a53-9f57-1f8f6a3a3c10'
const TEXT = `# Cells that signal

A neuron is a cell that carries signals through the whole body of an animal. A synapse is a narrow gap across which two
cells pass their signals on. For example, the synapse between a neuron and a muscle makes the muscle contract. A
dendrite is a short branch that receives signals from many other cells. An axon is a long fibre that carries signals
away from the body of a cell.

# Sheaths

Myelin is a fatty sheath that makes signals travel faster along a fibre. Without myelin, signals leak out of the fibre
and become weak before they arrive. A node is a bare spot between two sheaths where the signal jumps along.

# Support

A glial cell is a helper that feeds the neurons and clears away their waste. An astrocyte is a star-shaped helper that
guards the border between blood and brain.`
const PERSONA = {
  userId: USER, currentRole: 'nurse', industry: 'health care', technicalLevel: 'beginner',
  primaryInterests: ['football'], learningStyle: 'visual', communicationTone: 'casual', contentDensity: 'concise',
}
const ROW = {
  id: 'p1', user_id: USER, version: 1,
  professional_context: { currentStatus: 'student', aspiredIndustry: 'health care' },
  personal_interests: { primary: ['football'], secondary: [], learningTopics: ['cells'] },
  learning_style: { primary: 'visual', preferenceStrength: 0.8 },
  content_preferences: { density: 'balanced', examplesPerConcept: 2 }, communication_tone: null,
}

// -- The fetch client: `data: ` lines, up to three tries on a failure of the network, none on a status.

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

async function request(path, options = {}, timeout = 60_000) {
  let last
  for (let attempt = 1; attempt <= 3; attempt++) {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), timeout)
    try {
      const response = await fetch(`${base}${path}`, { ...options, signal: controller.signal })
      clearTimeout(timer)
      if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}: ${response.statusText}`), { final: true })
      return response
    } catch (error) {
      clearTimeout(timer)
      if (error.final || attempt === 3) throw error
      last = error
      await sleep(1000 * attempt)
    }
  }
  throw last
}

const post = (path, body) =>
  request(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
const postJson = async (path, body) => (await post(path, body)).json()

async function* parse(response) {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const bytes of response.body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = lines.pop()
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue
        const data = line.slice(6)
        if (data === '[DONE]') return
        try { yield JSON.parse(data) } catch { yield { content: data } }
      }
    }
  } catch (error) { yield { error: error.message } }
}

class PythonAIClient {
  async *generateContent(body) {
    try {
      const response = await post('/api/v1/ai/generate-content', body)
      if (body.stream) return yield* parse(response)
      const answer = await response.json()
      yield { content: answer.content, type: body.content_type, done: true }
    } catch (error) { yield { error: error.message } }
  }

  async *complete(body) {
    try {
      const response = await post('/api/v1/ai/complete', body)
      if (body.stream) return yield* parse(response)
      const { content, model, usage } = await response.json()
      yield { content, done: true, metadata: { model, usage } }
    } catch (error) { yield { error: error.message } }
  }

  createEmbeddings(body) { return postJson('/api/v1/ai/embeddings', body) }
  createBatchEmbeddings(body) { return postJson('/api/v1/ai/embeddings/batch', body) }
  async getModels() { return (await request('/api/v1/ai/models')).json() }
  async getStats() { return (await request('/api/v1/ai/stats')).json() }
  async healthCheck() {
    try { return (await request('/api/v1/health', {}, 5000)).ok } catch { return false }
  }
}

// -- The axios client: a breaker whose threshold is a percentage, and streams that it collects and never hands on.

class Breaker {
  state = 'CLOSED'; failures = 0; times = []; opened = 0; successes = 0
  constructor(threshold = 5, reset = 30_000, period = 60_000) { Object.assign(this, { threshold, reset, period }) }

  async execute(work) {
    const now = Date.now()
    if (this.state === 'OPEN') {
      if (now - this.opened < this.reset) throw Object.assign(new Error('Circuit breaker is OPEN'), { code: 'CIRCUIT_OPEN' })
      this.state = 'HALF_OPEN'; this.successes = 0
    }
    this.times = [...this.times.filter((time) => now - time < this.period), now]
    try {
      const result = await work()
      this.failures = 0
      if (this.state === 'HALF_OPEN' && ++this.successes >= 3) this.state = 'CLOSED'
      return result
    } catch (error) {
      this.failures++
      if (this.state === 'HALF_OPEN' || this.failures / this.times.length >= this.threshold / 100) {
        this.state = 'OPEN'; this.opened = now
      }
      throw error
    }
  }
}

class PythonContentClient {
  breaker = new Breaker()
  usage = []

  async send(method, path, body, { accept = 'application/json', guarded = true } = {}) {
    const work = async () => {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { 'Content-Type': 'application/json', Accept: accept },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      })
      if (!response.ok) {
        let text = response.statusText
        if (accept !== 'text/plain') text = (await response.json().catch(() => ({}))).message ?? text
        throw new Error(`Python service error (${response.status}): ${text}`)
      }
      return accept === 'text/plain' ? response.text() : response.json()
    }
    return guarded ? this.breaker.execute(work) : work()
  }

  async *stream(path, body, type) {
    const whole = await this.send('POST', path, body, { accept: 'text/plain' })
    const texts = []
    for (const line of whole.split('\n')) {
      if (!line) continue
      if (!line.startsWith('data: ')) { texts.push(line); continue }
      const data = line.slice(6)
      if (data === '[DONE]') break
      try { texts.push(JSON.parse(data).content ?? '') } catch { texts.push(data) }
    }
    this.usage.push({ type })
    this.collected = texts.join('')  // and yields nothing: the client's own defect
  }

  generateExplanationStream(body) { return this.stream('/content/explanation/stream', body, 'explanation') }
  streamChatResponse(body) { return this.stream('/content/chat/stream', body, 'chat') }
  generateSummary(body) { return this.send('POST', '/content/summary', body) }
  async generateFlashcards(body) {
    const answer = await this.send('POST', '/content/flashcards', body)
    return answer.flashcards || answer
  }
  async generateQuiz(body) {
    const answer = await this.send('POST', '/content/quiz', body)
    return answer.questions || answer
  }
  generateIntroduction(topic, content, userId, model) {
    return this.send('POST', '/content/introduction', { topic, content, user_id: userId, model })
  }
  async generateExamples(concept, userId, count = 3, model) {
    const answer = await this.send('POST', '/content/examples', { concept, user_id: userId, count, model })
    return answer.examples || answer
  }
  async updatePersona(userId, updates) { await this.send('PUT', `/persona/${userId}`, updates) }
  async getPersonalizationScore(userId, content, contentType) {
    try {
      return await this.send('POST', '/persona/score', { user_id: userId, content, content_type: contentType })
    } catch { return { overall: 0.0 } }
  }
  healthCheck() { return this.send('GET', '/health', undefined, { guarded: false }) }
  async getMetrics() {
    try { return await this.send('GET', '/metrics', undefined, { guarded: false }) } catch { return {} }
  }
}

class PythonContentGenerationService {
  constructor(client) { this.client = client }

  async *generateExplanation({ chunks, topic, persona, subtopic, currentLevel, temperature, maxTokens, model }) {
    try {
      yield* this.client.generateExplanationStream({
        user_id: persona.userId, chunks: chunks.map((one) => ({ ...one, metadata: {}, score: 1 })), topic, subtopic,
        current_level: currentLevel, model, temperature: temperature || 0.7, max_tokens: maxTokens, use_cache: true,
        personalization_level: 'high', include_examples: true, include_practice: false, stream: true,
      })
    } catch { yield APOLOGY }
  }

  async *streamChatResponse({ message, context, persona, currentPage, selectedText, model, conversationHistory }) {
    try {
      yield* this.client.streamChatResponse({
        user_id: persona?.userId || 'anonymous', message, context, current_page: currentPage,
        selected_text: selectedText, conversation_history: conversationHistory, model, temperature: 0.7,
        max_tokens: 1000, use_cache: false, personalization_level: 'high', stream: true,
      })
    } catch { yield APOLOGY }
  }

  async generateSummary({ content, format, persona, purpose, model, temperature, maxTokens }) {
    return (await this.client.generateSummary({
      user_id: persona.userId, content, format, purpose: purpose || 'review', model, temperature: temperature || 0.5,
      max_tokens: maxTokens || 1000, use_cache: true, personalization_level: 'high',
    })).content
  }

  generateFlashcards({ content, count, persona, topic }) {
    return this.client.generateFlashcards({
      user_id: persona?.userId || 'anonymous', content, topic: topic || 'General', count: count || 10, temperature: 0.7,
      max_tokens: 1500, use_cache: true, personalization_level: 'medium', contextual_examples: true, difficulty_mix: true,
    })
  }

  async generateQuiz({ content, type, count, persona, topic }) {
    const questions = await this.client.generateQuiz({
      user_id: persona?.userId || 'anonymous', content, topic: topic || 'General', quiz_type: type, count: count || 5,
      temperature: 0.6, max_tokens: 2000, use_cache: true, personalization_level: 'medium', adaptive_difficulty: true,
      include_explanations: true,
    })
    return questions.map((one) => ({
      question: one.question, type, answer: one.answer, explanation: one.explanation,
      options: one.type === 'multiple_choice' && one.options ? Object.values(one.options) : undefined,
    }))
  }

  async generatePersonalizedIntroduction(topic, content, persona) {
    return (await this.client.generateIntroduction(topic, content, persona.userId)).content
  }
  generatePersonalizedExamples(concept, persona, count = 3) {
    return this.client.generateExamples(concept, persona.userId, count)
  }
  updateUserPersona(userId, updates) { return this.client.updatePersona(userId, updates) }
  getPersonalizationScore(...args) { return this.client.getPersonalizationScore(...args) }
  healthCheck() { return this.client.healthCheck() }
  getServiceMetrics() { return this.client.getMetrics() }
  async testConnectivity() {
    try { return (await this.client.healthCheck()).status === 'healthy' } catch { return false }
  }
}
const APOLOGY = 'apology'

// -- The services over the fetch client.

const gather = async (chunks) => {
  let text = '', tokens = 0, error
  for await (const chunk of chunks) {
    text += chunk.content ?? ''
    tokens = chunk.metadata?.usage?.total_tokens ?? tokens
    error ??= chunk.error
  }
  return { text, tokens, error }
}

class PythonBatchService {
  constructor(client) { this.client = client }

  async batchProcess(requests) {
    const results = {}
    const embeds = requests.filter((one) => one.type === 'embedding')
    if (embeds.length) {
      const items = embeds.flatMap((one) => one.params.texts.map((text, at) => (
        { id: `${one.id}_${at}`, text, metadata: { originalRequestId: one.id } })))
      const answer = await this.client.createBatchEmbeddings({
        items, model: embeds[0].params.model, batch_size: Math.min(50, items.length), user_id: embeds[0].userId })
      for (const one of embeds) {
        const data = answer.embeddings.filter((row) => row.metadata.originalRequestId === one.id).map((row) => row.embedding)
        results[one.id] = { id: one.id, success: data.length > 0, data }
      }
    }
    for (const one of requests.filter((each) => each.type !== 'embedding')) results[one.id] = await this.one(one)
    return requests.map((one) => results[one.id])
  }

  async one({ id, userId, type, params }) {
    if (type === 'chat-completion') {
      const { text, error } = await gather(this.client.complete({
        messages: params.messages, model: params.model, temperature: params.temperature || 0.7, stream: false, user_id: userId }))
      return { id, success: !error, data: text, error }
    }
    if (type !== 'summary' && !(params.content && params.content_type)) {
      return { id, success: false, error: `Unsupported request type: ${type}` }
    }
    const kind = type === 'summary' ? 'outline' : params.content_type
    const { text, error } = await gather(this.client.generateContent({
      content: params.content, content_type: kind, topic: params.topic || 'Document Analysis',
      difficulty: 'intermediate', stream: true, user_id: userId }))
    let data = text
    if (type === 'summary') { try { data = JSON.parse(text) } catch { data = { content: text } } }
    return { id, success: !error, data, error }
  }

  healthCheck() { return this.client.healthCheck() }
  async getStats() {
    try { return { pythonService: await this.client.getStats(), timestamp: new Date() } } catch (error) { return { error: error.message } }
  }
}

class PythonOutlineService {
  constructor(client) { this.client = client }

  request({ content, filename, persona, difficulty, userId }) {
    const cut = content.length > 6000 ? `${content.slice(0, 6000)}...` : content
    return this.client.generateContent({
      content: `Analyze this document and produce an outline of it.\n\nDocument:\n${cut}\n\nFor each section provide:
- a clear title\n- a summary of two to three sentences\n- three to five key concepts\n- the share of the content\n
Return JSON in this format:\n{\n  "sections": [\n    {"id": "section-1", "title": "...", "summary": "...", "topics": ["..."]}\n  ]\n}`,
      content_type: 'outline', topic: filename ? `Document: ${filename}` : 'Document Analysis',
      difficulty: difficulty || 'intermediate', persona, model: 'gpt-4o', temperature: 0.3, max_tokens: 2000,
      stream: true, user_id: userId,
    })
  }

  async generateOutline(params) {
    const { text, tokens, error } = await gather(this.request(params))
    if (error) throw new Error(`Outline generation failed: ${error}`)
    const found = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
    if (!Array.isArray(found.sections) || !found.sections.length) throw new Error('no sections')
    return { sections: found.sections, tokensUsed: tokens, generatedAt: new Date() }
  }

  async *generateOutlineStream(params) {
    let text = ''
    for await (const chunk of this.request(params)) {
      if (chunk.error) { yield { type: 'error', error: chunk.error }; return }
      text += chunk.content ?? ''
      for (const [flat] of text.matchAll(/\{[^{}]*"id"[^{}]*"title"[^{}]*\}/g)) {
        try { yield { type: 'section', data: JSON.parse(flat) } } catch { /* not whole yet */ }
      }
    }
    yield { type: 'complete' }
  }

  healthCheck() { return this.client.healthCheck() }
}

class PythonEmbeddingService {
  constructor(client) { this.client = client }
  async generateEmbedding(text, userId) { return (await this.generateEmbeddings([text], userId))[0] }
  async generateEmbeddings(texts, userId) {
    const body = { texts, model: 'text-embedding-3-small', dimensions: 1536, user_id: userId }
    return (await this.client.createEmbeddings(body)).embeddings
  }
  async processBatch(chunks, userId) {
    const items = chunks.map(({ id, content, position }) => ({ id, text: content, metadata: { fileId: 'f1', position } }))
    const answer = await this.client.createBatchEmbeddings({
      items, model: 'text-embedding-3-small', dimensions: 1536, batch_size: 50, user_id: userId })
    return answer.embeddings.map((one) => ({ chunkId: one.id, embedding: one.embedding, model: answer.model }))
  }
  async getEmbeddingStats() { return (await this.client.getStats()).embeddings }
  async getCacheStats() { return (await this.client.getStats()).cache }
  healthCheck() { return this.client.healthCheck() }
}

// -- The traced client: trace headers, JSON whatever the status, and a status that is no error.

class TracedClient {
  async call(path, body, method = 'POST') {
    const headers = {
      'Content-Type': 'application/json', 'X-Source-Service': 'learn-x-api', 'X-Source-Version': '1.0.0',
      'X-Trace-Id': 'a'.repeat(32), 'X-Span-Id': 'b'.repeat(16), 'X-Parent-Span-Id': 'c'.repeat(16),
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    }
    const options = { method, headers, signal: AbortSignal.timeout(60_000) }
    const response = await fetch(base + path, body === undefined ? options : { ...options, body: JSON.stringify(body) })
    return { success: true, data: await response.json(), statusCode: response.status }
  }
}

// -- The calls.

const ai = new PythonAIClient(), content = new PythonContentClient(), traced = new TracedClient()
const service = new PythonContentGenerationService(content)
const batch = new PythonBatchService(ai), outline = new PythonOutlineService(ai), embedding = new PythonEmbeddingService(ai)

function check(holds, message) { if (!holds) throw new Error(message) }
const all = async (items) => { const found = []; for await (const item of items) found.push(item); return found }
const order = (content_type, more = {}) => ({
  content: TEXT, content_type, topic: 'Cells', difficulty: 'intermediate', persona: ROW, model: 'gpt-4o', temperature: 0.7,
  stream: true, user_id: USER, ...more })
const makes = (content_type, more) => async () => {
  const chunks = await all(ai.generateContent(order(content_type, more)))
  check(!chunks.some((one) => one.error), chunks.find((one) => one.error)?.error)
  check(chunks.at(-1).done === true, 'no end')
  check(chunks.some((one) => one.content?.trim()), 'no text')
  return chunks
}
const empty = (items) => async () => {
  const found = await all(items())  // nothing on success, by the client's fault; never the apology
  check(found.length === 0, `it yields ${JSON.stringify(found)}`)
  check(content.collected?.trim(), 'the service sent no text')
}
const gives = (work, holds) => async () => {
  const found = await work()
  check(holds(found), JSON.stringify(found)?.slice(0, 300))
}
const is1536 = (one) => one.length === 1536 && one.every(Number.isFinite)
const answered = (holds) => ({ success, data, statusCode }) => success && statusCode === 200 && holds(data)
const file = Buffer.from(TEXT).toString('base64')

const CALLS = {
  'PythonAIClient.generateContent explanation': makes('explanation'),
  'PythonAIClient.generateContent summary': makes('summary', { difficulty: 'beginner' }),
  'PythonAIClient.generateContent quiz': makes('quiz', { difficulty: 'advanced' }),
  'PythonAIClient.generateContent flashcards': makes('flashcards'),
  'PythonAIClient.generateContent examples': makes('examples'),
  'PythonAIClient.generateContent practice': makes('practice', { content_metadata: { max_tokens: 4000 } }),
  'PythonAIClient.generateContent outline': async () => {
    const chunks = await makes('outline', { persona: PERSONA })()
    check(JSON.parse(chunks.map((one) => one.content ?? '').join('')).topics.length > 0, 'no topics')
  },
  'PythonAIClient.generateContent plain': makes('explanation', { stream: false, model: 'gpt-3.5-turbo', persona: undefined }),
  'PythonAIClient.complete': gives(() => gather(ai.complete({
    messages: [{ role: 'system', content: TEXT }, { role: 'user', content: 'What does myelin do?' }], stream: false, user_id: USER })),
  ({ text, error }) => !error && text.includes('yelin')),
  'PythonAIClient.complete stream': gives(() => gather(ai.complete({
    messages: [{ role: 'user', content: 'Say it back.' }], model: 'banyan/echo', stream: true, user_id: USER })),
  ({ text, error }) => !error && text === 'Say it back.'),
  'PythonAIClient.createEmbeddings one': gives(() => ai.createEmbeddings({ texts: 'A cell.', user_id: USER }),
    ({ embeddings }) => embeddings.length === 1 && is1536(embeddings[0])),
  'PythonAIClient.createEmbeddings many': gives(() => ai.createEmbeddings({ texts: ['A cell.', 'A nerve.'], dimensions: 1536 }),
    ({ embeddings, usage }) => embeddings.length === 2 && embeddings.every(is1536) && usage.total_tokens > 0),
  'PythonAIClient.createBatchEmbeddings': gives(() => ai.createBatchEmbeddings({ items: [{ id: 'a', text: 'A cell.', metadata: { k: [1] } }] }),
    ({ embeddings, total_items }) => total_items === 1 && embeddings[0].metadata.k[0] === 1 && is1536(embeddings[0].embedding)),
  'PythonAIClient.getModels': gives(() => ai.getModels(), ({ models }) => Object.keys(models).length > 0),
  'PythonAIClient.getStats': gives(() => ai.getStats(), (stats) => !stats.error && stats.costs && stats.embeddings && stats.cache),
  'PythonAIClient.healthCheck': gives(() => ai.healthCheck(), (well) => well === true),

  'PythonContentClient.generateExplanationStream': empty(() => content.generateExplanationStream({
    user_id: USER, chunks: [{ id: 'c1', content: TEXT, metadata: {}, score: 1 }], topic: 'Myelin', current_level: 'foundation' })),
  'PythonContentClient.generateSummary': gives(() => content.generateSummary({ user_id: USER, content: TEXT, format: 'key-points', purpose: 'review' }),
    (found) => found.content && found.personalization_score >= 0 && found.quality_metrics),
  'PythonContentClient.generateFlashcards': gives(() => content.generateFlashcards({ user_id: USER, content: TEXT, topic: 'Cells', count: 4 }),
    (cards) => cards.length === 4 && cards.every((one) => one.front && one.back && /^(easy|medium|hard)$/.test(one.difficulty))),
  'PythonContentClient.generateQuiz': gives(() => content.generateQuiz({ user_id: USER, content: TEXT, topic: 'Cells', quiz_type: 'multiple_choice', count: 3 }),
    (questions) => questions.length === 3 && questions.every((one) => one.options[one.answer])),
  'PythonContentClient.streamChatResponse': empty(() => content.streamChatResponse({ user_id: USER, message: 'What does myelin do?', context: [TEXT] })),
  'PythonContentClient.generateIntroduction': gives(() => content.generateIntroduction('Cells', TEXT, USER), (found) => found.content),
  'PythonContentClient.generateExamples': gives(() => content.generateExamples('synapse', USER, 3), (found) => found.length === 3),
  'PythonContentClient.updatePersona': gives(() => content.updatePersona(USER, PERSONA), () => true),
  'PythonContentClient.getPersonalizationScore': gives(() => content.getPersonalizationScore(USER, TEXT, 'explanation'), (found) => found.overall >= 0 && Object.keys(found).length > 1),
  'PythonContentClient.healthCheck': gives(() => content.healthCheck(), (found) => found.status === 'healthy' && found.version),
  'PythonContentClient.getMetrics': gives(() => content.getMetrics(), (found) => Number.isFinite(found.requests_total)),

  'PythonContentGenerationService.generateExplanation': empty(() => service.generateExplanation({ chunks: [{ id: 'c1', content: TEXT }], topic: 'Cells', persona: PERSONA })),
  'PythonContentGenerationService.generateSummary': gives(() => service.generateSummary({ content: TEXT, format: 'comprehensive', persona: PERSONA }), (text) => text.length > 0),
  'PythonContentGenerationService.generateFlashcards': gives(() => service.generateFlashcards({ content: TEXT, count: 5 }), (cards) => cards.length === 5),
  'PythonContentGenerationService.generateQuiz multiple_choice': gives(() => service.generateQuiz({ content: TEXT, type: 'multiple_choice', count: 3, persona: PERSONA }),
    (found) => found.length === 3 && found.every((one) => one.options.length === 4)),
  'PythonContentGenerationService.generateQuiz true_false': gives(() => service.generateQuiz({ content: TEXT, type: 'true_false', count: 2 }), (found) => found.length === 2 && !found[0].options),
  'PythonContentGenerationService.generateQuiz short_answer': gives(() => service.generateQuiz({ content: TEXT, type: 'short_answer', count: 2 }), (found) => found.length === 2),
  'PythonContentGenerationService.streamChatResponse': empty(() => service.streamChatResponse({ message: 'What does myelin do?', context: [TEXT], persona: null })),
  'PythonContentGenerationService.generatePersonalizedIntroduction': gives(() => service.generatePersonalizedIntroduction('Cells', TEXT, PERSONA), (text) => text.length > 0),
  'PythonContentGenerationService.generatePersonalizedExamples': gives(() => service.generatePersonalizedExamples('synapse', PERSONA), (found) => found.length === 3),
  'PythonContentGenerationService.updateUserPersona': gives(() => service.updateUserPersona(USER, ROW), () => true),
  'PythonContentGenerationService.getPersonalizationScore': gives(() => service.getPersonalizationScore(USER, TEXT, 'quiz'), (found) => found.overall >= 0),
  'PythonContentGenerationService.testConnectivity': gives(() => service.testConnectivity(), (well) => well === true),

  'PythonBatchService.batchProcess': gives(() => batch.batchProcess([
    { id: 'chat', userId: USER, type: 'chat-completion', params: { messages: [{ role: 'user', content: 'Say it back.' }], model: 'banyan/echo' } },
    { id: 'vectors', userId: USER, type: 'embedding', params: { texts: ['one', 'two'] } },
    { id: 'explain', userId: USER, type: 'explain', params: { content: TEXT, content_type: 'explanation' } },
    { id: 'summary', userId: USER, type: 'summary', params: { content: TEXT } },
    { id: 'cards', userId: USER, type: 'flashcard', params: { content: TEXT, content_type: 'flashcards' } },
  ]), (found) => found.length === 5 && found.every((one) => one.success && one.data.length !== 0) && found[3].data.topics),
  'PythonBatchService.getStats': gives(() => batch.getStats(), (found) => !found.error && found.pythonService.costs),
  'PythonBatchService.healthCheck': gives(() => batch.healthCheck(), (well) => well === true),

  'PythonOutlineService.generateOutline': gives(() => outline.generateOutline({ content: TEXT, filename: 'cells.pdf', persona: PERSONA, userId: USER }),
    ({ sections }) => sections.length === 3 && sections.every((one) => one.title && one.summary && !one.summary.includes('share of the content'))),
  'PythonOutlineService.generateOutlineStream': gives(() => all(outline.generateOutlineStream({ content: TEXT, userId: USER })),
    (found) => found.at(-1).type === 'complete' && found[0].type === 'section'),
  'PythonOutlineService.healthCheck': gives(() => outline.healthCheck(), (well) => well === true),

  'PythonEmbeddingService.generateEmbedding': gives(() => embedding.generateEmbedding('A cell.', USER), is1536),
  'PythonEmbeddingService.processBatch': gives(() => embedding.processBatch([{ id: 'c1', content: 'A cell.', position: 0 }], USER),
    (found) => found[0].chunkId === 'c1' && is1536(found[0].embedding)),
  'PythonEmbeddingService.getEmbeddingStats': gives(() => embedding.getEmbeddingStats(), (found) => found.total_embeddings > 0),

  'PythonServiceClient.processWithAI': gives(() => traced.call('/ai/summary', { content: TEXT }), answered((data) => data.content)),
  'PythonServiceClient.generateEmbeddings': gives(() => traced.call('/embeddings/generate', { text: 'A cell.' }), answered((data) => is1536(data.embedding))),
  'PythonServiceClient.classifyContent': gives(() => traced.call('/content/classify', { content: TEXT, categories: ['biology', 'law'] }), answered((data) => data.category === 'biology')),
  'PythonServiceClient.processDocument': gives(() => traced.call('/document/process', { file, type: 'text/markdown' }), answered((data) => data.chunks.length > 0)),
  'PythonServiceClient.extractText': gives(() => traced.call('/document/extract-text', { file, type: 'md' }), answered((data) => data.text.includes('neuron'))),
  'PythonServiceClient.vectorSearch, semanticSearch, health': async () => {
    for (const path of ['/search/vector', '/search/semantic']) {
      const found = await traced.call(path, { query: 'What does myelin do?', limit: 3 })
      check(found.statusCode === 200 && Array.isArray(found.data.results), JSON.stringify(found))
    }
    const health = await traced.call('/health', undefined, 'GET')
    check(health.statusCode === 200 && health.data.status === 'healthy', JSON.stringify(health))
  },
}

let failed = 0
for (const [name, call] of Object.entries(CALLS)) {
  try {
    await call()
    console.log(`ok ${name}`)
  } catch (error) {
    failed++
    console.log(`FAIL ${name}: ${error.message}`)
  }
}
console.log(`${Object.keys(CALLS).length - failed} of ${Object.keys(CALLS).length}; breaker ${content.breaker.state}`)
process.exit(failed ? 1 : 0)

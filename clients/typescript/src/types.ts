/** Names for what the generated documents hold. */

import type { components as AssistantComponents, paths as AssistantPaths } from './generated/assistant.js'
import type { components as ProxyComponents, paths as ProxyPaths } from './generated/proxy.js'

export type { AssistantPaths, ProxyPaths }
export type AssistantSchemas = AssistantComponents['schemas']
export type ProxySchemas = ProxyComponents['schemas']

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Operation<Paths, P extends keyof Paths, M extends Method> = Lowercase<M> extends keyof Paths[P]
  ? Paths[P][Lowercase<M>]
  : never

/** Paths that answer to a method. */
export type PathsOf<Paths, M extends Method> = {
  [P in keyof Paths]: Lowercase<M> extends keyof Paths[P] ? (Paths[P][Lowercase<M>] extends object ? P : never) : never
}[keyof Paths] &
  string

type Parameters<O, Place extends string> = O extends { parameters: infer All }
  ? Place extends keyof All
    ? NonNullable<All[Place]>
    : never
  : never

type Body<O> = O extends { requestBody?: infer Sent }
  ? NonNullable<Sent> extends { content: { 'application/json': infer Json } }
    ? Json
    : unknown
  : unknown

/** What goes into a request: values for the `{...}` of the path, its query, its body. */
export interface Input<Paths, P extends keyof Paths, M extends Method> {
  readonly path?: Parameters<Operation<Paths, P, M>, 'path'>
  readonly query?: Parameters<Operation<Paths, P, M>, 'query'>
  readonly body?: Body<Operation<Paths, P, M>>
}

type Success = 200 | 201 | 202 | 204

/** What a success answers. */
export type Output<Paths, P extends keyof Paths, M extends Method> =
  Operation<Paths, P, M> extends { responses: infer All }
    ? {
        [S in keyof All & Success]: All[S] extends { content: { 'application/json': infer Json } } ? Json : unknown
      }[keyof All & Success]
    : unknown

// By their paths: the names of schemas belong to the service, which may give them anew.
type Sent<Paths, P extends keyof Paths, M extends Method> = NonNullable<Input<Paths, P, M>['body']>

export type ChatRequest = Omit<Sent<AssistantPaths, '/api/v1/chat/completions', 'POST'>, 'stream'>
export type ChatAnswer = Output<AssistantPaths, '/api/v1/chat/completions', 'POST'>
export type Citation = ChatAnswer['citations'][number]
export type NewSession = Sent<AssistantPaths, '/api/v1/sessions', 'POST'>
export type Health = Output<AssistantPaths, '/health', 'GET'>
export type EmbeddingsRequest = Sent<ProxyPaths, '/v1/embeddings', 'POST'>
export type EmbeddingsAnswer = Output<ProxyPaths, '/v1/embeddings', 'POST'>
export type SearchRequest = Sent<ProxyPaths, '/v1/rag/search', 'POST'>
export type SearchAnswer = Output<ProxyPaths, '/v1/rag/search', 'POST'>

/** What the learner is told beside the answer, or instead of one. */
export type LearnerNotice = NonNullable<ChatAnswer['notice']>

/** What a streamed answer brings, in this order; a second `meta` replaces citations and text of the first. */
export type ChatEvent =
  | {
      readonly type: 'meta'
      readonly session: string | null
      readonly messageId: string | null
      readonly questionId: string | null
      readonly citations: readonly Citation[]
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'notice'; readonly notice: LearnerNotice }
  | { readonly type: 'end'; readonly finishReason: string; readonly citations: readonly Citation[]; readonly raw: ChatChunk }

export interface ChatChunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null }; readonly finish_reason?: string | null }[]
  readonly citations?: readonly Citation[]
  readonly [field: string]: unknown
}

/** Study material, such as a quiz or a summary, with the spans of the source that support it. */
export type Material = Output<AssistantPaths, '/api/v1/content/{type}', 'POST'>

/** Of a lesson, or of a text that comes along. */
export type ContentOrder = Omit<Sent<AssistantPaths, '/api/v1/content/{type}', 'POST'>, 'stream'>

export type ContentType =
  | 'chat'
  | 'examples'
  | 'explanation'
  | 'flashcards'
  | 'introduction'
  | 'outline'
  | 'practice'
  | 'quiz'
  | 'summary'
  | (string & {})

/** One piece of a streamed content: Markdown as it is written, and last the whole of it. */
export type ContentEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'material'; readonly material: Material }

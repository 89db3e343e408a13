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

export type Citation = AssistantSchemas['CitationBody']
export type ChatRequest = Omit<AssistantSchemas['ChatBody'], 'stream'>
export type ChatAnswer = AssistantSchemas['ChatAnswer']

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
  | { readonly type: 'notice'; readonly notice: AssistantSchemas['NoticeBody'] }
  | { readonly type: 'end'; readonly finishReason: string; readonly citations: readonly Citation[]; readonly raw: ChatChunk }

export interface ChatChunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null }; readonly finish_reason?: string | null }[]
  readonly citations?: readonly Citation[]
  readonly [field: string]: unknown
}

/** Study material, such as a quiz or a summary, with the spans of the source that support it. */
export type Material = Readonly<Record<string, unknown>>

/** One piece of a streamed content: Markdown as it is written, and last the whole of it. */
export type ContentEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'material'; readonly material: Material }

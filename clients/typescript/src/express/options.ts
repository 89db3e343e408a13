/** What the router asks of the platform around it. */

import type { Request } from 'express'

import type { PythonAIClient } from '../learnx/ai.js'
import type { Logger } from '../transport.js'

/** Who is signed in; more fields are handed on as they are. */
export interface User {
  readonly id: string
  readonly [field: string]: unknown
}

export interface StoredFile {
  readonly id: string
  /** The name that people gave it. */
  readonly name: string
  /** Whether its text has been read; without it there is nothing to explain. */
  readonly processed: boolean
  /** In the order of the document. */
  readonly chunks: readonly { readonly id?: string; readonly content: string }[]
}

export interface Files {
  /** Asked before anything of a file is read: whether this user may have it. */
  owns(user: User, fileId: string): boolean | Promise<boolean>
  /** Where a topic is named, the chunks may be those that belong to it. Null where there is no such file. */
  load(fileId: string, topic?: { readonly topicId: string; readonly subtopic?: string | undefined }): StoredFile | null | Promise<StoredFile | null>
}

export interface BanyanRouterOptions {
  readonly client: PythonAIClient
  /** Who asks; null where nobody is signed in. For a stream that the browser opens by GET, `Authorization` holds its `token`. */
  readonly authenticate: (request: Request) => User | null | Promise<User | null>
  readonly files: Files
  /** In any shape that the service knows. */
  readonly persona?: (user: User) => Record<string, unknown> | null | Promise<Record<string, unknown> | null>
  /** Without it there are no feedback routes. */
  readonly feedback?: {
    save(user: User, feedback: { contentId: string; reaction: string; note?: string; metadata?: unknown }): void | Promise<void>
    history(user: User, page: { limit: number; offset: number }): { feedback: unknown[]; total: number } | Promise<{ feedback: unknown[]; total: number }>
  }
  /** Without it nothing is cached here, and nothing is said to be cleared. */
  readonly cache?: { clearOf(user: User): number | Promise<number> }
  readonly costs?: (user: User) => unknown
  readonly logger?: Logger
}

/** Throws TypeError for what JavaScript could leave out. */
export function checked(options: BanyanRouterOptions): BanyanRouterOptions {
  const { client, authenticate, files } = options ?? {}
  if (client === undefined) throw new TypeError('banyanRouter needs `client`, a PythonAIClient.')
  if (typeof authenticate !== 'function') throw new TypeError('banyanRouter needs `authenticate(request)`, which says who asks.')
  if (typeof files?.owns !== 'function' || typeof files.load !== 'function') {
    throw new TypeError('banyanRouter needs `files.owns(user, fileId)` and `files.load(fileId)`: without an ownership check anybody could have any file explained.')
  }
  return options
}

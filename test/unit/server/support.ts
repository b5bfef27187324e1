import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { buildServer, listen, type Served } from '../../../src/server/app.js'
import { closeServer } from '../../../src/server/close-server.js'
import type { ServerEvent } from '../../../src/server/server-event.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import type { VersionStore } from '../../../src/versions/version-store.js'

export interface TestServer {
  readonly app: FastifyInstance
  /** `http://127.0.0.1:PORT` */
  readonly address: string
  readonly storage: VersionStore
  /** What it has reported, in order. */
  readonly events: readonly ServerEvent[]
  /** Sends a request. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown
}

/** A real server on a free port of loopback, over a store in memory unless another is given; closed with the test. */
export async function startServer(given: Partial<Served> = {}): Promise<TestServer> {
  const storage = given.storage ?? new MemoryStorage()
  const events: ServerEvent[] = []
  const app = await buildServer({ storage, log: (event) => void events.push(event), ...given })
  const address = await listen(app, { host: '127.0.0.1', port: 0 }, given.options)
  onTestFinished(async () => {
    await closeServer(app, { shutdownMs: 500 })
    await storage.close()
  })
  return {
    app,
    address,
    storage,
    events,
    ask: async (path, init) => await answerOf(await fetch(`${address}${path}`, init)),
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}

/** The header of a token. */
export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` }
}

/** Secrets of tests. */
export const SECRETS = {
  reader: 'reader-0123456789abcdef',
  writer: 'writer-0123456789abcdef',
  admin: 'admin-0123456789abcdef0',
} as const

/** A token for each scope. */
export const TOKENS = [
  { name: 'reader', scope: 'read', secret: SECRETS.reader },
  { name: 'writer', scope: 'write', secret: SECRETS.writer },
  { name: 'admin', scope: 'admin', secret: SECRETS.admin },
] as const

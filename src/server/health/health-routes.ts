import type { FastifyInstance } from 'fastify'
import type { FileStorage } from '../../files/file-storage.js'
import type { VersionStore } from '../../versions/version-store.js'
import { mayDo } from '../access/access-token.js'
import { WatchedPart, type PartHealth } from './health-state.js'
import { probeStore } from './store-probe.js'

/** What the health of a server is made of. */
export interface HealthParts {
  readonly storage: VersionStore
  readonly files: FileStorage | undefined
  /** Whether the server has begun to close. */
  readonly isClosing: () => boolean
}

/**
 * `/livez`: the process answers. `/readyz`: it can serve requests. `/health`: how the store is, and since when; with the
 * reasons for those who may read. `/health/optimizer`: the same for the store of prompts alone.
 */
export function serveHealth(
  app: FastifyInstance,
  { storage, files, isClosing }: HealthParts,
): void {
  const store = new WatchedPart(async () => await probeStore(storage))
  const kept =
    files && new WatchedPart(async () => (await files.getHealthStatus({ askCloud: true })).reasons)
  const open = { config: { scope: 'none' } } as const

  app.get('/livez', open, async () => await Promise.resolve({ status: 'ok' }))

  app.get('/readyz', open, async (_request, reply) => {
    if (isClosing()) return await reply.code(503).send({ status: 'closing' })
    const { status, since } = worst([await store.look(), ...(kept ? [await kept.look()] : [])])
    return await reply.code(codeOf(status)).send({ status, since })
  })

  app.get('/health', open, async (request, reply) => {
    const parts = { store: await store.look(), ...(kept ? { files: await kept.look() } : {}) }
    const { status, since } = worst(Object.values(parts))
    const isKnown = request.actor.name !== undefined || mayDo(request.actor, 'write')
    const details = isKnown ? { parts } : {}
    return await reply.code(codeOf(status)).send({ status, since, ...details })
  })

  app.get('/health/optimizer', open, async (request, reply) => {
    const { status, since, reasons } = await store.look()
    const isKnown = request.actor.name !== undefined || mayDo(request.actor, 'write')
    return await reply.code(codeOf(status)).send({ status, since, ...(isKnown ? { reasons } : {}) })
  })
}

function codeOf(status: PartHealth['status']): number {
  return status === 'unhealthy' ? 503 : 200
}

const ORDER = ['unhealthy', 'degraded', 'healthy'] as const

function worst(parts: readonly PartHealth[]): PartHealth {
  for (const status of ORDER) {
    const found = parts.filter((part) => part.status === status)
    // The longest of those that are as bad.
    const [first] = found.toSorted((a, b) => (a.since < b.since ? -1 : 1))
    if (first !== undefined) return first
  }
  throw new Error('A server has a store')
}

import { wrongArgument } from '../../base/misuse.js'
import type { StoreScheme, StoreTarget } from '../store-url.js'
import type { Backend } from './backend.js'

/** The values of `backend` in a configuration. */
export const BACKEND_NAMES = ['memory', 'filesystem', 'database', 'objects'] as const
export type BackendName = (typeof BACKEND_NAMES)[number]

/** The backend that each scheme of a store URL belongs to. */
export const BACKEND_OF: Readonly<Record<StoreScheme, BackendName>> = {
  memory: 'memory',
  file: 'filesystem',
  sqlite: 'database',
  postgres: 'database',
  s3: 'objects',
  gs: 'objects',
}

/** What opens the stores of a scheme; imported when the first one is opened. A new backend is a row here. */
const BACKENDS: Partial<Record<StoreScheme, () => Promise<Backend>>> = {
  memory: async () => (await import('./memory.js')).memoryBackend,
  file: async () => (await import('./file.js')).fileBackend,
  postgres: async () => (await import('./postgres.js')).postgresBackend,
  sqlite: async () => (await import('./sqlite.js')).sqliteBackend,
  s3: async () => (await import('./objects.js')).objectsBackend,
  gs: async () => (await import('./objects.js')).objectsBackend,
}

/** @throws TypeError for a scheme that no backend opens, with those that one does */
export async function backendOf({ scheme, shown }: StoreTarget): Promise<Backend> {
  const load = BACKENDS[scheme]
  if (load !== undefined) return await load()
  const known = Object.keys(BACKENDS).map((name) => `${name}:`)
  throw wrongArgument(
    `Store URL '${shown}' cannot be opened: this version opens ${known.join(', ')}`,
  )
}

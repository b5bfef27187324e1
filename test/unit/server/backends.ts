import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { PostgresStorage } from '../../../src/postgres/postgres-storage.js'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import type { VersionStore } from '../../../src/versions/version-store.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../support/postgres.js'
import { tempDirectory } from '../../support/temp.js'

/** A store of each kind, by its name. A server in a test closes it. */
export const BACKENDS: Readonly<Record<string, () => Promise<VersionStore>>> = {
  memory: async () => await Promise.resolve(new MemoryStorage()),
  files: async () =>
    await FileSystemStorage.open({ storageDir: join(await tempDirectory(), 'store') }),
  sqlite: async () =>
    await SqliteStorage.open({ file: join(await tempDirectory(), 'versions.db') }),
  ...(POSTGRES_LEFT_OUT === undefined
    ? { postgres: async () => await PostgresStorage.open({ url: await testDatabase() }) }
    : {}),
}

/** As `BACKENDS`, for `describe.each`. */
export const BACKEND_NAMES: readonly string[] = Object.keys(BACKENDS)

export async function openBackend(name: string): Promise<VersionStore> {
  const open = BACKENDS[name]
  if (open === undefined) throw new Error(`No backend ${name}`)
  const storage = await open()
  onTestFinished(async () => await storage.close())
  return storage
}

/** A version of a prompt that can be saved. */
export function versionOf(promptId: string, version: string, text = `Text ${version}`): object {
  return {
    prompt_id: promptId,
    version,
    created_at: '2026-01-01T00:00:00.000Z',
    prompt: { id: promptId, text },
  }
}

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createStorage } from '../../../../src/config/create-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { VersionStore } from '../../../../src/versions/version-store.js'
import { LangfusePrompts } from '../../../../src/server/langfuse/prompt-store.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../../support/postgres.js'
import { tempDirectory } from '../../../support/temp.js'

/** The URL of an empty store of each kind. */
export const URLS: Readonly<Record<string, () => Promise<string>>> = {
  files: async () => `file:${join(await tempDirectory(), 'store')}`,
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
}

/** Opens a store for this test. */
export async function opened(url: string): Promise<VersionStore> {
  const storage = await createStorage(url)
  onTestFinished(async () => await storage.close())
  return storage
}

/** The prompts of a store, which is one in memory unless another is given. */
export function promptsIn(storage: VersionStore = new MemoryStorage()): LangfusePrompts {
  return new LangfusePrompts(storage, new PromptRegistry({ storage }))
}

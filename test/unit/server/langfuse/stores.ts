import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createStorage } from '../../../../src/config/create-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { VersionStore } from '../../../../src/versions/version-store.js'
import { LangfusePrompts } from '../../../../src/server/langfuse/prompt-store.js'
import { POSTGRES_LEFT_OUT, testDatabase } from '../../../support/postgres.js'
import { tempDirectory } from '../../../support/temp.js'
import { startS3 } from '../../files/bucket/standins/s3.mjs'
import { SECRET } from '../../files/bucket/subjects.js'

/** The URL of an empty store of each kind. */
export const URLS: Readonly<Record<string, () => Promise<string>>> = {
  files: async () => `file:${join(await tempDirectory(), 'store')}`,
  SQLite: async () => `sqlite:${join(await tempDirectory(), 'prompts.db')}`,
  ...(POSTGRES_LEFT_OUT === undefined ? { PostgreSQL: testDatabase } : {}),
  S3: async () => {
    const { endpoint, close } = await startS3()
    onTestFinished(async () => await close())
    const keys = `s3_access_key_id=stand-in-key&s3_secret_access_key=${SECRET}`
    return `s3://files/prompts?s3_endpoint=${encodeURIComponent(endpoint)}&${keys}`
  },
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

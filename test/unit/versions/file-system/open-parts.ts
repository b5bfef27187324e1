import { onTestFinished } from 'vitest'
import type { PromptVersion } from '../../../../src/versions/prompts/prompt-version.js'
import {
  resolveFileSystemOptions,
  type FileSystemStorageOptions,
} from '../../../../src/versions/file-system/file-system-options.js'
import { StoreTransactions } from '../../../../src/versions/file-system/store-transactions.js'
import { openStore, type OpenStore } from '../../../../src/versions/file-system/open-store.js'
import { StoreWriter } from '../../../../src/versions/file-system/store-writer.js'
import { acceptAll } from '../../../../src/versions/accept-version.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'

/** The parts of an open store, below its public class; closed when the test ends. */
export async function openParts(
  storageDir: string,
  options: Partial<FileSystemStorageOptions> = {},
): Promise<OpenStore<PromptVersion>> {
  const all = { storageDir, minFreeMb: 0, ...options }
  const store = await openStore<PromptVersion>(resolveFileSystemOptions<PromptVersion>(all))
  onTestFinished(async () => await store.close())
  return store
}

/** Saves versions of one prompt, each in a commit of its own. */
export async function save(
  store: OpenStore<PromptVersion>,
  promptId: string,
  ...versions: readonly string[]
): Promise<void> {
  const writer = new StoreWriter(store, new StoreTransactions(store))
  for (const version of versions)
    await writer.save(await acceptAll([sampleVersion(promptId, version)], undefined, store.rules))
}

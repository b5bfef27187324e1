import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { PromptVersion } from '../../../src/versions/prompts/prompt-version.js'
import { StorageError } from '../../../src/base/errors.js'
import type { FileSystemStorageOptions } from '../../../src/versions/file-system/file-system-options.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'

/** A store that is closed when the test ends, unless the test has closed it. */
export async function openStore(
  storageDir: string,
  options: Partial<FileSystemStorageOptions> = {},
): Promise<FileSystemStorage> {
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0, ...options })
  // What its last checkpoint meets is the business of tests that close it themselves.
  onTestFinished(async () => await storage.close().catch(() => undefined))
  return storage
}

/** The StorageError that `work` must fail with. */
export async function failure(work: Promise<unknown>): Promise<StorageError> {
  try {
    await work
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
  throw new Error('nothing failed')
}

/** A version whose file takes about `bytes`. */
export function sized(promptId: string, version: string, bytes: number): PromptVersion {
  return sampleVersion(promptId, version, { metadata: { filler: 'x'.repeat(bytes) } })
}

/** Saves until one is refused; returns what was acknowledged, and the refusal. */
export async function saveUntilRefused(
  storage: FileSystemStorage,
  promptId: string,
  bytes: number,
): Promise<{ readonly saved: readonly PromptVersion[]; readonly refusal: StorageError }> {
  const saved: PromptVersion[] = []
  for (let patch = 0; ; patch++) {
    const version = sized(promptId, `1.0.${patch}`, bytes)
    try {
      await storage.saveVersion(version)
    } catch (error) {
      if (error instanceof StorageError) return { saved, refusal: error }
      throw error
    }
    saved.push(version)
  }
}

/** Every file below a directory with its bytes in hex, for comparing before and after. */
export async function treeOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const found: [string, string][] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(directory.length + 1)
    found.push([name, entry.isFile() ? (await readFile(path)).toString('hex') : 'directory'])
  }
  return Object.fromEntries(found.sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Names below `.tmp`: nothing may stay there. */
export async function leftovers(storageDir: string): Promise<readonly string[]> {
  return await readdir(join(storageDir, '.tmp'))
}

import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorageOptions } from '../../../src/versions/file-system/file-system-options.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'

/** Longer than a tick of the file system's clock, so that the index proves what it shows. */
const TICK_MS = 50
/** An id whose directory has a hashed name. */
export const LONG = 'long-'.repeat(45)

export async function letClockTick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, TICK_MS))
}

/** A closed store of the named versions, all of them proven by its index. */
export async function closedStore(
  names: Readonly<Record<string, readonly string[]>>,
  options: Partial<FileSystemStorageOptions> = {},
): Promise<string> {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir, options)
  for (const [promptId, versions] of Object.entries(names))
    for (const version of versions) await storage.saveVersion(sampleVersion(promptId, version))
  await letClockTick()
  await storage.close()
  return storageDir
}

import { FileSystemStorage } from '../../../dist/index.js'
import { documentAt, promptAt, versionAt } from '../document.js'
import type { OpenSubject } from './subject.js'

/** More documents than the reads go through. */
const CACHE_SIZE = 10_000
/** A checkpoint must not run in another subject's turn; the one at closing is timed on its own. */
export const CHECKPOINT_IDLE_MS = 3_600_000

/** The whole public path: schema, frozen copy, checksum, index, cache, commit. */
export function openStorage(disk: 'native' | 'portable'): OpenSubject {
  return async (directory, scenario) => {
    const useCache = scenario !== 'get-hot'
    const storage = await FileSystemStorage.open({
      storageDir: directory,
      disk,
      useCache,
      cacheSize: CACHE_SIZE,
      checkpointIdleMs: CHECKPOINT_IDLE_MS,
    })
    return {
      settings: `durability commit, checksums on, cache ${useCache ? 'on' : 'off'}, no idle checkpoint`,
      save: async (at) => await storage.saveVersion(documentAt(at)),
      get: (at) => storage.getVersion(promptAt(at), versionAt(at)),
      close: async () => await storage.close(),
    }
  }
}

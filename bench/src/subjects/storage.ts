import { FileSystemStorage } from '../../../dist/index.js'
import type { OpenSubject } from './subject.js'

/** More documents than the reads go through. */
const CACHE_SIZE = 10_000
/** An idle checkpoint would run in another subject's turn. Those that a full journal begins run in the subject's own. */
export const NO_IDLE_CHECKPOINTS = { checkpointIdleMs: 3_600_000 } as const

/** The whole public path: schema, frozen copy, checksum, index, cache, commit. */
export function openStorage(disk: 'native' | 'portable'): OpenSubject {
  return async (directory, { cache, idleCheckpoints }) => {
    const storage = await FileSystemStorage.open({
      storageDir: directory,
      disk,
      useCache: cache,
      cacheSize: CACHE_SIZE,
      ...(idleCheckpoints ? {} : NO_IDLE_CHECKPOINTS),
    })
    return {
      settings: `defaults: durability commit, checksums and schema on; cache of ${CACHE_SIZE.toLocaleString('en-US')} documents, off in hot and cold reads; checkpoints after 32 MiB of journal, idle ones only where the event loop is watched`,
      save: async (document) => await storage.saveVersion(document),
      saveBatch: async (documents) => await storage.saveVersions(documents),
      remove: async ({ promptId, version }) => await storage.deleteVersion(promptId, version),
      get: ({ promptId, version }) => storage.getVersion(promptId, version),
      list: (promptId) => storage.listVersions(promptId),
      latest: (promptId) => storage.getLatestVersion(promptId),
      latestName: (promptId) => storage.getLatestVersionName(promptId),
      close: async () => await storage.close(),
    }
  }
}

import { FileSystemStorage, subscribe } from '../../../dist/index.js'
import { PROMPTS } from '../plan/document.js'
import type { Sample } from '../plan/sample.js'
import type { Subject } from '../subjects/subject.js'
import { Lanes } from './lanes.js'
import type { Measure } from './measure.js'

/** Journaled more than is asked for: no checkpoint must take anything away. */
const UNLIMITED = { journalBytes: 4 * 1024 ** 3, checkpointIdleMs: 3_600_000 } as const
const BATCH = 1000

/** The first open of a process; the store is as it was left, closed or not. Closing is not timed. */
export function measureOpening(directory: string, disk: 'native' | 'portable'): Measure {
  let storage: FileSystemStorage | undefined
  return {
    settings: 'defaults',
    prepare: async () => {},
    run: async () => {
      const before = memory()
      const begin = performance.now()
      storage = await FileSystemStorage.open({ storageDir: directory, disk })
      const elapsedMs = performance.now() - begin
      const after = memory()
      const { total_versions: operations } = await storage.getStorageStats()
      return {
        operations,
        elapsedMs,
        heapBytes: after.heapBytes - before.heapBytes,
        rssBytes: after.rssBytes - before.rssBytes,
      } satisfies Sample
    },
    close: async () => await storage?.close(),
  }
}

/** Fills the journal of a new store. The caller kills the process afterwards. */
export function fillJournal(
  directory: string,
  disk: 'native' | 'portable',
  journalBytes: number,
): Measure {
  return {
    settings: 'killed',
    prepare: async () => {
      const storage = await FileSystemStorage.open({ storageDir: directory, disk, ...UNLIMITED })
      let journaled = 0
      subscribe('commit', ({ bytes }) => (journaled += bytes))
      const lanes = new Lanes(asSubject(storage))
      await lanes.save(PROMPTS, PROMPTS)
      while (journaled < journalBytes) await lanes.saveBatch(BATCH)
    },
    run: async () => {
      throw new Error('Filling a journal is not timed')
    },
    close: async () => {},
  }
}

function asSubject(storage: FileSystemStorage): Subject {
  return {
    settings: '',
    save: async (document) => await storage.saveVersion(document),
    saveBatch: async (documents) => await storage.saveVersions(documents),
    close: async () => await storage.close(),
  }
}

/** After a garbage collection, so that what is counted is what the store holds. */
function memory(): { readonly heapBytes: number; readonly rssBytes: number } {
  if (globalThis.gc === undefined) throw new Error('This process needs --expose-gc')
  globalThis.gc()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + external, rssBytes: rss }
}

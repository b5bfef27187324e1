import { InMemoryStorage } from '../../../dist/index.js'
import type { OpenSubject } from './subject.js'

/** The same interface without a disk: what is left of a save when nothing has to be kept. */
export const openMemory: OpenSubject = async () => {
  const storage = new InMemoryStorage()
  return {
    settings: 'defaults; gone with the process',
    save: async (document) => await storage.saveVersion(document),
    get: ({ promptId, version }) => storage.getVersion(promptId, version),
    latest: (promptId) => storage.getLatestVersion(promptId),
    latestName: (promptId) => storage.getLatestVersionName(promptId),
    close: async () => await storage.close(),
  }
}

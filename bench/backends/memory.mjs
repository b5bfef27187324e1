import { InMemoryStorage } from '../../dist/index.js'

export async function openMemory() {
  const storage = new InMemoryStorage()
  return {
    storage,
    means: 'it is in memory',
    close: async () => await storage.close(),
  }
}

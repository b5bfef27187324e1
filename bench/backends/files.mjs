import { join } from 'node:path'
import { FileSystemStorage } from '../../dist/index.js'

export async function openFiles(directory) {
  const storageDir = join(directory, 'prompts')
  const storage = await FileSystemStorage.open({ storageDir })
  const uncached = await FileSystemStorage.open({ storageDir, useCache: false })
  return {
    storage,
    uncached,
    means: 'it is flushed to the disk',
    close: async () => {
      await storage.close()
      await uncached.close()
    },
  }
}

import { FileStorage } from '../../../dist/files/index.js'
import type { OpenSubject } from './subject.js'

/** Files of any kind with their metadata: payload and document in one commit. */
export function openFileStorage(disk: 'native' | 'portable'): OpenSubject {
  return async (directory, { cache }) => {
    const storage = await FileStorage.open({
      local_storage_path: directory,
      disk,
      enable_cache: cache,
      enable_compression: false,
    })
    return {
      settings: 'durable; no compression, no encryption; SHA-256 made and checked',
      putFile: async (name, bytes) => await storage.store(name, bytes),
      getFile: async (name) => (await storage.retrieve(name)) as Uint8Array,
      close: async () => await storage.close(),
    }
  }
}

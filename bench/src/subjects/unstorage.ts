import { loadPeer } from '../peer.js'
import type { OpenSubject } from './subject.js'

interface UnstorageModule {
  createStorage(options: { readonly driver: unknown }): {
    setItemRaw(key: string, bytes: Uint8Array): Promise<void>
    getItemRaw(key: string): Promise<Buffer>
    dispose(): Promise<void>
  }
}

interface DriverModule {
  readonly default: (options: { readonly base: string }) => unknown
}

export const openUnstorage: OpenSubject = async (directory) => {
  const { createStorage } = await loadPeer<UnstorageModule>('unstorage')
  const { default: fsDriver } = await loadPeer<DriverModule>('unstorage/drivers/fs-lite')
  const storage = createStorage({ driver: fsDriver({ base: directory }) })
  return {
    settings:
      'driver fs-lite: fs.writeFile at the name itself; it flushes nothing, and has no option to',
    putFile: async (name, bytes) => await storage.setItemRaw(name, bytes),
    getFile: async (name) => await storage.getItemRaw(name),
    close: async () => await storage.dispose(),
  }
}

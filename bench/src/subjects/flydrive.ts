import { loadPeer } from '../peer.js'
import type { OpenSubject } from './subject.js'

interface FlydriveModule {
  readonly Disk: new (driver: unknown) => {
    put(key: string, bytes: Uint8Array): Promise<void>
    getBytes(key: string): Promise<Uint8Array>
  }
}

interface DriverModule {
  readonly FSDriver: new (options: {
    readonly location: string
    readonly visibility: 'private'
  }) => unknown
}

export const openFlydrive: OpenSubject = async (directory) => {
  const { Disk } = await loadPeer<FlydriveModule>('flydrive')
  const { FSDriver } = await loadPeer<DriverModule>('flydrive/drivers/fs')
  const disk = new Disk(new FSDriver({ location: directory, visibility: 'private' }))
  return {
    settings:
      'driver fs: fs.writeFile at the name itself; it flushes nothing, and has no option to',
    putFile: async (name, bytes) => await disk.put(name, bytes),
    getFile: async (name) => await disk.getBytes(name),
    close: () => {},
  }
}

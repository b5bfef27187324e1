import { chooseDisk } from '../../src/disk/choose-disk.js'
import { DiskError } from '../../src/disk/disk-error.js'
import type { Disk } from '../../src/disk/disk.js'
import { intercepted } from './intercepted.js'

/** The native disk, on which every file that is read together with others fails while `answer` says how. */
export class UnansweringDisk {
  answer: string | undefined
  readonly disk: Disk

  constructor() {
    const real = chooseDisk('native')
    this.disk = {
      kind: real.kind,
      openVolume: async (...given) => {
        const volume = await real.openVolume(...given)
        return intercepted(volume, (name, call, [paths]) => {
          const { answer } = this
          if (answer === undefined || name !== 'readMany') return call()
          const all = paths as readonly string[]
          return Promise.resolve(all.map((path) => new DiskError(answer, 'openat', path)))
        })
      },
    }
  }
}

import { DiskError } from '../../src/disk/disk-error.js'
import type { Disk } from '../../src/disk/disk.js'
import { interceptedDisk } from './intercepted-disk.js'

/** A disk on which every file that is read together with others fails while `answer` says how. */
export class UnansweringDisk {
  answer: string | undefined
  readonly disk: Disk = interceptedDisk((real) => ({
    readMany: async (paths, maxBytes) => {
      const { answer } = this
      if (answer === undefined) return await real.readMany(paths, maxBytes)
      return paths.map((path) => new DiskError(answer, 'openat', path))
    },
  }))
}

import { expect, it } from 'vitest'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { Disk, Volume } from '../../../../src/disk/disk.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../../support/temp.js'

const SEGMENT_BYTES = 64 * 1024
/** More than one segment holds: a follower reads several times until it knows them all. */
const COMMITS = 20

it('learns every commit of others once, whichever read of the journal fails on the way', async () => {
  for (let failing = 1; ; failing++) {
    const path = await tempDirectory()
    const reads = new FailingReads()
    const options = { segmentBytes: SEGMENT_BYTES, checkpointIdleMs: 60_000 }
    const follower = await DurableDirectory.open(path, { ...options, disk: reads.disk() })
    const writer = await DurableDirectory.open(path, options)
    const learnt: string[] = []
    let resets = 0
    follower.onChange({
      changed: (changes) => learnt.push(...changes.map((change) => change.path)),
      reset: () => resets++,
    })
    const paths = Array.from({ length: COMMITS }, (_, at) => `${at}.txt`)
    for (const one of paths)
      await writer.commit([{ kind: 'create', path: one, bytes: Buffer.from('content') }])
    reads.failing = failing
    const refused = await follower.refresh().then(
      () => false,
      () => true,
    )
    reads.failing = 0
    await follower.refresh()
    expect({ failing, learnt, resets }).toEqual({ failing, learnt: paths, resets: 0 })
    await follower.close()
    await writer.close()
    if (!refused) {
      // The journal has two segments at least: a chunk of each, and their headers.
      expect(failing).toBeGreaterThan(4)
      return
    }
  }
})

/** A disk of which the n-th read of the journal fails. */
class FailingReads {
  /** Counted down with each read; the one that brings it to zero fails. */
  failing = 0

  disk(): Disk {
    const disk = chooseDisk('native')
    const openVolume: Disk['openVolume'] = async (directory, options) =>
      this.#failingVolume(await disk.openVolume(directory, options))
    return new Proxy(disk, {
      get: (target, name: keyof Disk) => (name === 'openVolume' ? openVolume : target[name]),
    })
  }

  #failingVolume(volume: Volume): Volume {
    const readRange: Volume['readRange'] = async (path, ...range) => {
      if (this.failing > 0 && --this.failing === 0) throw new DiskError('EIO', 'pread', path)
      return await volume.readRange(path, ...range)
    }
    return new Proxy(volume, {
      get: (target, name: keyof Volume) => {
        if (name === 'readRange') return readRange
        const value: unknown = target[name]
        if (typeof value !== 'function') return value
        return (...values: unknown[]): unknown => Reflect.apply(value, target, values)
      },
    })
  }
}

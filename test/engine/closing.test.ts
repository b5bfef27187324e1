import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chooseDisk } from '../../src/disk/choose-disk.js'
import type { Disk, Volume } from '../../src/disk/disk.js'
import { DurableDirectory } from '../../src/engine/durable-directory.js'
import { tempDirectory } from '../support/temp.js'

const SEGMENT_BYTES = 64 * 1024
/** With the header of the segment these are half of it: the checkpoint's frame is the first of the second half. */
const COMMITS = 7
const FILLING_MS = 50

it.each(['native', 'portable'] as const)(
  'close() begins nothing that it does not wait for, on the %s disk',
  async (kind) => {
    const path = await tempDirectory()
    const calls: string[] = []
    const store = await DurableDirectory.open(path, {
      disk: watchedDisk(chooseDisk(kind), calls),
      segmentBytes: SEGMENT_BYTES,
      checkpointIdleMs: 60_000,
    })
    for (let at = 0; at < COMMITS; at++) {
      await store.commit([{ kind: 'create', path: `${at}.txt`, bytes: Buffer.from('content') }])
    }
    await store.close()
    calls.push('closed')
    await sleep(FILLING_MS * 2)
    expect(calls.slice(calls.indexOf('close'))).toEqual(['close', 'closed'])
    const left = await readdir(join(path, '.journal'))
    expect(left.filter((name) => name.startsWith('filling-'))).toEqual([])
    expect(store.health().backgroundErrors).toBe(0)
  },
)

/** Notes each call of a volume, and takes its time to fill a spare. */
function watchedDisk(disk: Disk, calls: string[]): Disk {
  const watched: Pick<Disk, 'openVolume'> = {
    openVolume: async (directory, options) => {
      const volume = await disk.openVolume(directory, options)
      return new Proxy(volume, {
        get: (target, name: keyof Volume) => {
          const value: unknown = target[name]
          if (typeof value !== 'function') return value
          return (...values: unknown[]): unknown => {
            calls.push(name)
            return name === 'createSegment' && String(values[0]).includes('filling')
              ? sleep(FILLING_MS).then(() => Reflect.apply(value, target, values))
              : Reflect.apply(value, target, values)
          }
        },
      })
    },
  }
  return new Proxy(disk, {
    get: (target, name: keyof Disk) => (name === 'openVolume' ? watched.openVolume : target[name]),
  })
}

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import type { Disk, Volume } from '../../../src/disk/disk.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'

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

it.each(['native', 'portable'] as const)(
  'close() lets the calls before it complete and refuses those after it, on the %s disk',
  async (disk) => {
    const path = await tempDirectory()
    const store = await DurableDirectory.open(path, { disk })
    const bytes = Buffer.from('content')
    await store.commit([{ kind: 'create', path: 'old.txt', bytes }])
    const unused = await store.stage([bytes])
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes
      await held
    }
    const calls = Promise.all([
      store.stage(slow()),
      store.commit([{ kind: 'create', path: 'new.txt', bytes }]),
      store.read('old.txt'),
      store.checkpoint(),
      store.space(),
    ])
    const closing = store.close()
    const late = [
      async () => await store.commit([{ kind: 'create', path: 'late.txt', bytes }]),
      async () => await store.read('old.txt'),
      async () => await store.openFile('old.txt'),
      async () => await store.stage([bytes]),
      async () => await store.checkpoint(),
      async () => await store.refresh(),
      async () => await store.flush(),
      async () => await store.space(),
    ]
    for (const call of late) await expect(call()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
    release()
    const [staged, , read] = await calls
    await closing
    expect(Buffer.from(read ?? []).toString()).toBe('content')
    expect([staged.state, unused.state]).toEqual(['gone', 'gone'])
    await store.discard(unused)
    expect(await readdir(join(path, '.tmp'))).toEqual([])
    expect((await readdir(path)).filter((name) => name.endsWith('.txt'))).toEqual([
      'new.txt',
      'old.txt',
    ])
  },
)

it('replaces one path as often at once as it is asked to, and the last call wins', async () => {
  await using store = await DurableDirectory.open(await tempDirectory())
  const all = Array.from({ length: 300 }, async (_, at) =>
    store.commit([{ kind: 'replace', path: 'k', bytes: Buffer.from(`${at}`) }]),
  )
  await Promise.all(all)
  expect(Buffer.from((await store.read('k')) ?? []).toString()).toBe('299')
})

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

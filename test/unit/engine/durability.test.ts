import { expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { LocalBackend } from '../../../src/files/local/backend.js'
import { create, openJournal, remove, replace, request } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'

it.each(['native', 'portable'] as const)(
  'flushes what replaces or removes a file before it shows, at every level, and what is new with it, on the %s disk',
  async (kind) => {
    const { committer } = await openJournal(chooseDisk(kind), await tempDirectory())
    const durable = async (operations: Parameters<typeof request>[0][number]): Promise<boolean> => {
      await committer.commit(request([operations], { flush: false }))
      return committer.page.getU64('durable') === committer.page.getU64('committed')
    }
    expect(await durable([create('a', 'old'), replace('b', 'new')])).toBe(false)
    expect(await durable([create('c', 'new')])).toBe(false)
    expect(await durable([create('d', 'new'), replace('a', 'newer')])).toBe(true)
    expect(await durable([create('e', 'new')])).toBe(false)
    expect(await durable([remove('b')])).toBe(true)
    const refused = [replace('a', 'no'), create('c', 'taken')]
    const before = committer.page.getU64('committed')
    await committer.commit(request([[create('f', 'new')], refused], { flush: false }))
    expect(committer.page.getU64('committed')).toBe(before + 1)
    expect(committer.page.getU64('durable')).toBe(before)
  },
)

it.each(['interval', 'none'] as const)(
  'flushes at once when it is asked to, at %s',
  async (durability) => {
    const calls: string[] = []
    const disk = countingFlushes(calls)
    const options = { durability, disk, flushIntervalMs: 3_600_000 }
    await using directory = await DurableDirectory.open(await tempDirectory(), options)
    await directory.commit([{ kind: 'create', path: 'a', bytes: Buffer.from('a') }])
    expect(calls).toEqual([])
    await directory.flush()
    await directory.flush()
    expect(calls).toEqual(['flush'])
  },
)

it.each(['interval', 'none'] as const)(
  'flushes the mark of a new store of files at %s',
  async (durability) => {
    const calls: string[] = []
    const disk = countingFlushes(calls)
    const backend = await LocalBackend.open(await tempDirectory(), { durability, disk })
    expect(calls).toEqual(['flush'])
    await backend.close()
  },
)

/** The native disk, which notes each flush of the journal that does not belong to a commit. */
function countingFlushes(calls: string[]): ReturnType<typeof chooseDisk> {
  const disk = chooseDisk('auto')
  const openVolume: typeof disk.openVolume = async (directory, options) => {
    const volume = await disk.openVolume(directory, options)
    const open = volume.openCommitter.bind(volume)
    volume.openCommitter = async (given) => {
      const committer = await open(given)
      const flush = committer.flush.bind(committer)
      committer.flush = async () => {
        calls.push('flush')
        await flush()
      }
      return committer
    }
    return volume
  }
  return { kind: disk.kind, openVolume }
}

import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { mountTmpfs } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { openStore, sized } from './support.js'

const KIB = 1024

/** Takes every block that is left. */
async function fill(directory: string): Promise<void> {
  const handle = await open(join(directory, 'filler'), 'a')
  try {
    for (const bytes of [1024 * KIB, 4 * KIB]) {
      const piece = Buffer.alloc(bytes, 1)
      while (await handle.write(piece).then(({ bytesWritten }) => bytesWritten > 0, isFull));
    }
  } finally {
    await handle.close()
  }
}

function isFull(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  return false
}

it.runIf(isRoot).each(['native', 'portable'] as const)(
  'deletes on a full disk, into the trash too, and purges it, on the %s disk',
  async (disk) => {
    const path = await mountTmpfs(await tempDirectory(), 'size=24m')
    const before = await openStore(path, { disk, enableTrash: true })
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await before.saveVersion(sized('p', version, 200 * KIB))
    await before.close()
    await using storage = await openStore(path, { disk, enableTrash: true })
    await fill(path)
    await expect(storage.saveVersion(sized('p', '1.0.3', 20 * KIB))).rejects.toThrow('ENOSPC')
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    await fill(path)
    expect(await storage.purgeTrash({ olderThanMs: 0 })).toBeGreaterThan(0)
  },
)

it.runIf(isRoot).each(['native', 'portable'] as const)(
  'removes files on a full disk while the journal needs a new segment, on the %s disk',
  async (disk) => {
    const path = await mountTmpfs(await tempDirectory(), 'size=8m')
    const options = { disk, segmentBytes: 64 * KIB, checkpointIdleMs: 3_600_000 }
    await using directory = await DurableDirectory.open(path, options)
    const names = Array.from({ length: 60 }, (_, at) => `f${at}`)
    for (const name of names)
      await directory.commit([{ kind: 'create', path: name, bytes: Buffer.from(name) }])
    await directory.checkpoint()
    const spares = async (): Promise<string[]> =>
      (await readdir(join(path, '.journal'))).filter((name) => name.startsWith('spare-'))
    await fill(path)
    for (const name of names) {
      await directory.commit([{ kind: 'remove', path: name }])
      await fill(path)
    }
    expect(await spares()).toEqual([])
    expect(await directory.read('f59')).toBeUndefined()
  },
)

it.runIf(isRoot)('deletes files of a storage on a full disk', async () => {
  const path = await mountTmpfs(await tempDirectory(), 'size=24m')
  await using storage = await FileStorage.open({ local_storage_path: path, min_free_mb: 0 })
  await storage.store('a', Buffer.alloc(100 * KIB, 1))
  await fill(path)
  await expect(storage.store('b', Buffer.from('more'))).rejects.toThrow('ENOSPC')
  expect(await storage.delete('a')).toBe(true)
})

it.runIf(isRoot).each(['native', 'portable'] as const)(
  'opens a closed store on a full disk to delete, on the %s disk',
  async (disk) => {
    const path = await mountTmpfs(await tempDirectory(), 'size=24m')
    const store = join(path, 'store')
    const before = await openStore(store, { disk })
    for (const version of ['1.0.0', '1.0.1'])
      await before.saveVersion(sized('p', version, 200 * KIB))
    await before.close()
    await fill(path)
    await using storage = await openStore(store, { disk })
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.1'])
  },
)

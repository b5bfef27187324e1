import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { mountTmpfs } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'

const KIB = 1024

/** Takes every block that is left. */
async function fill(directory: string): Promise<void> {
  const handle = await open(join(directory, 'filler'), 'a')
  try {
    for (const bytes of [256 * KIB, 4 * KIB])
      while (await handle.write(Buffer.alloc(bytes, 1)).then(() => true, isFull));
  } finally {
    await handle.close()
  }
}

function isFull(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  return false
}

it.runIf(isRoot).each(['native', 'portable'] as const)(
  'keeps file and versions as they are on a full disk, until versions are removed, on the %s disk',
  async (disk) => {
    const path = await mountTmpfs(await tempDirectory(), 'size=24m')
    await using storage = await FileStorage.open({
      storageDir: path,
      disk,
      minFreeMb: 0,
      keepVersions: 5,
    })
    const contents = [1, 2, 3].map(() => randomBytes(600 * KIB))
    for (const content of contents) await storage.store('k', content)
    const before = await storage.history('k')
    await fill(path)
    // A delete keeps the file, and needs the room for it.
    await expect(storage.store('k', randomBytes(600 * KIB))).rejects.toThrow('ENOSPC')
    await expect(storage.delete('k')).rejects.toThrow('ENOSPC')
    await expect(storage.restoreVersion('k', before[2]?.version ?? '')).rejects.toThrow('ENOSPC')
    expect(await storage.history('k')).toEqual(before)
    expect(await storage.retrieve('k')).toEqual(new Uint8Array(contents[2] ?? []))
    expect(await storage.verify()).toMatchObject({ problems: [] })
    expect(await storage.pruneVersions({ keepVersions: 0 })).toBe(2)
    expect(await storage.delete('k')).toBe(true)
    const [kept] = await storage.history('k')
    expect(await storage.retrieve('k', { version: kept?.version })).toEqual(
      new Uint8Array(contents[2] ?? []),
    )
  },
)

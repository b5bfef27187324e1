import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { sized } from './support.js'

const KIB = 1024

/** Writes until nothing more fits. */
async function fill(path: string): Promise<void> {
  const handle = await open(path, 'w')
  try {
    for (;;) await handle.write(Buffer.alloc(4 * KIB, 1))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  } finally {
    await handle.close()
  }
}

describe('a full disk under a database of SQLite', () => {
  it('refuses saves with everything old intact, and takes them again when there is space', async ({
    skip,
  }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=4m')
    const file = join(directory, 'prompts.db')
    await using storage = await SqliteStorage.open({ file, useCache: false })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const filler = join(directory, 'filler')
    await fill(filler)
    const full = { code: 'FS-IO-001', message: `Cannot write to ${file}: the disk is full` }
    const large = sized('p', '2.0.0', 200 * KIB)
    await expect(storage.saveVersion(large)).rejects.toMatchObject({ code: 'FS-IO-001' })
    const group = await Promise.allSettled(
      ['3.0.0', '3.0.1', '3.0.2'].map(
        async (version) => await storage.saveVersion(sized('p', version, 200 * KIB)),
      ),
    )
    for (const { status } of group) expect(status).toBe('rejected')
    await expect(storage.saveVersion(large)).rejects.toMatchObject({
      code: full.code,
      message: expect.stringContaining('the disk is full') as string,
      context: { path: file, error: 'SQLITE_FULL' },
      cause: { code: 'SQLITE_FULL' },
    })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    expect(await storage.getVersion('p', '1.0.0')).toEqual(sampleVersion('p', '1.0.0'))
    await rm(filler)
    await storage.saveVersion(large)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '2.0.0'])
    expect(await storage.checkIntegrity()).toEqual({ ok: true, documents: 2, problems: [] })
  })

  it('saves what fits of the calls that do not fit together', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=4m')
    await using storage = await SqliteStorage.open({ file: join(directory, 'prompts.db') })
    const saves = [
      storage.saveVersion(sampleVersion('p', '1.0.0')),
      storage.saveVersion(sized('p', '2.0.0', 8 * KIB * KIB)),
      storage.saveVersion(sampleVersion('p', '3.0.0')),
    ]
    const [small, huge, other] = await Promise.allSettled(saves)
    expect([small?.status, huge?.status, other?.status]).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '3.0.0'])
  })
})

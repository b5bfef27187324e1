import { chmod, chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { failure, openStore, treeOf } from './support.js'

const UNPRIVILEGED = 65_534

/** A store that belongs to another user, with two versions of `p`; that user's own processes fill it. */
async function storeOfNobody({ skip }: TestContext): Promise<string> {
  skip(!isRoot, NEEDS_ROOT)
  const parent = await tempDirectory()
  const storageDir = join(parent, 'store')
  await mkdir(storageDir, { mode: 0o700 })
  await chmod(parent, 0o755)
  await chown(storageDir, UNPRIVILEGED, UNPRIVILEGED)
  await inChild(
    storageDir,
    async ({ open, version }) => {
      const storage = await open()
      await storage.saveVersion(version('p', '1.0.0'))
      await storage.saveVersion(version('p', '1.0.1'))
      await storage.close()
      return true
    },
    { uid: UNPRIVILEGED },
  )
  return storageDir
}

describe('a directory without permission', () => {
  it('to be read or entered refuses to open with FS-PERM-001, naming the path', async (test) => {
    const storageDir = await storeOfNobody(test)
    const before = await treeOf(storageDir)
    await chmod(storageDir, 0o000)
    const seen = await inChild(storageDir, async ({ open, outcome }) => await outcome(open()), {
      uid: UNPRIVILEGED,
    })
    expect(seen).toMatchObject({ code: 'FS-PERM-001', name: 'StorageError' })
    expect(seen.context).toMatchObject({ directory: storageDir, error: 'EACCES' })
    await chmod(storageDir, 0o700)
    expect(await treeOf(storageDir)).toEqual(before)
  })

  it('to become a store refuses to open with FS-PERM-001 and is left as it was', async (test) => {
    test.skip(!isRoot, NEEDS_ROOT)
    const storageDir = await tempDirectory()
    await chmod(storageDir, 0o755)
    const seen = await inChild(storageDir, async ({ open, outcome }) => await outcome(open()), {
      uid: UNPRIVILEGED,
    })
    expect(seen).toMatchObject({ code: 'FS-PERM-001' })
    expect(await readdir(storageDir)).toEqual([])
  })

  it('of one prompt refuses saves and deletes there, and leaves the rest of the store alone', async (test) => {
    const storageDir = await storeOfNobody(test)
    await chmod(join(storageDir, 'p'), 0o500)
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, fs, storageDir: directory }) => {
        const storage = await open({ enableTrash: false })
        const saved = await outcome(storage.saveVersion(version('p', '1.0.2')))
        const removed = await outcome(storage.deleteVersion('p', '1.0.0'))
        const elsewhere = await outcome(storage.saveVersion(version('q', '1.0.0')))
        const together = await outcome(
          Promise.all([
            storage.saveVersion(version('q', '1.0.1')),
            storage.saveVersion(version('r', '1.0.0')),
          ]),
        )
        const names = await storage.listVersionNames('p')
        const read = await storage.listVersions('p')
        fs.chmodSync(`${directory}/p`, 0o700)
        const again = await outcome(storage.saveVersion(version('p', '1.0.2')))
        await storage.close()
        return { saved, removed, elsewhere, together, names, read: read.length, again }
      },
      { uid: UNPRIVILEGED },
    )
    expect(seen).toMatchObject({
      saved: { code: 'FS-PERM-001', context: { error: 'EACCES' } },
      removed: { code: 'FS-PERM-001', context: { error: 'EACCES' } },
      elsewhere: { ok: true },
      together: { ok: true },
      names: ['1.0.0', '1.0.1'],
      read: 2,
      again: { ok: true },
    })
  })

  it('of one file fails its reading with FS-PERM-001 and is found by verify', async (test) => {
    const storageDir = await storeOfNobody(test)
    await chmod(join(storageDir, 'p', '1.0.1.json'), 0o000)
    const seen = await inChild(
      storageDir,
      async ({ open, outcome }) => {
        const storage = await open()
        const read = await outcome(storage.getVersion('p', '1.0.1'))
        const other = await outcome(storage.getVersion('p', '1.0.0'))
        const verified = await storage.verify()
        await storage.close()
        return { read, other, kinds: verified.findings.map(({ kind, path }) => `${kind} ${path}`) }
      },
      { uid: UNPRIVILEGED },
    )
    expect(seen.read.code).toBe('FS-PERM-001')
    expect(seen.other).toEqual({ ok: true })
    expect(seen.kinds).toEqual(['unreadable p/1.0.1.json'])
  })

  it('of one prompt to be listed is a coded failure of whatever needs the list', async (test) => {
    const storageDir = await storeOfNobody(test)
    await chmod(join(storageDir, 'p'), 0o300)
    const seen = await inChild(
      storageDir,
      async ({ open, outcome, fs, storageDir: directory }) => {
        fs.rmSync(`${directory}/.index.json`)
        const storage = await open()
        const ids = await storage.listPromptIds()
        const asked = await outcome(storage.listVersionNames('p'))
        await storage.close()
        return { ids, asked }
      },
      { uid: UNPRIVILEGED },
    )
    expect(seen).toMatchObject({
      ids: [],
      asked: { name: 'StorageError', code: 'FS-PERM-001' },
    })
  })

  it('written by everybody is refused, unless that is asked for', async () => {
    const storageDir = await tempDirectory()
    await chmod(storageDir, 0o777)
    expect(await failure(openStore(storageDir))).toMatchObject({
      code: 'FS-PERM-001',
      context: { reason: 'world_writable' },
    })
    const storage = await openStore(storageDir, { allowWorldWritable: true })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
  })
})

import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(process.platform !== 'linux' || faults.missing, NEEDS_COMPILER)
  return faults.path
}

/** Opens a store in a process of its own: what it flushed until then, and again until after the next opening. */
async function flushesOf(storageDir: string, disk: string, library: string) {
  return await inChild(
    storageDir,
    async ({ open, flushed, input }) => {
      await (await open({ disk: input })).close()
      const first = flushed()
      await (await open({ disk: input })).close()
      return { first, again: flushed().slice(first.length) }
    },
    { input: disk as 'native' | 'portable', preload: library },
  )
}

describe.each(['native', 'portable'])('a new store (%s disk)', (disk) => {
  it('flushes the names that lead to it before its own, once', async (test) => {
    const library = preload(test)
    const top = await tempDirectory()
    const storageDir = join(top, 'some', 'where', 'store')
    const above = [join(top, 'some', 'where'), join(top, 'some'), top]
    const { first, again } = await flushesOf(storageDir, disk, library)
    const places = above.map((directory) => first.indexOf(directory))
    const own = first.indexOf(storageDir)
    expect(own).toBeGreaterThan(0)
    for (const place of places) {
      expect(place).toBeGreaterThanOrEqual(0)
      expect(place).toBeLessThan(own)
    }
    expect(again.filter((path) => above.includes(path))).toEqual([])
  })

  it('does so where the caller has made the directory', async (test) => {
    const library = preload(test)
    const storageDir = join(await tempDirectory(), 'some', 'store')
    await mkdir(storageDir, { recursive: true, mode: 0o700 })
    const { first } = await flushesOf(storageDir, disk, library)
    expect(first).toContain(dirname(storageDir))
    expect(first).toContain(dirname(dirname(storageDir)))
  })

  it('flushes no file while it has no name: of such a flush btrfs writes nothing to its log', async (test) => {
    const library = preload(test)
    const { first } = await flushesOf(join(await tempDirectory(), 'store'), disk, library)
    expect(first.length).toBeGreaterThan(0)
    expect(first.filter((path) => path.endsWith('(deleted)'))).toEqual([])
  })

  it('stays within its file system', async (test) => {
    const library = preload(test)
    test.skip(!isRoot, NEEDS_ROOT)
    const top = await mountTmpfs(await tempDirectory(), 'size=64m,mode=700')
    const { first } = await flushesOf(join(top, 'some', 'store'), disk, library)
    expect(first).toContain(top)
    expect(first).not.toContain(dirname(top))
  })

  it('is not begun where they cannot be flushed', async (test) => {
    const library = preload(test)
    const top = await tempDirectory()
    const storageDir = join(top, 'some', 'store')
    const seen = await inChild(
      storageDir,
      async ({ open, outcome, faults: set, fs, input, storageDir: directory }) => {
        set('fsync EIO 0 1')
        const refused = await outcome(open({ disk: input }))
        const begun = fs.existsSync(`${directory}/.holdfast.json`)
        set('')
        return { refused, begun, then: await outcome(open({ disk: input })) }
      },
      { input: disk as 'native' | 'portable', preload: library },
    )
    expect(seen).toMatchObject({
      refused: { ok: false, name: 'StorageError', code: 'FS-ATOMIC-001' },
      begun: false,
      then: { ok: true },
    })
  })

  it('opens below a directory that may be passed and not be read', async (test) => {
    const library = preload(test)
    test.skip(!isRoot, NEEDS_ROOT)
    const top = await tempDirectory()
    await chmod(top, 0o711)
    const home = join(top, 'home')
    await mkdir(home, { mode: 0o700 })
    await chown(home, 65_534, 65_534)
    const seen = await inChild(
      join(home, 'store'),
      async ({ open, outcome, version, input }) => {
        const storage = await open({ disk: input })
        return await outcome(storage.saveVersion(version('p', '1.0.0')))
      },
      { input: disk as 'native' | 'portable', preload: library, uid: 65_534 },
    )
    expect(seen).toMatchObject({ ok: true })
  })
})

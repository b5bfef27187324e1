import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(faults.missing, NEEDS_COMPILER)
  return faults.path
}

describe('a save that fails', () => {
  it('after its frame was written says that the outcome is unknown; what was never written has none', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open()
        await storage.saveVersion(version('p', '1.0.0'))
        set('fdatasync EIO')
        const written = await outcome(storage.saveVersion(version('p', '1.0.1')))
        const never = await outcome(storage.saveVersion(version('p', '1.0.2')))
        set('')
        await storage.close()
        const again = await open()
        const names = await again.listVersionNames('p')
        await again.close()
        return { written, never, names }
      },
      { preload: preload(test) },
    )
    expect(seen.written).toMatchObject({ code: 'FS-ATOMIC-001', context: { outcome: 'unknown' } })
    expect(seen.never.context).not.toHaveProperty('outcome')
    expect(['1.0.0', '1.0.0 1.0.1']).toContain(seen.names.join(' '))
  })
})

describe.each([
  ['a lock file that cannot be looked at', 'fstatat EIO 0 -1 .lock'],
  ['a journal whose end cannot be read', 'pread EIO 0 -1 .journal'],
])('%s', (_, rule) => {
  it('refuses the save, and takes it when the disk answers again', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input }) => {
        const storage = await open()
        await storage.saveVersion(version('p', '1.0.0'))
        set(input)
        const refused = await outcome(storage.saveVersion(version('p', '1.0.1')))
        set('')
        const saved = await outcome(storage.saveVersion(version('p', '1.0.1')))
        return { refused, saved, closed: await outcome(storage.close()) }
      },
      { preload: preload(test), input: rule },
    )
    expect(seen).toMatchObject({
      refused: { code: 'FS-IO-001', context: { error: 'EIO' } },
      saved: { ok: true },
      closed: { ok: true },
    })
  })
})

describe('a close that fails', () => {
  it('says so with a code, also where it lets go of its locks', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open()
        await storage.saveVersion(version('p', '1.0.0'))
        set('unlock EIO 0 -1 .presence')
        const closed = await outcome(storage.close())
        set('')
        const again = await open()
        const names = await again.listVersionNames('p')
        return { closed, names, later: await outcome(again.close()) }
      },
      { preload: preload(test) },
    )
    expect(seen).toMatchObject({
      closed: { name: 'StorageError', code: 'FS-IO-001', context: { error: 'EIO' } },
      names: ['1.0.0'],
      later: { ok: true },
    })
  })
})

describe('a portable disk that could not take back its claim on a store', () => {
  for (const rule of ['open EMFILE 0 -1 .owner', 'unlink EIO 0 -1 .owner']) {
    it(`opens it again, though no other process may (${rule})`, async (test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ open, version, outcome, faults: set, input }) => {
          const storage = await open({ disk: 'portable' })
          await storage.saveVersion(version('p', '1.0.0'))
          set(input)
          const closed = await outcome(storage.close())
          set('')
          const again = await open({ disk: 'portable' })
          const names = await again.listVersionNames('p')
          const later = await outcome(again.close())
          const native = await open({ disk: 'native' })
          return { closed, names, later, native: await outcome(native.close()) }
        },
        { preload: preload(test), input: rule },
      )
      expect(seen).toMatchObject({
        closed: { ok: false, name: 'StorageError' },
        names: ['1.0.0'],
        later: { ok: true },
        native: { ok: true },
      })
    })
  }
})

describe('a save that is committed', () => {
  // Before it writes, a commit reads what others did in the journal, and once how it ends.
  for (const rule of ['pread EIO 2 -1 .journal', 'unlock EIO 0 1 .lock']) {
    it(`is acknowledged whatever fails afterwards (${rule})`, async (test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ open, version, outcome, faults: set, input }) => {
          const [storage, other] = [await open(), await open()]
          // From here on a save of this store has to read in the journal what the other one did.
          await other.saveVersion(version('p', '1.0.0'))
          set(input)
          const saved = await outcome(storage.saveVersion(version('q', '1.0.0')))
          set('')
          const snapshot = await storage.indexSnapshot()
          const closed = [await outcome(storage.close()), await outcome(other.close())]
          return { saved, snapshot, closed }
        },
        { preload: preload(test), input: rule },
      )
      expect(seen).toEqual({
        saved: { ok: true },
        snapshot: { p: ['1.0.0'], q: ['1.0.0'] },
        closed: [{ ok: true }, { ok: true }],
      })
    })
  }
})

describe('a list of versions', () => {
  it('whose files cannot be read in time fails with a code, as a single one does', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open({ ioTimeoutMs: 1500, useCache: false })
        for (const each of ['1.0.0', '1.0.1']) await storage.saveVersion(version('p', each))
        set('pread hang=4000 0 1 p/1.0.')
        const listed = await outcome(storage.listVersions('p'))
        set('')
        const closed = await outcome(storage.close())
        return { listed, closed }
      },
      { preload: preload(test) },
    )
    expect(seen.listed).toMatchObject({ name: 'StorageError', code: 'FS-TIMEOUT-001' })
    expect(seen.closed).toEqual({ ok: true })
  })
})

describe('a disk that is away for a moment', () => {
  it.for(['native', 'portable'] as const)(
    'makes a list fail, and none of its versions pass for damaged: %s disk',
    async (disk, test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ open, version, outcome, faults: set, input }) => {
          const storage = await open({ disk: input.disk, useCache: false, retry: false })
          for (const each of ['1.0.0', '1.0.1']) await storage.saveVersion(version('p', each))
          set('pread ESTALE 0 1 p/1.0.')
          const listed = await outcome(storage.listVersions('p'))
          const again = await storage.listVersions('p')
          await storage.close()
          return { listed, again: again.length }
        },
        { preload: preload(test), input: { disk } },
      )
      expect(seen.listed).toMatchObject({ code: 'FS-IO-001', context: { error: 'ESTALE' } })
      expect(seen.again).toBe(2)
    },
  )
})

describe('a probe that the disk does not answer', () => {
  it('does not make a store for a disk that folds case', async (test) => {
    const encoding = await inChild(
      await tempDirectory(),
      async ({ open, faults: set, fs, storageDir }) => {
        set('fstatat EIO 0 1 .tmp')
        const storage = await open()
        await storage.close()
        const text = fs.readFileSync(`${storageDir}/.metadata.json`, 'utf8')
        return (JSON.parse(text) as { id_encoding: string }).id_encoding
      },
      { preload: preload(test) },
    )
    expect(encoding).toBe('plain')
  })
})

describe('a file of which a flush has failed', () => {
  it('is not used again when it is a segment', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, faults: set, fs, storageDir }) => {
        const journal = `${storageDir}/.journal`
        const storage = await open({ segmentBytes: 65536, journalBytes: 131072 })
        await storage.saveVersion(version('p', '1.0.0'))
        const segment = fs.readdirSync(journal).find((name) => /^\d+\.log$/.test(name))
        const held = fs.openSync(`${journal}/${segment}`, 'r')
        set('fdatasync EIO 0 1')
        await storage.saveVersion(version('p', '1.0.1'))
        set('')
        await storage.close()
        const { ino, nlink } = fs.fstatSync(held)
        const inodes = fs.readdirSync(journal).map((name) => fs.statSync(`${journal}/${name}`).ino)
        return { ino, nlink, inodes }
      },
      { preload: preload(test) },
    )
    expect(seen.nlink).toBe(0)
    expect(seen.inodes).not.toContain(seen.ino)
  })

  it('is not written on after reopening when it is the segment with the note of a clean close', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, fs, storageDir }) => {
        const storage = await open()
        await storage.saveVersion(version('p', '1.0.0'))
        const segment = fs.openSync(`${storageDir}/.journal/000000000001.log`, 'r')
        set('fdatasync EIO 0 1')
        const closed = await outcome(storage.close())
        set('')
        const again = await open()
        const names = await again.listVersionNames('p')
        await again.close()
        return { closed, names, links: fs.fstatSync(segment).nlink }
      },
      { preload: preload(test) },
    )
    expect(seen).toMatchObject({ closed: { code: 'FS-ATOMIC-001' }, names: ['1.0.0'], links: 0 })
  })

  it('is not flushed by recovery when it is a large content, which was flushed before its frame', async (test) => {
    const storageDir = await tempDirectory()
    await inChild(storageDir, async ({ open, version, kill }) => {
      const storage = await open({ checkpointIdleMs: 60_000 })
      await storage.saveVersion(version('big', '1.0.0', 400_000))
      return kill(true)
    })
    const opened = await inChild(
      storageDir,
      async ({ open, faults: set, outcome }) => {
        set('fsync EIO 0 -1 big/1.0.0.json')
        return await outcome(open())
      },
      { preload: preload(test) },
    )
    expect(opened).toEqual({ ok: true })
  })
})

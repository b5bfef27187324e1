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

describe('opening through the portable disk', () => {
  it('leaves no owner behind when what it staged cannot be removed', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, outcome, faults: set }) => {
        set('unlink EIO 0 1')
        const refused = await outcome(open({ disk: 'portable' }))
        set('unlink EIO')
        const refusedAgain = await outcome(open({ disk: 'portable' }))
        set('')
        return { refused, refusedAgain, opened: await outcome(open({ disk: 'portable' })) }
      },
      { preload: preload(test) },
    )
    expect(seen).toMatchObject({
      refused: { name: 'StorageError', context: { error: 'EIO' } },
      refusedAgain: { name: 'StorageError', context: { error: 'EIO' } },
      opened: { ok: true },
    })
  })

  it('fails with a code, whichever look at a file fails', async (test) => {
    const names = await inChild(
      await tempDirectory(),
      async ({ open, outcome, faults: set }) => {
        const seen = []
        for (let skip = 0; skip < 12; skip++) {
          set(`stat EIO ${skip} 1`)
          const opened = await outcome(
            open({ disk: 'portable' }).then(async (storage) => await storage.close()),
          )
          seen.push(opened.name ?? 'opened')
        }
        return seen
      },
      { preload: preload(test) },
    )
    expect(names).toContain('StorageError')
    expect(names.filter((name) => name !== 'StorageError' && name !== 'opened')).toEqual([])
  })
})

describe('reading through the portable disk', () => {
  it('a full quota, for which Node has no name, is not damage to a version', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open({ disk: 'portable', useCache: false })
        await storage.saveVersion(version('p', '1.0.0'))
        set('open EDQUOT 0 -1 1.0.0.json')
        const listed = await outcome(storage.listVersions('p'))
        set('')
        return { listed, closed: await outcome(storage.close()) }
      },
      { preload: preload(test) },
    )
    expect(seen.listed).toMatchObject({ code: 'FS-IO-001', context: { error: 'EDQUOT' } })
    expect(seen.closed).toEqual({ ok: true })
  })

  it('gets a file whole that comes in pieces', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, faults: set }) => {
        const storage = await open({ disk: 'portable', useCache: false })
        await storage.saveVersion(version('p', '1.0.0'))
        await storage.close()
        set('read short\npread EINTR 2 1\npread short')
        const again = await open({ disk: 'portable', useCache: false })
        const found = await again.getVersion('p', '1.0.0')
        set('')
        await again.close()
        return found?.version
      },
      { preload: preload(test) },
    )
    expect(seen).toBe('1.0.0')
  })
})

describe('a checkpoint of the portable disk', () => {
  it('flushes no segment again when it flushes every file', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ holdfast, storageDir, flushed }) => {
        const options = { disk: 'portable', checkpointIdleMs: 60_000 } as const
        const store = await holdfast.DurableDirectory.open(storageDir, options)
        const create = (at: number) =>
          ({ kind: 'create', path: `f${at}`, bytes: Buffer.from('x') }) as const
        await store.commit(Array.from({ length: 300 }, (_, at) => create(at)))
        const before = flushed().length
        await store.checkpoint()
        const paths = flushed().slice(before)
        await store.close()
        return {
          files: paths.filter((path) => /\/f\d+$/.test(path)).length,
          segments: paths.filter((path) => /\.journal\/\d+\.log$/.test(path)).length,
        }
      },
      { preload: preload(test) },
    )
    // Of the segments, the one in which it notes that it is done.
    expect(seen).toEqual({ files: 300, segments: 1 })
  })
})

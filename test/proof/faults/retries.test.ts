import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

const DISKS = ['native', 'portable'] as const

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(faults.missing, NEEDS_COMPILER)
  return faults.path
}

// The page cache is asked first, and answers that it has nothing: `preadv2 EAGAIN`.

/** Where a store opens a file for reading. */
const OPENING = { native: 'openat2', portable: 'open' } as const

describe.for(DISKS)('a read that fails for a moment, %s disk', (disk) => {
  it('succeeds at the third attempt, and two events say why', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, faults: set, input, holdfast }) => {
        const storage = await open({ disk: input.disk, useCache: false, retry: { delayMs: 5 } })
        for (const each of ['1.0.0', '1.0.1']) await storage.saveVersion(version('p', each))
        const told: unknown[] = []
        holdfast.subscribe('retry', (message) => void told.push(message))
        set('preadv2 EAGAIN\npread EBUSY 0 2 p/1.0.0')
        const found = await storage.getVersion('p', '1.0.0')
        set('pread ESTALE 0 2 p/1.0.1')
        const listed = await storage.listVersions('p')
        set('')
        const { retries } = await storage.getStorageStats()
        await storage.close()
        return { found: found?.version, listed: listed.length, told, retries }
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen).toMatchObject({ found: '1.0.0', listed: 2, retries: 4 })
    const event = { operation: 'read', path: 'p/1.0.0.json', code: 'EBUSY' }
    expect(seen.told.slice(0, 2)).toMatchObject([
      { ...event, attempt: 1 },
      { ...event, attempt: 2 },
    ])
    expect(seen.told.slice(2)).toMatchObject([
      { attempt: 1, code: 'ESTALE' },
      { attempt: 2, code: 'ESTALE' },
    ])
  })

  it('fails after three attempts with their number, and without a retry after one', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input, storageDir }) => {
        const first = await open({ disk: input.disk, useCache: false, retry: { delayMs: 5 } })
        await first.saveVersion(version('p', '1.0.0'))
        set('preadv2 EAGAIN\npread EBUSY 0 3 p/1.0.0')
        const failed = await outcome(first.getVersion('p', '1.0.0'))
        const again = await first.getVersion('p', '1.0.0')
        await first.close()
        const second = await open({ disk: input.disk, useCache: false, retry: false })
        set('preadv2 EAGAIN\npread EBUSY 0 1 p/1.0.0')
        const alone = await outcome(second.getVersion('p', '1.0.0'))
        await second.close()
        return { failed, again: again?.version, alone, storageDir }
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen.failed).toMatchObject({
      code: 'FS-IO-001',
      message: expect.stringContaining('3 attempts') as unknown,
      context: { error: 'EBUSY', attempts: 3 },
    })
    expect(seen.again).toBe('1.0.0')
    expect(seen.alone).toMatchObject({ code: 'FS-IO-001', context: { error: 'EBUSY' } })
    expect(seen.alone.context).not.toHaveProperty('attempts')
  })

  it('is not repeated where no later attempt can succeed', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input }) => {
        const storage = await open({ disk: input.disk, useCache: false })
        await storage.saveVersion(version('p', '1.0.0'))
        set('preadv2 EAGAIN\npread EIO 0 1 p/1.0.0')
        const failed = await outcome(storage.getVersion('p', '1.0.0'))
        const { retries } = await storage.getStorageStats()
        await storage.close()
        return { failed, retries }
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen).toMatchObject({ failed: { context: { error: 'EIO' } }, retries: 0 })
  })

  it('ends with the deadline of the operation, not later', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input }) => {
        const storage = await open({
          disk: input.disk,
          useCache: false,
          ioTimeoutMs: 1000,
          retry: { attempts: 10, delayMs: 60_000, maxDelayMs: 60_000 },
        })
        await storage.saveVersion(version('p', '1.0.0'))
        set('preadv2 EAGAIN\npread EBUSY 0 -1 p/1.0.0')
        const failed = await outcome(storage.getVersion('p', '1.0.0'))
        set('')
        await storage.close()
        return failed
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen).toMatchObject({ code: 'FS-IO-001', context: { error: 'EBUSY' } })
  })

  it('waits no longer once the store is being closed', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input, holdfast }) => {
        const retry = { delayMs: 60_000, maxDelayMs: 60_000 }
        const options = { disk: input.disk, useCache: false, ioTimeoutMs: 0, retry }
        const storage = await open(options)
        for (const each of ['1.0.0', '1.0.1']) await storage.saveVersion(version('p', each))
        set('preadv2 EAGAIN\npread EBUSY 0 1 p/1.0.0\npread EBUSY 0 3 p/1.0.1')
        const waiting = new Promise<void>((resolve) => {
          let count = 0
          holdfast.subscribe('retry', () => {
            if (++count === 2) resolve()
          })
        })
        const well = outcome(storage.getVersion('p', '1.0.0'))
        const ill = outcome(storage.getVersion('p', '1.0.1'))
        await waiting
        await storage.close()
        return { well: await well, ill: await ill }
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen.well).toEqual({ ok: true })
    expect(seen.ill).toMatchObject({ context: { error: 'EBUSY', attempts: 3 } })
  })
})

describe.for(DISKS)('opening a store that is busy for a moment, %s disk', (disk) => {
  it('reads again what it needs', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ open, version, outcome, faults: set, input }) => {
        const before = await open({ disk: input.disk })
        await before.saveVersion(version('p', '1.0.0'))
        await before.close()
        const opened = []
        for (const call of [input.opening, 'pread']) {
          for (const match of ['.metadata.json', '.journal/0']) {
            set(`${call} EBUSY 0 2 ${match}`)
            const reopening = open({ disk: input.disk, retry: { delayMs: 5 } })
            opened.push(await outcome(reopening.then(async (storage) => await storage.close())))
          }
        }
        return opened
      },
      { preload: preload(test), input: { disk, opening: OPENING[disk] } },
    )
    expect(seen).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }])
  })
})

describe.for(DISKS)('a save that is refused for a moment, %s disk', (disk) => {
  it('is staged again, in the order of the calls', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ holdfast, storageDir, faults: set, input, outcome }) => {
        const retry = { delayMs: 20 }
        const store = await holdfast.DurableDirectory.open(storageDir, { disk: input.disk, retry })
        const put = async (text: string) =>
          await store.commit([{ kind: 'replace', path: 'a', bytes: Buffer.from(text) }])
        await put('zero')
        set('pwrite EBUSY 0 2 .tmp')
        const told: unknown[] = []
        holdfast.subscribe('retry', (message) => void told.push(message))
        const outcomes = await Promise.all([outcome(put('one')), outcome(put('two'))])
        const text = Buffer.from((await store.read('a')) ?? []).toString()
        set('pwrite EBUSY 0 3 .tmp')
        const refused = await outcome(put('three'))
        const kept = Buffer.from((await store.read('a')) ?? []).toString()
        await put('four')
        await store.close()
        return { outcomes, text, told, refused, kept }
      },
      { preload: preload(test), input: { disk } },
    )
    expect(seen).toMatchObject({ outcomes: [{ ok: true }, { ok: true }], text: 'two' })
    expect(seen.told.slice(0, 2)).toMatchObject([
      { operation: 'commit', attempt: 1, code: 'EBUSY' },
      { operation: 'commit', attempt: 2, code: 'EBUSY' },
    ])
    expect(seen.refused).toMatchObject({
      code: 'FS-SAVE-001',
      context: { error: 'EBUSY', attempts: 3 },
    })
    expect(seen.kept).toBe('two')
  })

  it('is staged again when it is large or a stream', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ holdfast, storageDir, faults: set, input }) => {
        const retry = { delayMs: 5 }
        const store = await holdfast.DurableDirectory.open(storageDir, { disk: input.disk, retry })
        const large = Buffer.alloc(holdfast.INLINE_BYTES_MAX + 1, 'x')
        set(`${input.creating} EBUSY 0 2 .tmp`)
        await store.commit([{ kind: 'create', path: 'large', bytes: large }])
        set(`${input.creating} EBUSY 0 2 .tmp`)
        const staged = await store.stage([Buffer.from('streamed')])
        await store.commit([{ kind: 'create', path: 'stream', staged }])
        set('')
        const sizes = []
        for (const path of ['large', 'stream']) sizes.push((await store.read(path))?.length)
        const expected = [large.length, 8]
        await store.close()
        return { sizes, expected }
      },
      {
        preload: preload(test),
        input: { disk, creating: disk === 'native' ? 'openat' : 'open' },
      },
    )
    expect(seen.sizes).toEqual(seen.expected)
  })

  it.for([
    ['for lack of space', 'pwrite', 'ENOSPC', '.tmp', 'ENOSPC'],
    ['at the flush of its frame', 'fdatasync', 'EBUSY', '.journal', 'EBUSY'],
  ] as const)('is not repeated %s', async ([, call, code, match, error], test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ holdfast, storageDir, faults: set, input, outcome }) => {
        const retry = { delayMs: 5 }
        const store = await holdfast.DurableDirectory.open(storageDir, { disk: input.disk, retry })
        const told: unknown[] = []
        holdfast.subscribe('retry', (message) => void told.push(message))
        set(`${input.call} ${input.code} 0 -1 ${input.match}`)
        const bytes = Buffer.from('x')
        const refused = await outcome(store.commit([{ kind: 'replace', path: 'a', bytes }]))
        set('')
        await store.close().catch(() => undefined)
        return { refused, told: told.length }
      },
      { preload: preload(test), input: { disk, call, code, match } },
    )
    expect(seen.refused).toMatchObject({ ok: false })
    expect(JSON.stringify(seen.refused)).toContain(error)
    expect(seen.told).toBe(0)
  })
})

import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'
import { leftovers, openStore } from './support.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(process.platform !== 'linux' || faults.missing, NEEDS_COMPILER)
  return faults.path
}

const CODES = { EIO: 'FS-ATOMIC-001', ENOSPC: 'FS-IO-001', EROFS: 'FS-PERM-001' } as const

const WAYS = [
  ['native', 'small', 'linkat'],
  ['native', 'large', 'renameat2'],
  ['portable', 'small', 'link'],
  ['portable', 'large', 'link'],
] as const

describe('a name that another program takes between the check and the publishing', () => {
  it.each(WAYS)(
    'is a conflict like one that was taken before (%s disk, %s content)',
    async (disk, size, call) => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, faults: set, input }) => {
          const [kind, bytes, name = ''] = input.split(' ')
          const storage = await open({ disk: kind === 'native' ? 'native' : 'portable' })
          await storage.saveVersion(version('p', '1.0.0'))
          set(`${name} EEXIST 0 1 1.0.1.json`)
          const filler = 'x'.repeat(bytes === 'large' ? 400_000 : 10)
          const late = { ...version('p', '1.0.1'), metadata: { filler } }
          const refused = await outcome(storage.saveVersion(late))
          const again = await outcome(storage.saveVersion(late))
          return { refused, again, closed: await outcome(storage.close()) }
        },
        { preload: faults.path, input: `${disk} ${size} ${call}` },
      )
      expect(seen.refused).toMatchObject({ name: 'VersionConflictError' })
      expect(seen.again).toEqual({ ok: true })
      const storage = await openStore(storageDir)
      expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    },
  )
})

describe('a file that cannot be given its name after the flush', () => {
  for (const [error, code] of Object.entries(CODES)) {
    it(`(${error}) fails its save with ${code}, shows nothing, and does not come back`, async (test) => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, faults: set, input, kill }) => {
          const storage = await open({ checkpointIdleMs: 60_000 })
          await storage.saveVersion(version('p', '1.0.0'))
          set(`linkat ${input} 0 1 1.0.1.json`)
          const refused = await outcome(storage.saveVersion(version('p', '1.0.1')))
          const visible = await storage.getVersion('p', '1.0.1')
          const raw = await storage.readRaw('p', '1.0.1')
          const names = await storage.listVersionNames('p')
          const next = await outcome(storage.saveVersion(version('p', '1.0.2')))
          set(`linkat ${input} 0 1 1.0.0.json`)
          const directory = await outcome(storage.saveVersion(version('fresh', '1.0.0')))
          return kill({ refused, visible, raw, names, next, directory }) as {
            refused: object
            visible?: object
            raw?: object
            names: string[]
            next: object
            directory: object
          }
        },
        { preload: preload(test), input: error },
      )
      expect(seen.refused).toMatchObject({ code, context: { error, version: '1.0.1' } })
      expect(seen.visible).toBeUndefined()
      expect(seen.raw).toBeUndefined()
      expect(seen.names).toEqual(['1.0.0'])
      expect(seen.next).toEqual({ ok: true })
      expect(seen.directory).toMatchObject({ code })

      // The process was killed: recovery reads the frame whose transaction was withdrawn.
      const storage = await openStore(storageDir)
      expect(await storage.indexSnapshot()).toEqual({ p: ['1.0.0', '1.0.2'] })
      expect(await storage.getVersion('p', '1.0.1')).toBeUndefined()
      expect((await storage.verify()).findings).toEqual([])
      expect(await leftovers(storageDir)).toEqual([])
    })
  }

  it('takes the rest of its own transaction with it and leaves the others of the batch alone', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open()
        await storage.saveVersion(version('warm', '1.0.0'))
        set('linkat EIO 0 1 2.0.2.json')
        const [before, together, after] = await Promise.all([
          outcome(storage.saveVersion(version('a', '1.0.0'))),
          outcome(
            storage.saveVersions([
              version('b', '2.0.1'),
              version('b', '2.0.2'),
              version('b', '2.0.3'),
            ]),
          ),
          outcome(storage.saveVersion(version('c', '1.0.0'))),
        ])
        const snapshot = await storage.indexSnapshot()
        const again = await outcome(
          storage.saveVersions([version('b', '2.0.1'), version('b', '2.0.2')]),
        )
        return { before, together, after, snapshot, again, closed: await outcome(storage.close()) }
      },
      { preload: preload(test) },
    )
    expect(seen).toMatchObject({
      before: { ok: true },
      together: { code: 'FS-ATOMIC-001' },
      after: { ok: true },
      snapshot: { a: ['1.0.0'], c: ['1.0.0'], warm: ['1.0.0'] },
      again: { ok: true },
      closed: { ok: true },
    })
    expect(seen.snapshot['b']).toBeUndefined()
    const storage = await openStore(storageDir)
    expect(await storage.listVersionNames('b')).toEqual(['2.0.1', '2.0.2'])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('as long as it goes on, refuses each save and takes the first one after it', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set }) => {
        // Segments so small that one turns while saves are being refused.
        const storage = await open({ segmentBytes: 65536, journalBytes: 65536 })
        await storage.saveVersion(version('p', '1.0.0'))
        set('linkat ENOSPC 0 -1 1.0.')
        const refused: (string | undefined)[] = []
        for (let patch = 1; patch <= 50; patch++) {
          refused.push((await outcome(storage.saveVersion(version('p', `1.0.${patch}`)))).code)
        }
        const names = await storage.listVersionNames('p')
        set('')
        const saved = await outcome(storage.saveVersion(version('p', '1.0.1')))
        return { refused, names, saved, closed: await outcome(storage.close()) }
      },
      { preload: preload(test) },
    )
    expect(new Set(seen.refused)).toEqual(new Set(['FS-IO-001']))
    expect(seen.names).toEqual(['1.0.0'])
    expect(seen.saved).toEqual({ ok: true })
    expect(seen.closed).toEqual({ ok: true })
    const storage = await openStore(storageDir)
    expect(await storage.indexSnapshot()).toEqual({ p: ['1.0.0', '1.0.1'] })
  })
})

describe('a replacement or removal that fails after the flush', () => {
  it('of a delete into the trash has an unknown outcome, and the next process finishes it', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open({ enableTrash: true })
        await storage.saveVersion(version('p', '1.0.0'))
        set('unlinkat EIO 0 1 1.0.0.json')
        const refused = await outcome(storage.deleteVersion('p', '1.0.0'))
        await outcome(storage.close())
        return { refused }
      },
      { preload: preload(test) },
    )
    // The head, which records the deletion, has been replaced by then.
    expect(seen.refused).toMatchObject({
      code: 'FS-ATOMIC-001',
      context: { outcome: 'unknown', path: 'p/1.0.0.json' },
    })
    const storage = await openStore(storageDir, { enableTrash: true })
    expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
    expect(await storage.listTrash()).toMatchObject([{ prompt_id: 'p', version: '1.0.0' }])
    expect((await storage.verify()).findings).toEqual([])
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
  })

  it('half-way through a transaction is finished by the next process: both files or none', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ holdfast, storageDir: directory, outcome, faults: set }) => {
        const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
        const store = await holdfast.DurableDirectory.open(directory)
        await store.commit([
          { kind: 'create', path: 'alice', bytes: bytes('100') },
          { kind: 'create', path: 'bob', bytes: bytes('0') },
        ])
        set('renameat EIO 0 1 bob')
        const refused = await outcome(
          store.commit([
            { kind: 'replace', path: 'alice', bytes: bytes('70') },
            { kind: 'replace', path: 'bob', bytes: bytes('30') },
          ]),
        )
        const read = async (path: string): Promise<string> =>
          new TextDecoder().decode(await store.read(path))
        const balances = [await read('alice'), await read('bob')]
        const next = await outcome(
          store.commit([{ kind: 'create', path: 'carol', bytes: bytes('1') }]),
        )
        await store.close()
        return { refused, balances, next }
      },
      { preload: preload(test) },
    )
    expect(seen.refused).toMatchObject({ code: 'FS-ATOMIC-001', context: { stage: 'publish' } })
    expect(['100 0', '70 30']).toContain(seen.balances.join(' '))
    expect(seen.next).toEqual({ ok: true })
    const store = await DurableDirectory.open(storageDir)
    const texts = await Promise.all(
      ['alice', 'bob'].map(async (path) => Buffer.from((await store.read(path)) ?? []).toString()),
    )
    expect(texts).toEqual(seen.balances)
    await store.close()
  })
})

describe('a transaction that is being published', () => {
  it('is not shown by half to a reader of the directories meanwhile', async (test) => {
    const storageDir = await tempDirectory()
    const begun = `${storageDir}.begun`
    const options = { preload: preload(test), input: begun }
    const publishing = inChild(
      storageDir,
      async ({ open, version, faults: set, fs, sleep, input }) => {
        const storage = await open({ checkpointIdleMs: 60_000 })
        await storage.saveVersion(version('p', '1.0.0'))
        fs.writeFileSync(input, '')
        while (fs.existsSync(input)) await sleep(5)
        set('linkat hang=5000 0 1 1.0.2.json')
        await storage.saveVersions([version('p', '1.0.1'), version('p', '1.0.2')])
        await storage.close()
        return true
      },
      options,
    )
    await expect.poll(() => existsSync(begun), { timeout: 20_000, interval: 5 }).toBe(true)
    const reading = inChild(
      storageDir,
      async ({ open, faults: set, fs, sleep, storageDir: directory, input }) => {
        set('readdir hang 0 1 /p')
        const opening = open()
        await sleep(1000)
        fs.rmSync(input)
        while (!fs.existsSync(`${directory}/p/1.0.1.json`)) await sleep(5)
        set('')
        const storage = await opening
        const names = await storage.listVersionNames('p')
        await storage.close()
        return names
      },
      options,
    )
    expect(await reading).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    expect(await publishing).toBe(true)
  })
})

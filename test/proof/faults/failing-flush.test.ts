import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'
import { leftovers, openStore } from './support.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

/** The failing disk, where there is a compiler to make it. */
function preload({ skip }: TestContext): string {
  skip(process.platform !== 'linux' || faults.missing, NEEDS_COMPILER)
  return faults.path
}

describe('a flush that hangs', () => {
  it('is answered in time with an unknown outcome, reads go on, and afterwards all is exact', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set, sleep }) => {
        const storage = await open({
          ioTimeoutMs: 1500,
          lockTimeoutMs: 200,
          checkpointIdleMs: 60_000,
          cacheSize: 1,
        })
        await storage.saveVersion(version('p', '1.0.0'))
        await storage.saveVersion(version('p', '1.0.1'))
        set('fdatasync hang')
        const hung = await outcome(storage.saveVersion(version('p', '1.0.2')))
        const visibleWhileHung = await storage.getVersion('p', '1.0.2')
        const meanwhile = await outcome(storage.saveVersion(version('q', '1.0.0')))
        const uncached = await storage.getVersion('p', '1.0.0')
        const names = await storage.listVersionNames('p')
        set('')
        let later = await outcome(storage.saveVersion(version('q', '1.0.0')))
        for (let tries = 0; !later.ok && tries < 100; tries++) {
          await sleep(50)
          later = await outcome(storage.saveVersion(version('q', '1.0.0')))
        }
        const snapshot = await storage.indexSnapshot()
        const again = await outcome(storage.saveVersion(version('p', '1.0.2')))
        const read = await storage.getVersion('p', '1.0.2')
        const closed = await outcome(storage.close())
        return {
          hung,
          visibleWhileHung: visibleWhileHung?.version,
          meanwhile,
          uncached: uncached?.version,
          names,
          later,
          snapshot,
          again,
          read: read?.version,
          closed,
        }
      },
      { preload: preload(test) },
    )
    expect(seen.hung).toMatchObject({ code: 'FS-TIMEOUT-001', context: { outcome: 'unknown' } })
    expect(seen.visibleWhileHung).toBeUndefined()
    expect(seen.meanwhile).toMatchObject({ code: 'FS-TIMEOUT-001', context: { outcome: 'none' } })
    expect(seen.uncached).toBe('1.0.0')
    expect(seen.names).toEqual(['1.0.0', '1.0.1'])
    expect(seen.later).toEqual({ ok: true })
    // The save whose outcome was unknown did happen in the end.
    expect(seen.snapshot).toEqual({ p: ['1.0.0', '1.0.1', '1.0.2'], q: ['1.0.0'] })
    expect(seen.again).toMatchObject({ name: 'VersionConflictError', code: 'OPT-VER-001' })
    expect(seen.read).toBe('1.0.2')
    expect(seen.closed).toEqual({ ok: true })

    const storage = await openStore(storageDir)
    expect(await storage.indexSnapshot()).toEqual(seen.snapshot)
    expect((await storage.verify()).findings).toEqual([])
    expect(await leftovers(storageDir)).toEqual([])
  })

  it.for(['native', 'portable'] as const)(
    'does not keep close from answering, and the next open finishes what hung: %s disk',
    async (disk, test) => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, faults: set, kill, input }) => {
          const storage = await open({
            ...input,
            ioTimeoutMs: 1500,
            lockTimeoutMs: 200,
            checkpointIdleMs: 60_000,
          })
          await storage.saveVersion(version('p', '1.0.0'))
          set('fdatasync hang')
          const hung = await outcome(storage.saveVersion(version('p', '1.0.1')))
          const closed = await outcome(storage.close())
          return kill({ hung, closed }) as {
            hung: { code?: string }
            closed: { ok: boolean; code?: string }
          }
        },
        { preload: preload(test), input: { disk } },
      )
      expect(seen.hung.code).toBe('FS-TIMEOUT-001')
      expect(seen.closed).toMatchObject({ ok: false, code: 'FS-TIMEOUT-001' })

      const storage = await openStore(storageDir)
      expect(await storage.getVersion('p', '1.0.0')).toBeDefined()
      const names = await storage.listVersionNames('p')
      expect(['1.0.0', '1.0.0 1.0.1']).toContain(names.join(' '))
      await storage.saveVersion(sampleVersion('p', '2.0.0'))
      expect(await storage.getLatestVersionName('p')).toBe('2.0.0')
    },
  )
})

describe('a flush that fails', () => {
  it('once: the save goes to a new segment and is there after reopening', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open()
        await storage.saveVersion(version('p', '1.0.0'))
        set('fdatasync EIO 0 1')
        const saved = await outcome(storage.saveVersion(version('p', '1.0.1')))
        const next = await outcome(storage.saveVersion(version('p', '1.0.2')))
        return {
          saved,
          next,
          names: await storage.listVersionNames('p'),
          closed: await outcome(storage.close()),
        }
      },
      { preload: preload(test) },
    )
    const storage = await openStore(storageDir)
    expect(seen).toEqual({
      saved: { ok: true },
      next: { ok: true },
      names: ['1.0.0', '1.0.1', '1.0.2'],
      closed: { ok: true },
    })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    expect((await storage.verify()).findings).toEqual([])
  })

  for (const error of ['EIO', 'ENOSPC']) {
    it(`forever with ${error}: the store turns read-only, reads go on, and reopening recovers`, async (test) => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, faults: set, input }) => {
          const storage = await open({ cacheSize: 1 })
          await storage.saveVersion(version('p', '1.0.0'))
          await storage.saveVersion(version('q', '1.0.0'))
          set(`fdatasync ${input}`)
          const refused = await outcome(storage.saveVersion(version('p', '1.0.1')))
          const visible = await storage.getVersion('p', '1.0.1')
          const next = await outcome(storage.saveVersion(version('p', '1.0.2')))
          const removed = await outcome(storage.deleteVersion('p', '1.0.0'))
          const stats = await storage.getStorageStats()
          set('')
          const healed = await outcome(storage.saveVersion(version('p', '1.0.3')))
          const read = await storage.getVersion('p', '1.0.0')
          const names = await storage.listVersionNames('p')
          const closed = await outcome(storage.close())
          const again = await open()
          const kept = await again.indexSnapshot()
          const saved = await outcome(again.saveVersion(version('p', '3.0.0')))
          await again.close()
          return {
            refused,
            visible: visible?.version,
            next,
            removed,
            state: stats.durability_state,
            healed,
            read: read?.version,
            names,
            closed,
            kept,
            saved,
          }
        },
        { preload: preload(test), input: error },
      )
      const code = error === 'EIO' ? 'FS-ATOMIC-001' : 'FS-IO-001'
      expect(seen.refused).toMatchObject({ code, context: { stage: 'fdatasync', error } })
      expect(seen.visible).toBeUndefined()
      expect(seen.next.code).toBe('FS-READONLY-001')
      expect(seen.removed.code).toBe('FS-READONLY-001')
      expect(seen.state).toBe('read-only')
      expect(seen.healed.code).toBe('FS-READONLY-001')
      expect(seen.read).toBe('1.0.0')
      expect(seen.names).toEqual(['1.0.0'])
      expect(seen.closed).toEqual({ ok: true })
      // What was rejected is there whole or not at all; what was acknowledged is there.
      expect(['1.0.0', '1.0.0 1.0.1']).toContain(seen.kept['p']?.join(' '))
      expect(seen.kept['q']).toEqual(['1.0.0'])
      expect(seen.saved).toEqual({ ok: true })

      const storage = await openStore(storageDir)
      expect((await storage.verify()).findings).toEqual([])
      expect(await storage.getLatestVersionName('p')).toBe('3.0.0')
    })
  }

  it('under many saves: each is acknowledged and kept, or refused with a code', async (test) => {
    const storageDir = await tempDirectory()
    const acknowledged = await inChild(
      storageDir,
      async ({ open, version, outcome, faults: set }) => {
        const storage = await open({
          segmentBytes: 65536,
          journalBytes: 131072,
          checkpointIdleMs: 20,
        })
        const kept: string[] = []
        const codes = new Set<string | undefined>()
        for (let round = 0; round < 40; round++) {
          if (round % 8 === 3) set(`fdatasync EIO ${round % 3} 1`)
          const saves = Array.from({ length: 8 }, async (_, at) => {
            const id = `p${round}-${at}`
            const { ok, code } = await outcome(storage.saveVersion(version(id, '1.0.0')))
            if (ok) kept.push(id)
            else codes.add(code)
          })
          await Promise.all(saves)
        }
        return { kept: kept.sort(), codes: [...codes], closed: await outcome(storage.close()) }
      },
      { preload: preload(test) },
    )
    const storage = await openStore(storageDir)
    const ids = await storage.listPromptIds()
    expect(acknowledged.kept.filter((id) => !ids.includes(id))).toEqual([])
    expect(acknowledged.kept.length).toBeGreaterThan(280)
    expect(acknowledged.codes.filter((code) => !code?.startsWith('FS-'))).toEqual([])
    expect((await storage.verify()).findings).toEqual([])
  })
})

describe('a journal that cannot be written', () => {
  for (const [error, code] of [
    ['EROFS', 'FS-PERM-001'],
    ['EIO', 'FS-IO-001'],
    ['ENOSPC', 'FS-IO-001'],
  ] as const) {
    it(`(${error}) refuses saves and deletes with ${code} and lets reads go on`, async (test) => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, faults: set, input }) => {
          const storage = await open({ cacheSize: 1, checkpointIdleMs: 60_000 })
          await storage.saveVersion(version('p', '1.0.0'))
          await storage.saveVersion(version('p', '1.0.1'))
          set(`pwrite ${input} 0 -1 .journal`)
          const saved = await outcome(storage.saveVersion(version('p', '1.0.2')))
          const removed = await outcome(storage.deleteVersion('p', '1.0.0'))
          const read = await storage.getVersion('p', '1.0.0')
          const names = await storage.listVersionNames('p')
          set('')
          await outcome(storage.close())
          const again = await open()
          const kept = await again.listVersionNames('p')
          const savedAgain = await outcome(again.saveVersion(version('p', '2.0.0')))
          await again.close()
          return { saved, removed, read: read?.version, names, kept, savedAgain }
        },
        { preload: preload(test), input: error },
      )
      expect(seen.saved.code).toBe(code)
      expect(['FS-READONLY-001', code]).toContain(seen.removed.code)
      expect(seen.read).toBe('1.0.0')
      expect(seen.names).toEqual(['1.0.0', '1.0.1'])
      expect(seen.kept).toEqual(['1.0.0', '1.0.1'])
      expect(seen.savedAgain).toEqual({ ok: true })
    })
  }
})

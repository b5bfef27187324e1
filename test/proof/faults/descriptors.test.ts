import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { leftovers, openStore } from './support.js'

/** Node needs many of them while it loads its modules; the tests use up what is left. */
const DESCRIPTORS = 400

for (const disk of ['native', 'portable'] as const) {
  describe(`a process out of file descriptors (${disk})`, () => {
    it('gets FS-IO-001 for saves and reads, and works again once some are free', async () => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, version, outcome, fs, input }) => {
          const storage = await open({ disk: input, cacheSize: 1, checkpointIdleMs: 60_000 })
          await storage.saveVersion(version('p', '1.0.0'))
          await storage.saveVersion(version('p', '1.0.1'))
          const held: number[] = []
          try {
            for (;;) held.push(fs.openSync('/dev/null', 'r'))
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
          }
          const saved = await outcome(storage.saveVersion(version('p', '1.0.2')))
          const fresh = await outcome(storage.saveVersion(version('fresh', '1.0.0')))
          const read = await outcome(storage.getVersion('p', '1.0.0'))
          const rebuilt = await outcome(storage.rebuildIndex())
          const names = await storage.listVersionNames('p')
          const removed = await outcome(storage.deleteVersion('p', '1.0.1'))
          for (const descriptor of held) fs.closeSync(descriptor)
          const savedAgain = await outcome(storage.saveVersion(version('p', '1.0.2')))
          const readAgain = await outcome(storage.getVersion('p', '1.0.0'))
          const snapshot = await storage.indexSnapshot()
          const closed = await outcome(storage.close())
          return {
            saved,
            fresh,
            read,
            rebuilt,
            names,
            removed,
            savedAgain,
            readAgain,
            snapshot,
            closed,
          }
        },
        { descriptors: DESCRIPTORS, input: disk },
      )
      expect(seen.saved).toMatchObject({ code: 'FS-IO-001', context: { error: 'EMFILE' } })
      expect(seen.fresh).toMatchObject({ code: 'FS-IO-001', context: { error: 'EMFILE' } })
      expect(seen.read).toMatchObject({ code: 'FS-IO-001', context: { error: 'EMFILE' } })
      expect(seen.rebuilt).toMatchObject({ code: 'FS-IO-001' })
      expect(seen.names).toEqual(['1.0.0', '1.0.1'])
      // The portable disk needs no descriptor for it.
      if (!seen.removed.ok) expect(seen.removed.code).toBe('FS-IO-001')
      expect(seen.savedAgain).toEqual({ ok: true })
      expect(seen.readAgain).toEqual({ ok: true })
      expect(seen.snapshot).toEqual({
        p: seen.removed.ok ? ['1.0.0', '1.0.2'] : ['1.0.0', '1.0.1', '1.0.2'],
      })
      expect(seen.closed).toEqual({ ok: true })
      const storage = await openStore(storageDir)
      expect(await storage.indexSnapshot()).toEqual(seen.snapshot)
      expect((await storage.verify()).findings).toEqual([])
      expect(await leftovers(storageDir)).toEqual([])
    })

    it('with few of them saves a thousand versions at once all the same', async () => {
      const storageDir = await tempDirectory()
      const codes = await inChild(
        storageDir,
        async ({ open, version, outcome, fs, input }) => {
          const storage = await open({ disk: input })
          const held: number[] = []
          try {
            for (;;) held.push(fs.openSync('/dev/null', 'r'))
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
          }
          for (const descriptor of held.splice(0, 24)) fs.closeSync(descriptor)
          const outcomes = await Promise.all(
            Array.from(
              { length: 1000 },
              async (_, at) => await outcome(storage.saveVersion(version(`p${at}`, '1.0.0'))),
            ),
          )
          const total = (await storage.listPromptIds()).length
          await storage.close()
          return {
            failed: outcomes
              .filter(({ ok }) => !ok)
              .map(({ code, message }) => `${code} ${message}`),
            total,
          }
        },
        { descriptors: DESCRIPTORS, input: disk },
      )
      expect(codes).toEqual({ failed: [], total: 1000 })
    })

    it('that cannot open a store says so with FS-IO-001 and leaves no half of one', async () => {
      const storageDir = await tempDirectory()
      const seen = await inChild(
        storageDir,
        async ({ open, outcome, version, fs, input }) => {
          const first = await open({ disk: input })
          await first.saveVersion(version('p', '1.0.0'))
          await first.close()
          const outcomes: (string | undefined)[] = []
          // From no free descriptor to enough of them, so that each opening fails at another place.
          for (let free = 0; free < 16; free++) {
            const held: number[] = []
            try {
              for (;;) held.push(fs.openSync('/dev/null', 'r'))
            } catch (error) {
              if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
            }
            for (const descriptor of held.splice(0, free)) fs.closeSync(descriptor)
            const opening = open({ disk: input })
            const result = await outcome(opening)
            for (const descriptor of held) fs.closeSync(descriptor)
            outcomes.push(result.ok ? 'open' : result.code)
            if (result.ok) await (await opening).close()
          }
          const last = await open({ disk: input })
          const names = await last.listVersionNames('p')
          await last.close()
          return { outcomes, names }
        },
        { descriptors: DESCRIPTORS, input: disk },
      )
      expect(seen.outcomes[0]).toBe('FS-IO-001')
      expect(seen.outcomes.filter((code) => code !== 'FS-IO-001' && code !== 'open')).toEqual([])
      expect(seen.names).toEqual(['1.0.0'])
    })
  })
}

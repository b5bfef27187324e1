import { cp } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { openStore } from '../../../proof/faults/support.js'
import { gate, interceptedDisk } from '../../../support/intercepted-disk.js'
import { seeded } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'

const message = (text: string): { metadata: { message: string } } => ({
  metadata: { message: text },
})

describe('summaries of a store', () => {
  it('are read from the documents once, and do not fill the cache', async () => {
    const storageDir = await tempDirectory()
    const writer = await openStore(storageDir)
    for (const version of ['1.0.0', '1.0.1'])
      await writer.saveVersion(sampleVersion('p', version, message(version)))
    await writer.close()
    const reads: string[] = []
    const disk = interceptedDisk((real) => ({
      readMany: async (paths, maxBytes) => {
        for (const path of paths) reads.push(path)
        return await real.readMany(paths, maxBytes)
      },
    }))
    const storage = await openStore(storageDir, { disk })
    const first = await storage.listVersionSummaries('p')
    expect(first.map((one) => one.message)).toEqual(['1.0.0', '1.0.1'])
    const { size } = await storage.readRaw('p', '1.0.0').then((bytes) => ({ size: bytes?.length }))
    expect(first[0]?.size).toBe(size)
    expect(reads).toEqual(['p/1.0.0.json', 'p/1.0.1.json'])
    expect(await storage.listVersionSummaries('p')).toEqual(first)
    expect(await storage.listVersionSummaries('p', { limit: 1 })).toEqual(first.slice(0, 1))
    expect(reads).toHaveLength(2)
    expect(storage.cacheStats()).toMatchObject({ size: 0, hits: 0, misses: 0 })
  })

  it('know when each version was committed', async () => {
    const storage = await openStore(await tempDirectory())
    const before = new Date().toISOString()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const savedAt = (await storage.listVersionSummaries('p'))[0]?.saved_at ?? ''
    expect([before, savedAt, new Date().toISOString()].toSorted()[1]).toBe(savedAt)
  })

  it.each([{ useIndex: true }, { useIndex: false }])(
    'follow what another handle saves and deletes ($useIndex)',
    async (options) => {
      const storageDir = await tempDirectory()
      const storage = await openStore(storageDir, options)
      const other = await openStore(storageDir, options)
      await storage.saveVersion(sampleVersion('p', '1.0.0', message('old')))
      await storage.listVersionSummaries('p')
      await other.deleteVersion('p', '1.0.0')
      await other.saveVersion(sampleVersion('p', '1.0.0', message('new')))
      await other.saveVersion(sampleVersion('p', '1.0.1', message('next')))
      const messages = (await storage.listVersionSummaries('p')).map((one) => one.message)
      expect(messages).toEqual(['new', 'next'])
    },
  )

  it('keep nothing of a version that was replaced while it was read', async () => {
    const storageDir = await tempDirectory()
    const slow = gate()
    const hasRead = gate()
    const disk = interceptedDisk((real) => ({
      // The first read has its bytes early and hands them out late.
      readMany: async (paths, maxBytes) => {
        const contents = await real.readMany(paths, maxBytes)
        hasRead.open()
        await slow.opened
        return contents
      },
    }))
    const other = await openStore(storageDir)
    await other.saveVersion(sampleVersion('p', '1.0.0', message('old')))
    const storage = await openStore(storageDir, { disk })
    const early = storage.listVersionSummaries('p')
    await hasRead.opened
    await other.deleteVersion('p', '1.0.0')
    await other.saveVersion(sampleVersion('p', '1.0.0', message('new')))
    slow.open()
    expect((await early).map((one) => one.message)).toEqual(['new'])
    expect((await storage.listVersionSummaries('p')).map((one) => one.message)).toEqual(['new'])
  })

  it('are read again after the index was rebuilt, since files may have been changed by hand', async () => {
    const storage = await openStore(await tempDirectory())
    const other = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0', message('old')))
    await other.saveVersion(sampleVersion('p', '1.0.0', message('new')))
    await storage.listVersionSummaries('p')
    await cp(other.pathOf('p', '1.0.0'), storage.pathOf('p', '1.0.0'))
    await storage.rebuildIndex()
    expect((await storage.listVersionSummaries('p'))[0]?.message).toBe('new')
  })
})

describe.each([{ useIndex: true }, { useIndex: false }])(
  'two handles that save, delete, clear, reopen and summarise in any order ($useIndex)',
  (options) => {
    const step = fc.record({
      at: fc.nat(1),
      id: fc.constantFrom('a', 'b'),
      version: fc.constantFrom('1.0.0', '1.0.1', '1.1.0'),
      kind: fc.constantFrom(
        'save',
        'save',
        'save',
        'delete',
        'delete',
        'clear',
        'reopen',
        'rebuild',
      ),
    })

    it('always see what the documents say', async () => {
      const steps = fc.array(step, { minLength: 30, maxLength: 60 })
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const storageDir = await tempDirectory()
          const open = async (): Promise<FileSystemStorage> => await openStore(storageDir, options)
          const handles: [FileSystemStorage, FileSystemStorage] = [await open(), await open()]
          for (const [number, { at, id, version, kind }] of all.entries()) {
            const storage = handles[at === 0 ? 0 : 1]
            if (kind === 'save') {
              const document = sampleVersion(id, version, message(`step ${number}`))
              const exists = (await storage.getVersion(id, version)) !== undefined
              if (!exists) await storage.saveVersion(document)
            } else if (kind === 'delete') await storage.deleteVersion(id, version)
            else if (kind === 'clear') await storage.clearAll()
            else if (kind === 'rebuild') await storage.rebuildIndex()
            else {
              await storage.close()
              handles[at === 0 ? 0 : 1] = await open()
            }
            for (const handle of handles) {
              const summaries = await handle.listVersionSummaries(id)
              const documents = await handle.listVersions(id)
              expect(summaries.map((one) => [one.version, one.message])).toEqual(
                documents.map((one) => [one.version, one.metadata['message']]),
              )
            }
          }
          for (const handle of handles) await handle.close()
        }),
        seeded(4),
      )
    }, 120_000)
  },
)

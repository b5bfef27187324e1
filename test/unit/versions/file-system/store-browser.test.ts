import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { gate, interceptedDisk } from '../../../support/intercepted-disk.js'

const author = (name: string): { metadata: { author: string } } => ({ metadata: { author: name } })

describe.each([
  { name: 'with an index', useIndex: true },
  { name: 'without an index', useIndex: false },
])('reads that overlap with changes, $name', ({ useIndex }) => {
  it('do not share what an older read, still under way, has found', async () => {
    const storageDir = await tempDirectory()
    const slow = gate()
    const hasRead = gate()
    let reads = 0
    const disk = interceptedDisk((real) => ({
      readHot: () => undefined,
      // The first read has its bytes early and hands them out late.
      read: async (path) => {
        const bytes = await real.read(path)
        if (path !== 'p/1.0.0.json' || reads++ > 0) return bytes
        hasRead.open()
        await slow.opened
        return bytes
      },
    }))
    const other = await openStore(storageDir, { useIndex })
    await other.saveVersion(sampleVersion('p', '1.0.0', author('old')))
    const storage = await openStore(storageDir, { useIndex, disk })
    const early = storage.getVersion('p', '1.0.0')
    await hasRead.opened
    await other.deleteVersion('p', '1.0.0')
    await other.saveVersion(sampleVersion('p', '1.0.0', author('new')))
    const late = await storage.getVersion('p', '1.0.0')
    expect(late?.metadata).toEqual({ author: 'new' })
    slow.open()
    expect((await early)?.metadata).toEqual({ author: 'old' })
    // Nor does what came late and old stay behind.
    expect((await storage.getVersion('p', '1.0.0'))?.metadata).toEqual({ author: 'new' })
  })

  it('list what was there at one moment, though versions go while they are read', async () => {
    const storageDir = await tempDirectory()
    const other = await openStore(storageDir, { useIndex })
    for (const version of ['1.0.0', '1.1.0']) await other.saveVersion(sampleVersion('p', version))
    let changed = false
    const disk = interceptedDisk((real) => ({
      readMany: async (paths) => {
        if (!changed) {
          changed = true
          // From here on there is no moment with 1.1.0 alone.
          await other.saveVersion(sampleVersion('p', '1.2.0'))
          await other.deleteVersion('p', '1.0.0')
        }
        return await real.readMany(paths)
      },
    }))
    const storage = await openStore(storageDir, { useIndex, disk })
    const listed = await storage.listVersions('p')
    expect(listed.map(({ version }) => version)).toEqual(['1.1.0', '1.2.0'])
  })

  it('never take a version saved again for the latest of the time before', async () => {
    const storageDir = await tempDirectory()
    const other = await openStore(storageDir, { useIndex })
    await other.saveVersion(sampleVersion('p', '1.0.0', author('old')))
    let changed = false
    const disk = interceptedDisk((real) => ({
      readHot: () => undefined,
      read: async (path) => {
        if (!changed && path === 'p/1.0.0.json') {
          changed = true
          await other.saveVersion(sampleVersion('p', '2.0.0'))
          await other.deleteVersion('p', '1.0.0')
          await other.saveVersion(sampleVersion('p', '1.0.0', author('new')))
        }
        return await real.read(path)
      },
    }))
    const storage = await openStore(storageDir, { useIndex, disk })
    expect((await storage.getLatestVersion('p'))?.version).toBe('2.0.0')
  })
})

it('names without an index are those of one moment, though a batch is published while they are read', async () => {
  const storageDir = await tempDirectory()
  const other = await openStore(storageDir, { useIndex: false })
  await other.saveVersion(sampleVersion('p', '1.0.0'))
  let changed = false
  const disk = interceptedDisk((real) => ({
    // As a directory shows it that is read while a commit puts its files in place: the first is there already.
    list: async (path) => {
      const entries = await real.list(path)
      if (changed || path !== 'p') return entries
      changed = true
      await other.saveVersions(['1.1.0', '1.2.0'].map((version) => sampleVersion('p', version)))
      const later = (await real.list(path)) ?? []
      return later.filter(({ name }) => name !== '1.2.0.json')
    },
  }))
  const storage = await openStore(storageDir, { useIndex: false, disk })
  expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.1.0', '1.2.0'])
})

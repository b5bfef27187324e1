import { cp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { flipByte, framesIn, newestSegment } from '../../support/journal.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { failure, openStore } from './support.js'

/** A store whose process was killed after `count` acknowledged saves, nothing checkpointed. */
async function killedStore(
  count: number,
  options: { readonly segmentBytes?: number } = {},
): Promise<string> {
  const storageDir = await tempDirectory()
  await inChild(
    storageDir,
    async ({ open: openChild, version, input, kill }) => {
      const storage = await openChild({ checkpointIdleMs: 3_600_000, ...input.options })
      for (let patch = 0; patch < input.count; patch++) {
        await storage.saveVersion(version('p', `1.0.${patch}`))
      }
      return kill(true)
    },
    { input: { count, options } },
  )
  return storageDir
}

describe('a journal damaged in the middle', () => {
  for (const [what, inside] of [
    ['header', 20],
    ['payload', 200],
  ] as const) {
    it(`(a bit of a frame's ${what}) is reported at open with file and offset, and never skipped`, async () => {
      const storageDir = await killedStore(10)
      const path = await newestSegment(storageDir)
      const offset = (await framesIn(path)).at(-5) ?? 0
      await flipByte(path, offset + inside)
      const before = await readFile(path)

      const error = await failure(openStore(storageDir))
      expect(error.code).toBe('FS-JOURNAL-001')
      expect(error.context).toMatchObject({ path: path.slice(storageDir.length + 1), offset })
      expect(error.message).toContain(String(offset))
      // A second try says the same: nothing was repaired silently.
      expect((await failure(openStore(storageDir))).code).toBe('FS-JOURNAL-001')
      expect((await readFile(path)).equals(before)).toBe(true)
    })
  }

  it('opens with repairJournal, keeps the plain files, and puts the segment into quarantine whole', async () => {
    const storageDir = await killedStore(10)
    const path = await newestSegment(storageDir)
    await flipByte(path, ((await framesIn(path)).at(-5) ?? 0) + 100)
    const damaged = await readFile(path)

    const storage = await openStore(storageDir, { repairJournal: true })
    expect(await storage.listVersionNames('p')).toHaveLength(10)
    expect(await storage.listVersions('p')).toHaveLength(10)
    await storage.saveVersion(sampleVersion('p', '2.0.0'))
    const kept = await readFile(join(storageDir, '.quarantine', path.slice(storageDir.length + 1)))
    expect(kept.equals(damaged)).toBe(true)
    await storage.close()

    const again = await openStore(storageDir)
    expect(await again.getLatestVersionName('p')).toBe('2.0.0')
    expect((await again.doctor()).quarantined_files).toBe(1)
    expect((await again.verify()).findings).toEqual([])
  })

  it('reports a segment whose header cannot be read', async () => {
    const storageDir = await killedStore(3)
    const path = await newestSegment(storageDir)
    await flipByte(path, 24)
    const error = await failure(openStore(storageDir))
    expect(error).toMatchObject({ code: 'FS-JOURNAL-001', context: { offset: 0 } })
    const storage = await openStore(storageDir, { repairJournal: true })
    expect(await storage.listVersionNames('p')).toHaveLength(3)
    await storage.saveVersion(sampleVersion('p', '2.0.0'))
    await storage.close()
    expect(await (await openStore(storageDir)).getLatestVersionName('p')).toBe('2.0.0')
  })
})

describe('a segment that cannot be read', () => {
  it('is not damage when a checkpoint covers it: a power cut has undone its removal', async () => {
    const storageDir = await killedStore(3)
    await (await openStore(storageDir)).close()
    const removed = join(storageDir, '.journal/000000000001.log')
    // The newest has to be another one, or this would be damage indeed.
    expect(await newestSegment(storageDir)).not.toBe(removed)
    await writeFile(removed, 'the bytes of another file '.repeat(4000))
    const storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toHaveLength(3)
    await expect(readFile(removed)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is damage when the journal does not begin without it', async () => {
    const storageDir = await killedStore(40, { segmentBytes: 64 * 1024 })
    const journal = join(storageDir, '.journal')
    const segments = (await readdir(journal)).filter((name) => /^\d+\.log$/.test(name)).sort()
    expect(segments.length).toBeGreaterThan(2)
    const path = `.journal/${segments[1]}`
    await flipByte(join(storageDir, path), 24)
    const error = await failure(openStore(storageDir))
    expect(error).toMatchObject({ code: 'FS-JOURNAL-001', context: { path, offset: 0 } })
    expect(error.message).toContain('no readable header')
  })
})

describe('the tail of a journal', () => {
  for (const [what, damage] of Object.entries({
    garbled: async (path: string, offset: number) => await flipByte(path, offset + 300),
    'without a readable header': async (path: string, offset: number) =>
      await flipByte(path, offset + 1),
    'cut off by zeros': async (path: string, offset: number) => {
      const handle = await open(path, 'r+')
      await handle.write(Buffer.alloc(3000), 0, 3000, offset + 100)
      await handle.close()
    },
  })) {
    it(`${what}, where nothing says that it was flushed, is cut silently`, async () => {
      const storageDir = await killedStore(6)
      const path = await newestSegment(storageDir)
      const last = (await framesIn(path)).at(-1) ?? 0
      await damage(path, last)
      const storage = await openStore(storageDir)
      // The last file had been published before, and a plain file is never taken away.
      expect((await storage.listVersionNames('p')).slice(0, 5)).toHaveLength(5)
      expect((await storage.verify()).findings).toEqual([])
      await storage.saveVersion(sampleVersion('p', '2.0.0'))
      await storage.close()
      expect(await (await openStore(storageDir)).getLatestVersionName('p')).toBe('2.0.0')
    })
  }

  it('lost together with the files that it stood for is rebuilt up to the damage', async () => {
    const storageDir = await killedStore(6)
    const path = await newestSegment(storageDir)
    await flipByte(path, ((await framesIn(path)).at(-1) ?? 0) + 300)
    await rm(join(storageDir, 'p'), { recursive: true })
    const storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toEqual([
      '1.0.0',
      '1.0.1',
      '1.0.2',
      '1.0.3',
      '1.0.4',
    ])
    expect(await storage.listVersions('p')).toHaveLength(5)
  })
})

describe('a segment of the past under the name of the next', () => {
  // A power cut while a segment is put into service can leave the file under two names.
  it('gives way to the next segment, and nothing is lost', async () => {
    const storageDir = await killedStore(3)
    const path = await newestSegment(storageDir)
    await cp(path, join(storageDir, '.journal', '000000000002.log'))
    const storage = await openStore(storageDir)
    await storage.saveVersion(sampleVersion('p', '2.0.0'))
    await storage.close()
    const again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1', '1.0.2', '2.0.0'])
    expect((await again.verify()).findings).toEqual([])
  })
})

describe('plain files that a power cut has taken', () => {
  it('are rewritten from the journal, byte for byte', async () => {
    const storageDir = await killedStore(8)
    const copy = await tempDirectory()
    await cp(join(storageDir, 'p'), copy, { recursive: true })
    await writeFile(join(storageDir, 'p', '1.0.0.json'), '')
    await writeFile(join(storageDir, 'p', '1.0.1.json'), Buffer.alloc(500))
    await rm(join(storageDir, 'p', '1.0.2.json'))
    const storage = await openStore(storageDir)
    for (const name of await readdir(copy)) {
      const [expected, found] = [join(copy, name), join(storageDir, 'p', name)]
      expect((await readFile(found)).equals(await readFile(expected))).toBe(true)
    }
    expect(await storage.listVersionNames('p')).toHaveLength(8)
  })
})

import { open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'
import { failure, leftovers, openStore, saveUntilRefused, sized } from './support.js'

const KIB = 1024

/** A small disk of this test's own. */
async function smallDisk({ skip }: TestContext, options = 'size=24m'): Promise<string> {
  skip(!isRoot, NEEDS_ROOT)
  return await mountTmpfs(await tempDirectory(), options)
}

/** Writes until nothing more fits; returns the file to remove. */
async function fill(directory: string): Promise<string> {
  const path = join(directory, 'filler')
  const handle = await open(path, 'w')
  try {
    for (const bytes of [1024 * KIB, 4 * KIB]) {
      const piece = Buffer.alloc(bytes, 1)
      while (await handle.write(piece).then(({ bytesWritten }) => bytesWritten > 0, isFull));
    }
  } finally {
    await handle.close()
  }
  return path
}

const yes = (): true => true

function isFull(error: unknown): false {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  return false
}

for (const disk of ['native', 'portable'] as const) {
  describe(`a full disk (${disk})`, () => {
    it('refuses saves with everything old intact, and takes them again when there is space', async (test) => {
      const storageDir = await smallDisk(test)
      const storage = await openStore(storageDir, { disk })
      const { saved, refusal } = await saveUntilRefused(storage, 'p', 200 * KIB)
      expect(saved.length).toBeGreaterThan(20)
      expect(refusal).toMatchObject({ code: 'FS-IO-001', context: { error: 'ENOSPC' } })
      expect(await leftovers(storageDir)).toEqual([])
      for (const version of saved) {
        expect(await storage.getVersion('p', version.version)).toEqual(version)
        JSON.parse(await readFile(storage.pathOf('p', version.version), 'utf8'))
      }
      expect(await storage.listVersionNames('p')).toEqual(saved.map(({ version }) => version))
      // A prompt without any version leaves no directory behind.
      expect((await failure(storage.saveVersion(sized('other', '1.0.0', 400 * KIB)))).code).toBe(
        'FS-IO-001',
      )
      expect(await storage.listPromptIds()).toEqual(['p'])

      for (const { version } of saved.slice(0, 5)) {
        expect(await storage.deleteVersion('p', version)).toBe(true)
      }
      await storage.saveVersion(sized('p', '2.0.0', 200 * KIB))
      expect(await storage.getLatestVersionName('p')).toBe('2.0.0')
      expect((await storage.verify()).findings).toEqual([])
    })

    it('does not prevent deleting one by one, however small the journal', async (test) => {
      const storageDir = await smallDisk(test, 'size=8m')
      const storage = await openStore(storageDir, {
        disk,
        segmentBytes: 64 * KIB,
        journalBytes: 128 * KIB,
      })
      const { saved } = await saveUntilRefused(storage, 'p', 8 * KIB)
      await fill(storageDir)
      for (const { version } of saved) expect(await storage.deleteVersion('p', version)).toBe(true)
      expect(await storage.listPromptIds()).toEqual([])
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
    })

    it('closes and opens with all that was acknowledged', async (test) => {
      const storageDir = await smallDisk(test)
      // The first checkpoint sets the reserve aside, which the portable disk needs to start a new segment.
      const before = await openStore(storageDir, { disk })
      await before.saveVersion(sized('p', '0.1.0', KIB))
      await before.close()
      const first = await openStore(storageDir, { disk })
      for (let patch = 0; patch < 19; patch++)
        await first.saveVersion(sized('p', `1.0.${patch}`, 10 * KIB))
      const filler = await fill(storageDir)
      await first.close()

      const again = await openStore(storageDir, { disk })
      expect(await again.listVersionNames('p')).toHaveLength(20)
      expect(await again.listVersions('p')).toHaveLength(20)
      // Opening may have released the reserve, or an old segment.
      await fill(storageDir)
      expect((await failure(again.saveVersion(sized('p', '2.0.0', 200 * KIB)))).code).toBe(
        'FS-IO-001',
      )
      await rm(filler)
      await again.saveVersion(sized('p', '2.0.0', 200 * KIB))
      await again.close()
      const last = await openStore(storageDir, { disk })
      expect(await last.listVersionNames('p')).toHaveLength(21)
      expect((await last.verify()).findings).toEqual([])
    })

    it('that has no inodes left refuses with ENOSPC and works on', async (test) => {
      const storageDir = await smallDisk(test, 'size=64m,nr_inodes=60')
      const storage = await openStore(storageDir, { disk })
      const { saved, refusal } = await saveUntilRefused(storage, 'p', 1)
      expect(refusal).toMatchObject({ code: 'FS-IO-001', context: { error: 'ENOSPC' } })
      expect((await failure(storage.saveVersion(sampleVersion('q', '1.0.0')))).code).toBe(
        'FS-IO-001',
      )
      for (const version of saved)
        expect(await storage.getVersion('p', version.version)).toEqual(version)
      // Two files record them.
      for (const { version } of saved.slice(0, 8)) await storage.deleteVersion('p', version)
      await storage.saveVersion(sampleVersion('q', '1.0.0'))
      expect((await storage.checkDiskSpace()).free_inodes).toBeGreaterThanOrEqual(0)
      await storage.close()
      // The portable disk needs one inode for the file that says who owns the store.
      if (disk === 'portable') await rm(join(storageDir, 'q'), { recursive: true })
      const again = await openStore(storageDir, { disk })
      expect(await again.listVersionNames('p')).toHaveLength(saved.length - 8)
    })

    it('without a single free inode opens, if only to be read', async (test) => {
      const storageDir = await smallDisk(test, 'size=64m,nr_inodes=60')
      const first = await openStore(storageDir, { disk })
      await first.saveVersion(sampleVersion('p', '1.0.0'))
      await first.close()
      for (let files = 0; await writeFile(join(storageDir, `f${files}`), '').then(yes, isFull);)
        files++
      const opened = openStore(storageDir, { disk })
      expect(await (await opened).listVersionNames('p')).toEqual(['1.0.0'])
      // The portable disk cannot put down the file that says who owns the store.
      const state = disk === 'native' ? 'ok' : 'read-only'
      expect((await (await opened).getStorageStats()).durability_state).toBe(state)
      for (const file of ['f0', 'f1', 'f2', 'f3']) await rm(join(storageDir, file))
      const again = await openStore(storageDir, { disk })
      expect(await again.listVersionNames('p')).toEqual(['1.0.0'])
    })
  })
}

describe('the guard of free space', () => {
  it('refuses a save before the disk is full, saying so', async (test) => {
    const storageDir = await smallDisk(test)
    const storage = await openStore(storageDir, { minFreeMb: 100 })
    const refusal = await failure(storage.saveVersion(sampleVersion('p', '1.0.0')))
    expect(refusal).toMatchObject({
      code: 'FS-IO-001',
      context: { reason: 'disk_space', min_free_mb: 100 },
    })
    expect(refusal.context['free_mb']).toBeLessThan(24)
    expect(await storage.listPromptIds()).toEqual([])
    expect(await storage.checkDiskSpace()).toMatchObject({ ok: false, required_mb: 100 })
    expect(await storage.checkDiskSpace({ requiredMb: 1 })).toMatchObject({ ok: true })
  })

  it('lets deletes through, and saves again once there is space', async (test) => {
    const storageDir = await smallDisk(test)
    const filler = join(storageDir, 'filler')
    const storage = await openStore(storageDir, { minFreeMb: 8 })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await writeFile(filler, Buffer.alloc(16 * 1024 * KIB))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const refusal = await failure(storage.saveVersion(sampleVersion('p', '1.0.1')))
    expect(refusal.context['reason']).toBe('disk_space')
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    await rm(filler)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
  })
})

describe('a store that was closed, on a disk without any space', () => {
  it('takes no writes where it is not known that its last frame was flushed', async (test) => {
    const storageDir = await smallDisk(test)
    const first = await openStore(storageDir)
    await first.saveVersion(sampleVersion('p', '1.0.0'))
    await first.close()
    // As after a restart of the machine: what the page said is gone. So is what recovery could use for space.
    const page = await readFile(join(storageDir, '.shared'))
    await writeFile(join(storageDir, '.shared'), Buffer.alloc(page.length), { flag: 'r+' })
    for (const name of await readdir(join(storageDir, '.journal')))
      if (!/^\d+\.log$/.test(name)) await rm(join(storageDir, '.journal', name))
    const filler = await fill(storageDir)
    const storage = await openStore(storageDir)
    expect((await storage.getStorageStats()).durability_state).toBe('read-only')
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    await storage.close()
    await rm(filler)
    const healed = await openStore(storageDir)
    await healed.saveVersion(sampleVersion('p', '1.0.1'))
    expect(await healed.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
  })
})

describe('a process that is killed on a full disk', () => {
  it('has lost nothing that it acknowledged: the next one recovers out of the reserve', async (test) => {
    const storageDir = await smallDisk(test)
    const acknowledged = await inChild(
      storageDir,
      async ({ open: openChild, version, sleep, outcome, fs, storageDir: directory, kill }) => {
        const storage = await openChild({ checkpointIdleMs: 30 })
        await storage.saveVersion(version('p', '1.0.0'))
        // The reserve is set aside by the first checkpoint.
        for (let tries = 0; tries < 200 && !fs.existsSync(`${directory}/.journal/reserve`); tries++)
          await sleep(20)
        await storage.close()
        const again = await openChild({ checkpointIdleMs: 60_000 })
        const kept = ['1.0.0']
        for (let patch = 1; ; patch++) {
          if (!(await outcome(again.saveVersion(version('p', `1.0.${patch}`, 100_000)))).ok) break
          kept.push(`1.0.${patch}`)
        }
        return kill({ kept, reserve: fs.existsSync(`${directory}/.journal/reserve`) }) as {
          kept: string[]
          reserve: boolean
        }
      },
    )
    expect(acknowledged.reserve).toBe(true)
    await fill(storageDir)
    const storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toEqual(acknowledged.kept)
    expect(await storage.listVersions('p')).toHaveLength(acknowledged.kept.length)
    expect(await storage.deleteVersion('p', '1.0.1').catch(({ code }) => code as string)).toSatisfy(
      (answer) => answer === true || answer === 'FS-READONLY-001',
    )
  })

  it('before it published, with no space at all: the journal is served, read-only, until there is space', async (test) => {
    const storageDir = await smallDisk(test)
    const faults = await compileFaults()
    test.skip(faults.missing, NEEDS_COMPILER)
    const seen = await inChild(
      storageDir,
      async ({ open: openChild, version, outcome, faults: set, sleep, kill }) => {
        const storage = await openChild({
          ioTimeoutMs: 1500,
          lockTimeoutMs: 200,
          checkpointIdleMs: 60_000,
        })
        await storage.saveVersion(version('p', '1.0.0', 3000))
        set('linkat hang 0 -1 1.0.1.json')
        const hung = await outcome(storage.saveVersion(version('p', '1.0.1', 3000)))
        await sleep(50)
        return kill({ hung }) as { hung: { code?: string } }
      },
      { preload: faults.path },
    )
    expect(seen.hung.code).toBe('FS-TIMEOUT-001')
    const filler = await fill(storageDir)
    const storage = await openStore(storageDir)
    const stats = await storage.getStorageStats()
    expect(stats.durability_state).toBe('read-only')
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect((await storage.getVersion('p', '1.0.1'))?.version).toBe('1.0.1')
    expect((await storage.getLatestVersion('p'))?.version).toBe('1.0.1')
    expect((await failure(storage.saveVersion(sampleVersion('p', '2.0.0')))).code).toBe(
      'FS-READONLY-001',
    )
    await storage.close()

    await rm(filler)
    const healed = await openStore(storageDir)
    expect(await healed.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    await healed.saveVersion(sampleVersion('p', '2.0.0'))
    expect((await healed.verify()).findings).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { BIN } from '../../unit/cli/holdfast.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { failure, openStore, treeOf } from './support.js'

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`)
}

/** A file system of this test's own, and where it is mounted. */
const FILE_SYSTEMS = {
  tmpfs: async ({ skip }: TestContext): Promise<string> => {
    skip(!isRoot, NEEDS_ROOT)
    return await mountTmpfs(await tempDirectory(), 'size=64m,mode=700')
  },
  ext4: async ({ skip }: TestContext): Promise<string> => {
    skip(!isRoot, NEEDS_ROOT)
    const place = await tempDirectory()
    const [image, directory] = [join(place, 'image'), join(place, 'mounted')]
    await writeFile(image, '')
    spawnSync('truncate', ['-s', '64M', image])
    const made = spawnSync('mkfs.ext4', ['-q', '-F', image], { encoding: 'utf8' })
    skip(made.error !== undefined, 'needs mkfs.ext4')
    await mkdir(directory)
    mount('-o', 'loop', image, directory)
    onTestFinished(() => void spawnSync('umount', ['--lazy', directory]))
    return directory
  },
}

/** In a process of its own: the page that it maps is let go only when the process ends. */
async function fill(storageDir: string, ending: 'closed' | 'killed'): Promise<void> {
  await inChild(
    storageDir,
    async ({ open, version, kill, input }) => {
      const storage = await open()
      await storage.saveVersion(version('p', '1.0.0'))
      await storage.saveVersion(version('p', '1.0.1'))
      if (input === 'killed') kill(null)
      await storage.close()
      return true
    },
    { input: ending },
  )
}

function makeReadOnly(top: string): void {
  mount('-o', 'remount,ro', top)
  onTestFinished(() => void spawnSync('mount', ['-o', 'remount,rw', top]))
}

async function expectRefusals(storage: FileSystemStorage): Promise<void> {
  const refused = [
    storage.saveVersion(sampleVersion('p', '2.0.0')),
    storage.saveVersions([sampleVersion('q', '1.0.0')]),
    storage.deleteVersion('p', '1.0.0'),
  ]
  for (const work of refused) {
    const { code, message } = await failure(work)
    expect(code).toBe('FS-READONLY-001')
    expect(message).toContain('mounted read-only')
  }
}

for (const disk of ['native', 'portable'] as const) {
  for (const [kind, make] of Object.entries(FILE_SYSTEMS)) {
    describe(`a read-only ${kind} (${disk} disk)`, () => {
      it('serves all reads, refuses all writes, and takes them again once it can be written', async (test) => {
        const top = await make(test)
        const storageDir = join(top, 'store')
        await mkdir(storageDir, { mode: 0o700 })
        await fill(storageDir, 'closed')
        makeReadOnly(top)
        const before = await treeOf(storageDir)
        const storage = await openStore(storageDir, { disk })
        expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
        expect(await storage.getVersion('p', '1.0.1')).toMatchObject({ version: '1.0.1' })
        expect((await storage.verify()).findings).toEqual([])
        expect((await storage.getStorageStats()).durability_state).toBe('read-only')
        await expectRefusals(storage)
        await storage.close()
        expect(await treeOf(storageDir)).toEqual(before)

        mount('-o', 'remount,rw', top)
        const again = await openStore(storageDir, { disk })
        await again.saveVersion(sampleVersion('p', '1.0.2'))
        expect(await again.listVersions('p')).toHaveLength(3)
      })

      it('serves out of its journal what a dead writer has not brought to its place', async (test) => {
        const top = await make(test)
        const storageDir = join(top, 'store')
        await mkdir(storageDir, { mode: 0o700 })
        await fill(storageDir, 'killed')
        // As after a loss of power: the name had not reached the disk, the journal had.
        const path = join(storageDir, 'p', '1.0.1.json')
        const bytes = await readFile(path)
        await rm(path)
        makeReadOnly(top)
        const storage = await openStore(storageDir, { disk })
        expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
        expect(await storage.getVersion('p', '1.0.1')).toMatchObject({ version: '1.0.1' })
        await expectRefusals(storage)
        await storage.close()

        mount('-o', 'remount,rw', top)
        const again = await openStore(storageDir, { disk })
        expect(await again.listVersions('p')).toHaveLength(2)
        expect(await readFile(path)).toEqual(bytes)
      })
    })
  }

  describe(`a read-only mount (${disk} disk)`, () => {
    it('of a backup without journal, locks and index is a store like any other', async (test) => {
      const top = await FILE_SYSTEMS.tmpfs(test)
      await fill(top, 'closed')
      for (const name of ['.journal', '.tmp', '.shared', '.lock', '.presence', '.checkpoint'])
        await rm(join(top, name), { recursive: true, force: true })
      await rm(join(top, '.index.json'), { force: true })
      makeReadOnly(top)
      const storage = await openStore(top, { disk, create: false })
      expect(await storage.listVersions('p')).toHaveLength(2)
      expect((await storage.verify()).findings).toEqual([])
    })

    it('of what is not a store is refused, with the reason', async (test) => {
      const top = await FILE_SYSTEMS.tmpfs(test)
      makeReadOnly(top)
      expect(await failure(openStore(top, { disk, create: false }))).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'no_store' },
      })
      expect(await failure(openStore(top, { disk }))).toMatchObject({
        code: 'FS-PERM-001',
        context: { error: 'EROFS' },
      })
    })

    it('of a store that is being written through another mount follows it', async (test) => {
      const top = await FILE_SYSTEMS.tmpfs(test)
      const aside = await tempDirectory()
      const writer = await openStore(top, { disk })
      await writer.saveVersion(sampleVersion('p', '1.0.0'))
      mount('--bind', top, aside)
      onTestFinished(() => void spawnSync('umount', ['--lazy', aside]))
      mount('-o', 'remount,bind,ro', aside)
      const seen = await inChild(
        aside,
        async ({ open, input }) => {
          const storage = await open({ disk: input })
          return await storage.listVersionNames('p')
        },
        { input: disk },
      )
      expect(seen).toEqual(['1.0.0'])
      const reader = await openStore(aside, { disk, readOnly: true })
      await writer.saveVersion(sampleVersion('p', '1.0.1'))
      expect(await reader.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
      await writer.close()
      expect(await (await openStore(aside, { disk })).listVersions('p')).toHaveLength(2)
    })
  })
}

describe('the command on a read-only mount', () => {
  it('lists, shows, verifies and diagnoses, and fails to save', async (test) => {
    const top = await FILE_SYSTEMS.tmpfs(test)
    await fill(top, 'closed')
    makeReadOnly(top)
    const holdfast = (...args: readonly string[]): { status: number | null; stdout: string } =>
      spawnSync(process.execPath, [BIN, ...args, '--dir', top], { encoding: 'utf8' })
    expect(holdfast('list', 'p').stdout).toContain('1.0.1')
    expect(holdfast('get', 'p', '1.0.1').stdout).toContain('1.0.1')
    expect(holdfast('verify').status).toBe(0)
    expect(holdfast('doctor').stdout).toContain('mounted read-only')
    expect(holdfast('delete', 'p', '1.0.1', '--yes').status).not.toBe(0)
  })
})

import { spawnSync } from 'node:child_process'
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { failure, openStore, treeOf } from './support.js'

for (const disk of ['native', 'portable'] as const) {
  describe(`something of others in the way (${disk})`, () => {
    it('a plain file where the directory of a prompt should be: the save fails, the file stays, others go on', async () => {
      const storageDir = await tempDirectory()
      const storage = await openStore(storageDir, { disk })
      await writeFile(join(storageDir, 'p'), 'mine')
      const error = await failure(storage.saveVersion(sampleVersion('p', '1.0.0')))
      expect(error).toMatchObject({ code: 'FS-SAVE-001', context: { error: 'ENOTDIR' } })
      expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
      expect(await storage.listVersionNames('p')).toEqual([])
      expect(await storage.deleteVersion('p', '1.0.0')).toBe(false)
      await storage.saveVersion(sampleVersion('q', '1.0.0'))
      expect(await readFile(join(storageDir, 'p'), 'utf8')).toBe('mine')
      await unlink(join(storageDir, 'p'))
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
      await storage.close()
      expect(await (await openStore(storageDir, { disk })).listPromptIds()).toEqual(['p', 'q'])
    })

    it('a directory where the file of a version should be: no version, and none can be saved there', async () => {
      const storageDir = await tempDirectory()
      const storage = await openStore(storageDir, { disk })
      await mkdir(join(storageDir, 'p', '1.0.0.json', 'inner'), { recursive: true })
      expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
      expect(await storage.deleteVersion('p', '1.0.0')).toBe(false)
      const error = await failure(storage.saveVersion(sampleVersion('p', '1.0.0')))
      expect(error.code).toBe('FS-SAVE-001')
      await storage.saveVersion(sampleVersion('p', '1.0.1'))
      await storage.rebuildIndex()
      expect(await storage.listVersionNames('p')).toEqual(['1.0.1'])
      expect(await readdir(join(storageDir, 'p', '1.0.0.json'))).toEqual(['inner'])
      expect((await storage.verify({ repair: true })).findings).toMatchObject([
        { kind: 'not-a-file', path: 'p/1.0.0.json', repaired: false },
      ])
      expect(await readdir(join(storageDir, 'p', '1.0.0.json'))).toEqual(['inner'])
    })

    it('a symbolic link for the directory of a prompt is never followed', async () => {
      const storageDir = await tempDirectory()
      const outside = await tempDirectory()
      const decoy = sampleVersion('p', '1.0.0')
      await writeFile(join(outside, '1.0.0.json'), JSON.stringify(decoy))
      const before = await treeOf(outside)
      await symlink(outside, join(storageDir, 'p'))
      const storage = await openStore(storageDir, { disk, adopt: true })
      const error = await failure(storage.saveVersion(sampleVersion('p', '2.0.0')))
      expect(error.code).toMatch(/^FS-/)
      expect(await storage.listPromptIds()).toEqual([])
      expect(await storage.listVersionNames('p')).toEqual([])
      expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
      await storage.rebuildIndex()
      expect(await storage.listPromptIds()).toEqual([])
      await expectNothing(storage.readRaw('p', '1.0.0'))
      await expectNothing(storage.deleteVersion('p', '1.0.0'))
      await storage.clearAll()
      expect((await storage.verify({ repair: true })).checked).toBe(0)
      await storage.close()
      expect(await treeOf(outside)).toEqual(before)
      expect(await readlink(join(storageDir, 'p'))).toBe(outside)

      const bare = await openStore(storageDir, { disk, useIndex: false })
      await expectNothing(bare.getVersion('p', '1.0.0'))
      expect(await treeOf(outside)).toEqual(before)
    })

    it('a symbolic link for the file of a version is neither read nor replaced', async () => {
      const storageDir = await tempDirectory()
      const outside = await tempDirectory()
      await writeFile(join(outside, 'secret'), JSON.stringify(sampleVersion('p', '1.0.0')))
      const storage = await openStore(storageDir, { disk })
      await storage.saveVersion(sampleVersion('p', '0.1.0'))
      await symlink(join(outside, 'secret'), join(storageDir, 'p', '1.0.0.json'))
      await storage.rebuildIndex()
      expect(await storage.listVersionNames('p')).toEqual(['0.1.0'])
      await expectNothing(storage.getVersion('p', '1.0.0'))
      await expectNothing(storage.readRaw('p', '1.0.0'))
      expect((await failure(storage.saveVersion(sampleVersion('p', '1.0.0')))).code).toBe(
        'FS-SAVE-001',
      )
      expect((await lstat(join(storageDir, 'p', '1.0.0.json'))).isSymbolicLink()).toBe(true)
    })

    it('a FIFO at the name of a version hangs no caller', async ({ skip }) => {
      const storageDir = await tempDirectory()
      const first = await openStore(storageDir, { disk })
      await first.saveVersion(sampleVersion('p', '0.1.0'))
      await first.saveVersion(sampleVersion('p', '1.0.0'))
      await first.close()
      const path = join(storageDir, 'p', '1.0.0.json')
      await unlink(path)
      skip(spawnSync('mkfifo', [path]).error !== undefined, 'needs mkfifo')
      for (const useIndex of [true, false]) {
        const storage = await openStore(storageDir, { disk, useIndex })
        await expectNothing(storage.getVersion('p', '1.0.0'))
        await expectNothing(storage.readRaw('p', '1.0.0'))
        expect((await storage.listVersions('p')).map(({ version }) => version)).toEqual(['0.1.0'])
        expect((await failure(storage.saveVersion(sampleVersion('p', '1.0.0')))).code).toBe(
          'FS-SAVE-001',
        )
        expect(await storage.deleteVersion('p', '1.0.0')).toBe(false)
        await storage.close()
      }
      expect((await lstat(path)).isFIFO()).toBe(true)
    })

    it('files and directories of others survive clearAll, and an empty prompt does not', async () => {
      const storageDir = await tempDirectory()
      const storage = await openStore(storageDir, { disk })
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
      await storage.saveVersion(sampleVersion('q', '1.0.0'))
      await writeFile(join(storageDir, 'README.md'), 'mine')
      await writeFile(join(storageDir, 'p', 'notes.txt'), 'mine too')
      await mkdir(join(storageDir, 'other', 'deep'), { recursive: true })
      await writeFile(join(storageDir, 'other', 'deep', 'file'), 'and this')
      await storage.clearAll()
      const kept = (await readdir(storageDir)).filter((name) => !name.startsWith('.')).sort()
      expect(kept).toEqual(['README.md', 'other', 'p'])
      expect(await readdir(join(storageDir, 'p'))).toEqual(['notes.txt'])
      expect(await readFile(join(storageDir, 'other', 'deep', 'file'), 'utf8')).toBe('and this')
    })
  })
}

/** Undefined, false, or a coded refusal: never what is behind it. */
async function expectNothing(work: Promise<unknown>): Promise<void> {
  try {
    const found = await work
    expect(found === undefined || found === false).toBe(true)
  } catch (error) {
    expect((error as { code?: string }).code).toMatch(/^FS-/)
  }
}

import { copyFile, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VersionConflictError } from '../../../../src/base/errors.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { failure, openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'

describe('the trash', () => {
  it('of thousands of versions is listed in order, and restores the youngest of one', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir, { enableTrash: true })
    const deleted = sampleVersion('p', '1.0.7')
    await storage.saveVersion(deleted)
    await storage.deleteVersion('p', '1.0.7')
    const [copy] = await storage.listTrash()
    const bytes = await readFile(join(storageDir, copy?.path ?? ''))
    const directory = join(storageDir, '.trash', 'p')
    for (let patch = 0; patch < 4000; patch++) {
      for (const day of ['01', '02'])
        await writeFile(join(directory, `1.0.${patch}.2026-01-${day}T000000.000Z-0a1b.json`), bytes)
    }
    const listed = await storage.listTrash('p')
    expect(listed).toHaveLength(8001)
    const order = listed.map(
      ({ version, deleted_at: at }) => `${version.slice(4).padStart(4, '0')} ${at}`,
    )
    expect(order).toEqual([...order].sort())
    expect(await storage.restoreVersion('p', '1.0.7')).toBe(true)
    expect(await storage.listTrash('p')).toEqual(listed.filter(({ path }) => path !== copy?.path))
    expect(await storage.restoreVersion('p', '1.0.70000')).toBe(false)
  })

  it('reports a deleted version whose document is damaged under the name of its directory', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir, { enableTrash: true })
    const long = 'x'.repeat(700)
    await storage.saveVersion(sampleVersion(long, '1.0.0'))
    await storage.deleteVersion(long, '1.0.0')
    const [{ path, prompt_id: told } = { path: '', prompt_id: '' }] = await storage.listTrash()
    expect(told).toBe(long)
    for (const text of [
      '{"prompt_id": "\\x"}',
      `{"prompt_id": "${'y'.repeat(12_000_000)}`,
      'null',
      '',
    ]) {
      await writeFile(join(storageDir, path), text)
      const [trashed] = await storage.listTrash()
      expect(trashed?.prompt_id).toMatch(/^~[0-9a-f]{64}$/)
    }
  })

  it('restores the youngest copy that is a document of the version, and none that is damaged', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir, { enableTrash: true })
    for (const promptId of ['p', 'q']) {
      await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
      await storage.deleteVersion(promptId, '1.0.0')
    }
    const [mine, other] = await storage.listTrash()
    const young = join(storageDir, '.trash', 'p', '1.0.0.2099-01-01T000000.000Z-ffffffff.json')
    const younger = join(storageDir, '.trash', 'p', '1.0.0.2099-01-02T000000.000Z-ffffffff.json')
    await writeFile(young, 'junk')
    await copyFile(join(storageDir, other?.path ?? ''), younger)
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
    expect(await storage.getVersion('p', '1.0.0')).toEqual(sampleVersion('p', '1.0.0'))
    expect((await storage.listTrash('p')).map(({ path }) => path)).not.toContain(mine?.path)
    await writeFile(join(storageDir, other?.path ?? ''), 'junk')
    const refusal = await failure(storage.restoreVersion('q', '1.0.0'))
    expect(refusal).toMatchObject({ code: 'FS-LOAD-001', context: { path: other?.path } })
    expect(await storage.getVersion('q', '1.0.0')).toBeUndefined()
  })

  it('passes over a link of another program, which verify names', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir, { enableTrash: true })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.deleteVersion('p', '1.0.0')
    await symlink('/etc', join(storageDir, '.trash', 'b'))
    expect(await storage.listTrash()).toHaveLength(1)
    expect((await storage.verify({ repair: true })).findings).toMatchObject([
      { kind: 'foreign-file', path: '.trash/b', repaired: false },
    ])
    expect(await storage.purgeTrash({ olderThanMs: 0 })).toBe(1)
    await storage.clearAll()
    await rm(join(storageDir, '.trash'), { recursive: true })
    await symlink('/etc', join(storageDir, '.trash'))
    expect((await storage.verify()).findings).toMatchObject([
      { kind: 'unreadable', path: '.trash' },
    ])
  })

  it('takes what is deleted, byte for byte, and gives it back', async () => {
    const storage = await openStore(await tempDirectory(), { enableTrash: true })
    const version = sampleVersion('p', '1.0.0')
    await storage.saveVersion(version)
    const bytes = await readFile(storage.pathOf('p', '1.0.0'))
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
    expect(await storage.listPromptIds()).toEqual([])

    const [trashed, ...more] = await storage.listTrash()
    expect(more).toEqual([])
    expect(trashed).toMatchObject({ prompt_id: 'p', version: '1.0.0' })
    expect(trashed?.path).toMatch(
      /^\.trash\/p\/1\.0\.0\.\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z-[0-9a-f]+\.json$/,
    )
    expect(new Date(trashed?.deleted_at ?? '').toISOString()).toBe(trashed?.deleted_at)
    expect((await readFile(join(storage.storageDir, trashed?.path ?? ''))).equals(bytes)).toBe(true)

    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
    expect((await readFile(storage.pathOf('p', '1.0.0'))).equals(bytes)).toBe(true)
    expect(await storage.getVersion('p', '1.0.0')).toEqual(version)
    expect(await storage.listTrash()).toEqual([])
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(false)
  })

  it('keeps every deletion of the same version, and restores the youngest first', async () => {
    const storage = await openStore(await tempDirectory(), { enableTrash: true })
    for (const author of ['first', 'second']) {
      await storage.saveVersion(sampleVersion('p', '1.0.0', { metadata: { author } }))
      await storage.deleteVersion('p', '1.0.0')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(await storage.listTrash('p')).toHaveLength(2)
    await storage.restoreVersion('p', '1.0.0')
    expect((await storage.getVersion('p', '1.0.0'))?.metadata).toEqual({ author: 'second' })
    await expect(storage.restoreVersion('p', '1.0.0')).rejects.toThrow(VersionConflictError)
    await storage.deleteVersion('p', '1.0.0')
    expect(await storage.listTrash()).toHaveLength(2)
  })

  it('holds the versions of ids of every form, after reopening too', async () => {
    const storageDir = await tempDirectory()
    const ids = ['p', 'Ünï/cöde', '__proto__', 'x'.repeat(700)].sort()
    const storage = await openStore(storageDir, { enableTrash: true })
    for (const id of ids) await storage.saveVersion(sampleVersion(id, '1.0.0'))
    for (const id of ids) await storage.deleteVersion(id, '1.0.0')
    await storage.close()
    const again = await openStore(storageDir, { enableTrash: true })
    expect((await again.listTrash()).map(({ prompt_id: id }) => id).sort()).toEqual(ids)
    for (const id of ids) {
      expect(await again.listTrash(id)).toHaveLength(1)
      expect(await again.restoreVersion(id, '1.0.0')).toBe(true)
      expect((await again.getVersion(id, '1.0.0'))?.prompt_id).toBe(id)
    }
    expect(await again.listPromptIds()).toEqual(ids)
    expect((await again.verify()).findings).toEqual([])
  })

  it('is purged by age: nothing younger goes', async () => {
    const storage = await openStore(await tempDirectory(), { enableTrash: true })
    for (const version of ['1.0.0', '1.0.1']) {
      await storage.saveVersion(sampleVersion('p', version))
      await storage.deleteVersion('p', version)
    }
    expect(await storage.purgeTrash()).toBe(0)
    expect(await storage.purgeTrash({ olderThanMs: 60_000 })).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await storage.purgeTrash({ olderThanMs: 0 })).toBe(2)
    expect(await storage.listTrash()).toEqual([])
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(false)
    expect(await readdir(storage.storageDir)).not.toContain('.trash')
  })

  it('is not used unless it is enabled, and is emptied by clearAll', async () => {
    const storageDir = await tempDirectory()
    const plain = await openStore(storageDir)
    await plain.saveVersion(sampleVersion('p', '1.0.0'))
    await plain.deleteVersion('p', '1.0.0')
    expect(await plain.listTrash()).toEqual([])
    await expect(plain.restoreVersion('p', '1.0.0')).rejects.toMatchObject({
      code: 'OPT-VER-002',
      context: { reason: 'no_trash' },
    })
    await plain.close()
    const storage = await openStore(storageDir, { enableTrash: true })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.deleteVersion('p', '1.0.0')
    await storage.clearAll()
    expect(await storage.listTrash()).toEqual([])
  })

  it('gets one copy from twenty deletions at once, of which one says true', async () => {
    const storage = await openStore(await tempDirectory(), { enableTrash: true })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => await storage.deleteVersion('p', '1.0.0')),
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await storage.listTrash()).toHaveLength(1)
  })
})

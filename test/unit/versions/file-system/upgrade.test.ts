import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { assertDeepFrozen } from '../../../../src/versions/conformance/reading.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { failure, treeOf } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { first, NEW, OLD, oldStore, open, second, UPGRADED } from '../schema-fixtures.js'

describe('upgrade', () => {
  it('gives documents of earlier versions as the schema has them now, frozen, cached, and never written', async () => {
    const storageDir = await oldStore()
    const upgrade = vi.fn(second.upgrade)
    const storage = await open(storageDir, { ...second, upgrade })
    await storage.saveVersion(NEW)
    const before = await readFile(join(storageDir, 'p', '1.0.0.json'))
    const read = await storage.getVersion('p', '1.0.0')
    expect(read).toEqual(UPGRADED)
    assertDeepFrozen(read, 'document')
    expect(await storage.getVersion('p', '1.0.0')).toBe(read)
    expect(await storage.listVersions('p')).toEqual([UPGRADED, NEW])
    expect(upgrade.mock.calls).toEqual([[OLD, 1]])
    expect(await readFile(join(storageDir, 'p', '1.0.0.json'))).toEqual(before)
    expect(await storage.getLatestVersion('p')).toEqual(NEW)
    expect(await storage.indexSnapshot()).toEqual({ p: ['1.0.0', '2.0.0'] })
  })

  it('is called for what was saved before the store had a schema, and for no document of its own version', async () => {
    const storageDir = await oldStore({ schemaInfo: undefined })
    const upgrade = vi.fn(second.upgrade)
    const saving = await open(storageDir, { ...second, upgrade })
    await saving.saveVersion(NEW)
    await saving.close()
    const storage = await open(storageDir, { ...second, upgrade, useCache: false })
    expect(await storage.listVersions('p')).toEqual([UPGRADED, NEW])
    expect(await storage.getLatestVersion('p')).toEqual(NEW)
    expect(upgrade).toHaveBeenCalledTimes(1)
  })

  it('reads what another program has written without a checksum as the version that it names', async () => {
    const storageDir = await oldStore()
    const write = async (version: string, document: object): Promise<void> =>
      await writeFile(join(storageDir, 'p', `${version}.json`), JSON.stringify(document))
    await write('1.0.1', { ...OLD, version: '1.0.1' })
    await write('2.0.0', { $schema_version: 2, ...NEW })
    const storage = await open(storageDir)
    const old = { ...UPGRADED, version: '1.0.1' }
    expect(await storage.listVersions('p')).toEqual([UPGRADED, old, NEW])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no rule for it')
      },
      'no rule for it',
    ],
    ['gives nothing', () => undefined, 'must give a document, got undefined'],
    ['gives a list', () => [], 'must give a document, got an array'],
    ['is async', async () => await Promise.reject(new Error('late')), 'it must not be async'],
    ['gives another version', () => ({ ...UPGRADED, version: '9.0.0' }), 'must leave the fields'],
    ['gives what JSON does not hold', () => ({ ...UPGRADED, at: new Date(0) }), 'Field "at"'],
  ])(
    'that %s refuses the document with FS-LOAD-002, the cause and the version',
    async (_, upgrade, message) => {
      const storage = await open(await oldStore(), { ...second, upgrade: upgrade as never })
      await storage.saveVersion(NEW)
      const error = await failure(storage.getVersion('p', '1.0.0'))
      expect(error).toMatchObject({
        code: 'FS-LOAD-002',
        context: { prompt_id: 'p', version: '1.0.0', reason: 'upgrade', schema_version: 1 },
        cause: expect.any(Error),
      })
      expect(error.message).toContain(`its upgrade from version 1 of the schema failed: `)
      expect(error.message).toContain(message)
      const left = await storage.listVersions('p')
      expect(left).toEqual([NEW])
      const { findings } = await storage.verify({ repair: true })
      expect(findings).toMatchObject([{ kind: 'schema', path: 'p/1.0.0.json', repaired: false }])
    },
  )

  it('refuses what it gives where that does not fit the schema, naming the field', async () => {
    const upgrade = (document: object): object => ({
      ...second.upgrade({ ...document }),
      title: '',
    })
    const storage = await open(await oldStore(), { ...second, upgrade })
    expect(await failure(storage.getLatestVersion('p'))).toMatchObject({
      code: 'FS-LOAD-002',
      context: { reason: 'schema', field: 'title', schema_version: 1 },
      cause: expect.any(TypeError),
    })
  })

  it('is for the copy of a backup and for a reader that writes nothing the same', async () => {
    const storageDir = await oldStore()
    const storage = await open(storageDir)
    await storage.saveVersion(NEW)
    await storage.close()
    const copy = join(await tempDirectory(), 'restored')
    await cp(storageDir, copy, { recursive: true })
    const before = await treeOf(copy)
    const reading = await open(copy, { ...second, readOnly: true })
    expect(await reading.listVersions('p')).toEqual([UPGRADED, NEW])
    expect((await reading.doctor()).schema).toEqual({ name: 'notes', version: 2 })
    await reading.close()
    expect(await treeOf(copy)).toEqual(before)
    expect(await (await open(copy)).listVersions('p')).toEqual([UPGRADED, NEW])
  })

  it('is needed for no document to be restored from the trash', async () => {
    const storageDir = await oldStore()
    const upgrade = (): never => {
      throw new Error('no rule for it')
    }
    const storage = await open(storageDir, { ...second, upgrade, enableTrash: true })
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
    await storage.close()
    expect(await (await open(storageDir)).getVersion('p', '1.0.0')).toEqual(UPGRADED)
  })

  it('tells a save of what is stored already, by what it makes of that', async () => {
    const storage = await open(await oldStore())
    await storage.saveVersion(UPGRADED, { ifSame: 'accept' })
    const other = storage.saveVersion({ ...UPGRADED, title: 'other' }, { ifSame: 'accept' })
    expect(await failure(other)).toMatchObject({ code: 'OPT-VER-001' })
  })

  it.each(['native', 'portable'] as const)(
    'works with the %s disk, without index, cache and checksums',
    async (disk) => {
      const bare = { disk, useIndex: false, useCache: false, checksums: false }
      const storageDir = await oldStore({ ...first, ...bare })
      const storage = await open(storageDir, { ...second, ...bare })
      await storage.saveVersion(NEW)
      expect(await storage.listVersions('p')).toEqual([UPGRADED, NEW])
      expect((await storage.verify()).schema_versions).toEqual({ '1': 1, '2': 1 })
    },
  )

  it('is refused without the version that it upgrades to', async () => {
    const storageDir = await tempDirectory()
    const open = FileSystemStorage.open({ storageDir, upgrade: () => ({}) })
    await expect(open).rejects.toThrow('Option "upgrade" needs the option "schemaInfo"')
  })
})

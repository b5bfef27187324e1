import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SqliteStorage } from '../../../src/sqlite/sqlite-storage.js'
import { PromptRegistry } from '../../../src/versions/registry/prompt-registry.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { connect, damageVersions, testFile } from './support.js'

describe('SqliteStorage', () => {
  it('shows its file, and has no public constructor', async () => {
    const file = await testFile()
    await using storage = await SqliteStorage.open({ file })
    expect(storage.file).toBe(file)
    expect(() => Reflect.construct(SqliteStorage, [])).toThrow(/use await SqliteStorage.open/)
  })

  it('shows to each handle what another one has acknowledged, from the cache, too', async () => {
    const file = await testFile()
    await using one = await SqliteStorage.open({ file })
    await using other = await SqliteStorage.open({ file })
    for (let at = 0; at < 20; at++) {
      await one.saveVersion(sampleVersion('p', `1.0.${at}`))
      expect(await other.getLatestVersionName('p')).toBe(`1.0.${at}`)
      expect((await other.getVersion('p', `1.0.${at}`))?.version).toBe(`1.0.${at}`)
      expect(await one.deleteVersion('p', `1.0.${at}`)).toBe(true)
      expect(await other.getVersion('p', `1.0.${at}`)).toBeUndefined()
    }
  })

  it('moves labels in one handle where the other one sees them at once', async () => {
    const file = await testFile()
    await using one = await SqliteStorage.open({ file })
    await using other = await SqliteStorage.open({ file })
    await one.saveVersions(['1.0.0', '1.0.1'].map((version) => sampleVersion('p', version)))
    const [writer, reader] = [one, other].map((storage) => new PromptRegistry({ storage }))
    for (const version of ['1.0.0', '1.0.1', '1.0.0']) {
      await writer?.label('p', 'production', version)
      expect((await reader?.get('p', '@production'))?.version).toBe(version)
    }
    expect(await reader?.labelHistory('p', 'production')).toHaveLength(3)
  })

  it('writes backups that open as stores, and overwrites nothing', async () => {
    const file = await testFile()
    await using storage = await SqliteStorage.open({ file })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const copy = join(dirname(file), 'backups', 'copy.db')
    await storage.backup(copy)
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    await expect(storage.backup(copy)).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
      message: `${copy} exists already; a backup never overwrites`,
    })
    expect(await readdir(dirname(copy))).toEqual(['copy.db'])
    await using restored = await SqliteStorage.open({ file: copy, create: false })
    expect(await restored.listVersionNames('p')).toEqual(['1.0.0'])
    expect(await restored.getVersion('p', '1.0.0')).toEqual(await storage.getVersion('p', '1.0.0'))
    expect(await restored.checkIntegrity()).toEqual({ ok: true, documents: 1, problems: [] })
  })

  it('reports why a backup failed', async () => {
    const file = await testFile()
    await using storage = await SqliteStorage.open({ file })
    await mkdir(`${file}-directory`)
    await expect(storage.backup('')).rejects.toThrow(/Option "to"/)
    await expect(storage.backup(`${file}-directory`)).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
  })

  it('finds what was changed behind its back', async () => {
    const file = await testFile()
    await using storage = await SqliteStorage.open({ file, useCache: false })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    ;(await connect(file)).exec(
      "UPDATE versions SET document = replace(document, 'baseline', 'another')",
    )
    await expect(storage.getVersion('p', '1.0.0')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect(await storage.checkIntegrity()).toMatchObject({ ok: false, documents: 1 })
  })

  it('refuses a file that is not a database, and one that may not become one', async () => {
    const file = await testFile()
    await writeFile(file, 'notes of another program. '.repeat(40))
    await expect(SqliteStorage.open({ file })).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
    const missing = `${file}-missing`
    await expect(SqliteStorage.open({ file: missing, create: false })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
    expect(await readdir(dirname(file))).not.toContain(`${file}-missing`)
  })

  it('reports a damaged file as damaged', async () => {
    const file = await testFile()
    const storage = await SqliteStorage.open({ file })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.close()
    await damageVersions(file)
    await using damaged = await SqliteStorage.open({ file })
    const failure = { code: 'FS-LOAD-001', context: { path: file, error: 'SQLITE_CORRUPT' } }
    await expect(damaged.getVersion('p', '1.0.0')).rejects.toMatchObject(failure)
    await expect(damaged.saveVersion(sampleVersion('p', '1.0.1'))).rejects.toMatchObject(failure)
    expect(await damaged.checkIntegrity()).toMatchObject({ ok: false, documents: 0 })
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { subscribe } from '../../../../src/base/channels.js'
import { assertDeepFrozen } from '../../../../src/versions/conformance/reading.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { failure } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { NEW, noteSchema, OLD, oldStore, open, UPGRADED } from '../schema-fixtures.js'

describe('validateOnRead', () => {
  const strict = { validateOnRead: true }

  it('refuses a sound document that does not fit, naming its field, and hands out the rest', async () => {
    const storageDir = await oldStore()
    await (await open(storageDir, {})).saveVersion(NEW)
    const lenient = await open(storageDir, {})
    expect(await lenient.getVersion('p', '1.0.0')).toEqual(OLD)
    const storage = await open(storageDir, strict)
    const heard: unknown[] = []
    onTestFinished(subscribe('corrupt', (message) => heard.push(message)))
    const error = await failure(storage.getVersion('p', '1.0.0'))
    expect(error).toMatchObject({
      code: 'FS-LOAD-002',
      context: { path: 'p/1.0.0.json', reason: 'schema', field: 'title', schema_version: 1 },
      cause: expect.any(TypeError),
    })
    expect(error.message).toContain('Field "title" is missing')
    expect(await storage.listVersions('p')).toEqual([NEW])
    expect(heard).toMatchObject([{ path: 'p/1.0.0.json', kind: 'schema' }])
    expect(await storage.getLatestVersionName('p')).toBe('2.0.0')
  })

  it('is named by verify, and no repair touches what a checksum vouches for', async () => {
    const storageDir = await oldStore()
    const storage = await open(storageDir, strict)
    const report = await storage.verify({ repair: true })
    expect(report.findings).toMatchObject([
      { kind: 'schema', path: 'p/1.0.0.json', repaired: false },
    ])
    expect(report.findings[0]?.detail).toContain('Field "title" is missing')
    expect(await (await open(storageDir, {})).getVersion('p', '1.0.0')).toEqual(OLD)
  })

  it('gives what the schema makes of a document, frozen, and the same object a second time', async () => {
    const storageDir = await tempDirectory()
    const before = z.strictObject({
      prompt_id: z.string(),
      version: z.string(),
      title: z.string(),
    })
    await using writer = await FileSystemStorage.open({ storageDir, schema: before })
    await writer.saveVersion({ prompt_id: 'p', version: '1.0.0', title: 'old' })
    const storage = await open(storageDir, strict)
    const read = await storage.getVersion('p', '1.0.0')
    expect(read).toEqual(UPGRADED)
    assertDeepFrozen(read, 'document')
    expect(await storage.getVersion('p', '1.0.0')).toBe(read)
  })

  it('passes over what does not fit with onCorrupt: skip', async () => {
    const storageDir = await oldStore()
    await using writer = await FileSystemStorage.open({ storageDir, schema: noteSchema })
    await writer.saveVersion({ ...NEW, tags: [], version: '0.9.0' })
    const storage = await open(storageDir, { ...strict, onCorrupt: 'skip' })
    expect((await storage.getLatestVersion('p'))?.version).toBe('0.9.0')
  })

  it('codes what a schema throws, and refuses one that renames', async () => {
    const storageDir = await oldStore()
    const standard = (validate: (value: unknown) => unknown): never =>
      ({ '~standard': { version: 1, vendor: 'test', validate } }) as never
    const thrown = new RangeError('out of memory')
    const throwing = standard(() => {
      throw thrown
    })
    const broken = await open(storageDir, { ...strict, schema: throwing })
    expect(await failure(broken.getVersion('p', '1.0.0'))).toMatchObject({
      code: 'FS-LOAD-002',
      context: { reason: 'schema' },
      cause: thrown,
    })
    const renaming = standard((value) => ({ value: { ...(value as object), version: '3.0.0' } }))
    const renamed = await open(storageDir, { ...strict, schema: renaming })
    expect(await failure(renamed.getVersion('p', '1.0.0'))).toMatchObject({
      code: 'FS-LOAD-002',
      context: { reason: 'schema' },
    })
  })
})

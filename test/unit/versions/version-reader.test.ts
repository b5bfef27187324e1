import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { subscribe } from '../../../src/base/channels.js'
import { assertDeepFrozen } from '../../../src/versions/conformance/reading.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { failure } from '../../proof/faults/support.js'
import { encodeVersionFile } from '../../../src/document/version-file.js'
import {
  readChecked,
  readSound,
  readVersion,
  type ReaderRules,
} from '../../../src/versions/version-reader.js'
import { tempDirectory } from '../../support/temp.js'
import { NEW, noteSchema, OLD, oldStore, open, UPGRADED, type Note } from './schema-fixtures.js'

describe('the document in a file', () => {
  const expected = { promptId: 'p', version: '1.0.0', path: 'p/1.0.0.json' }
  const plain: ReaderRules<Note> = {
    schema: noteSchema,
    schemaVersion: 1,
    upgrade: undefined,
    validateOnRead: false,
    checksums: true,
  }
  const note = { prompt_id: 'p', version: '1.0.0', title: 'a', tags: [] }
  const bytes = encodeVersionFile(note)
  const falsified = Buffer.from(Buffer.from(bytes).toString().replace('"a"', '"b"'))

  it('is returned at once if its checksum is valid and its name is that of the file', () => {
    expect(readChecked(bytes, expected, plain)).toEqual(note)
    for (const [file, rules] of [
      [falsified, plain],
      [encodeVersionFile({ ...note, version: '1.0.1' }), plain],
      [encodeVersionFile(note, { checksum: false }), plain],
      [Buffer.from('not JSON'), plain],
      [bytes, { ...plain, validateOnRead: true }],
      [bytes, { ...plain, schemaVersion: 2, upgrade: (document: object) => document }],
    ] as const)
      expect(readChecked(file, expected, rules)).toBeUndefined()
  })

  it('is refused with a reason if it is damaged or of another name', () => {
    for (const [file, code, reason] of [
      [falsified, 'FS-LOAD-001', 'checksum'],
      [Buffer.from('{'), 'FS-LOAD-001', 'json'],
      [encodeVersionFile({ ...note, prompt_id: 'P' }), 'FS-LOAD-002', 'misplaced'],
    ] as const)
      expect(() => readSound(file, expected, plain)).toThrow(
        expect.objectContaining({ code, context: expect.objectContaining({ reason }) }),
      )
    // A store without checksums takes what is there.
    expect(readSound(falsified, expected, { checksums: false }).document).toMatchObject({
      title: 'b',
    })
  })

  it('has to fit the schema only if no checksum proves that it once did', async () => {
    const other = { prompt_id: 'p', version: '1.0.0', name: 'old' }
    const saved = encodeVersionFile(other)
    const written = encodeVersionFile(other, { checksum: false })
    expect(await readVersion(saved, expected, plain)).toEqual(other)
    await expect(readVersion(written, expected, plain)).rejects.toMatchObject({
      code: 'FS-LOAD-002',
      context: { reason: 'schema', schema_version: 1 },
    })
  })

  it('is announced if its file was altered, and only then', () => {
    const heard: string[] = []
    const onAltered = (path: string, altered: string) => heard.push(`${altered} ${path}`)
    const rules = { checksums: true, onAltered }
    readSound(bytes, expected, rules)
    const marked = Buffer.concat([Buffer.from('\ufeff'), bytes])
    expect(readSound(marked, expected, rules).document).toEqual(note)
    expect(heard).toEqual(['byte-order-mark p/1.0.0.json'])
  })
})

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

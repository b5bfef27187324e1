import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { checksumOf } from '../../../../src/document/checksum.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import type { StoredFile } from '../../../../src/files/backend.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import { localKey } from '../../../../src/files/local/path.js'
import {
  decodeLocalRecord,
  encodeLocalRecord,
  removing,
  storing,
  WRITTEN_DOCUMENT_BYTES_MAX,
  type FoundRecord,
} from '../../../../src/files/local/record.js'
import { tempDirectory } from '../../../support/temp.js'

const DOCUMENT = '.meta/a.txt.json'

/** How long the text of the metadata is whose document has just the size that is allowed. */
async function longestText(path: string, storage: FileStorage): Promise<number> {
  await storage.store('a.txt', 'content', { text: '' })
  return WRITTEN_DOCUMENT_BYTES_MAX - (await readFile(join(path, DOCUMENT))).length
}

describe('the document of a file', () => {
  it('takes 1 MiB, and one byte more is refused with nothing changed', async () => {
    expect(WRITTEN_DOCUMENT_BYTES_MAX).toBe(1024 * 1024)
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    const longest = await longestText(path, storage)
    const text = 'x'.repeat(longest)
    await storage.store('a.txt', 'content', { text })
    const before = await readFile(join(path, DOCUMENT))
    expect(before).toHaveLength(1024 * 1024)
    for (const key of ['a.txt', 'b.txt']) {
      const refused = storage.store(key, 'other', { text: `${text}x` })
      await expect(refused).rejects.toThrow(RangeError)
      await expect(refused).rejects.toThrow(
        `a file's document takes at most 1048576 bytes, got 1048577`,
      )
    }
    expect(await readFile(join(path, DOCUMENT))).toEqual(before)
    expect(await storage.retrieve('a.txt')).toBe('content')
    expect(await storage.exists('b.txt')).toBe(false)
  })

  it('counts in bytes, not in characters', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    const longest = await longestText(path, storage)
    const fits = storage.store('a.txt', 'content', { text: '译'.repeat(Math.floor(longest / 3)) })
    await expect(fits).resolves.toBeDefined()
    const over = storage.store('a.txt', 'content', {
      text: '译'.repeat(Math.floor(longest / 3) + 1),
    })
    await expect(over).rejects.toThrow(RangeError)
  })

  it('is read when an earlier version has written a longer one', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({ local_storage_path: path })
    await storage.store('a.txt', 'content', { text: '' })
    await storage.close()
    const { checksum: _, ...fields } = JSON.parse(await readFile(join(path, DOCUMENT), 'utf8'))
    const longer = { ...fields, metadata: { text: 'x'.repeat(2 * 1024 * 1024) } }
    const checksum = checksumOf(Buffer.from(JSON.stringify(longer)))
    await writeFile(join(path, DOCUMENT), JSON.stringify({ ...longer, checksum }))
    await using again = await FileStorage.open({ local_storage_path: path })
    expect(await again.retrieve('a.txt')).toBe('content')
  })
})

const CONTENT = { bytes: Buffer.from('content') }
const AT = localKey('a.txt', { foldCase: false })

function fileOf(compression: 'none' | 'gzip' = 'none'): StoredFile {
  const document = documentOf('a.txt', CONTENT.bytes, { compression })
  const modifiedMs = Date.parse(document.updated_at)
  return { key: 'a.txt', etag: 'e', storedBytes: 7, modifiedMs, document }
}

describe('a record', () => {
  it('is the file again, also with a byte order mark and white space between its fields', () => {
    const bytes = encodeLocalRecord(fileOf())
    const spaced = JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), undefined, 2)
    for (const written of [bytes, Buffer.from(`\ufeff${spaced}\r\n`)])
      expect(decodeLocalRecord(written, 'a.txt', DOCUMENT)).toEqual(fileOf())
  })

  it.each([
    ['with another content', (text: string) => text.replace('"bytes":7', '"bytes":8')],
    ['that is cut', (text: string) => text.slice(0, -20)],
    ['without a checksum', (text: string) => text.replace(/,"checksum":"[^"]*"/, '')],
    ['that is not JSON', () => 'no JSON'],
  ])('is refused %s', (_, change) => {
    const changed = Buffer.from(change(Buffer.from(encodeLocalRecord(fileOf())).toString()))
    expect(() => decodeLocalRecord(changed, 'a.txt', DOCUMENT)).toThrow(
      expect.objectContaining({
        code: 'FS-LOAD-001',
        context: { key: 'a.txt', path: DOCUMENT, reason: 'document' },
      }) as Error,
    )
  })

  it('is refused under another key: it was copied there', () => {
    const bytes = encodeLocalRecord(fileOf())
    expect(() => decodeLocalRecord(bytes, 'b.txt', DOCUMENT)).toThrow(/it is that of 'a.txt'/)
  })
})

describe('the operations of a commit', () => {
  async function directoryWith(...names: readonly string[]): Promise<Store> {
    const path = await tempDirectory()
    for (const name of names) await writeFile(join(path, name), 'payload')
    const directory = await Store.open(path, { adopt: true, disk: 'portable' })
    onTestFinished(async () => await directory.close())
    return directory
  }
  const found = (file: StoredFile | undefined): FoundRecord => ({ bytes: Buffer.from('was'), file })

  it('create the document of a new file, so that only one of two creates it', async () => {
    const change = { file: fileOf(), content: CONTENT, found: undefined }
    expect(await storing(await directoryWith(), AT, change)).toEqual([
      { kind: 'create', path: DOCUMENT, bytes: encodeLocalRecord(fileOf()) },
      { kind: 'replace', path: 'a.txt', bytes: CONTENT.bytes },
    ])
  })

  it('replace just the document that was found, and remove a payload of another name', async () => {
    const directory = await directoryWith('a.txt.gz')
    const change = { file: fileOf(), content: CONTENT, found: found(fileOf('gzip')) }
    const [document, ...payloads] = await storing(directory, AT, change)
    expect(document).toMatchObject({ kind: 'replace', path: DOCUMENT, ifBytes: Buffer.from('was') })
    expect(payloads).toEqual([
      { kind: 'replace', path: 'a.txt', bytes: CONTENT.bytes },
      { kind: 'remove', path: 'a.txt.gz' },
    ])
  })

  it('remove every payload that there may be where the document is damaged', async () => {
    const directory = await directoryWith('a.txt', 'a.txt.gz.enc', 'a.txt.other')
    expect(await removing(directory, AT, found(undefined))).toEqual([
      { kind: 'remove', path: DOCUMENT, ifBytes: Buffer.from('was') },
      { kind: 'remove', path: 'a.txt' },
      { kind: 'remove', path: 'a.txt.gz.enc' },
    ])
  })

  it('remove no payload that is not there, and nothing for a key without a file', async () => {
    const directory = await directoryWith()
    expect(await removing(directory, AT, found(fileOf()))).toHaveLength(1)
    expect(await removing(directory, AT, undefined)).toEqual([])
  })
})

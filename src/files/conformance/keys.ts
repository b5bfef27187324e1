import assert from 'node:assert/strict'
import type { FileBackend } from '../backend.js'
import { compareKeys, FILE_KEY_BYTES_MAX } from '../key.js'
import {
  putBytes,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

/** Keys that have led storages astray. */
export const HOSTILE_KEYS: readonly string[] = [
  'a\\b',
  '..a',
  'a..',
  '...',
  '.meta/x',
  '.journal',
  '.lock',
  '.outbox/x',
  '~',
  '~f',
  'x~f',
  'x~d/y',
  'con',
  'con.txt',
  'aux/nul',
  'COM1',
  'a:b',
  'a?b',
  'a*b',
  '<a>',
  'a|b',
  '"a"',
  "a'b",
  ' a',
  'a ',
  'a.',
  '%',
  '%2e',
  '%2f',
  '%00',
  'a%2egz',
  'a.gz',
  'a.GZ',
  'a.zst',
  'a.enc',
  'a.gz.enc',
  'a.json',
  'a.json/b',
  'a.metadata',
  'x.txt',
  'x.json',
  'x.txt/y',
  'é',
  'e\u0301',
  'İ',
  'ß',
  'ﬁ',
  '\u200b',
  '\ufeff',
  '\u202e',
  '😀',
  '日本/語',
  'a\nb',
  '\t',
  '\x7f',
  'Case',
  'case',
  'CASE',
  '-rf',
  '$(x)',
  '`x`',
  '__proto__',
  'constructor',
  'a&b=c',
  'a#b',
  'a+b',
  'a;b',
  'é'.repeat(150),
  'n'.repeat(FILE_KEY_BYTES_MAX),
  `${'d'.repeat(250)}/${'.'.repeat(3)}/${'~'.repeat(220)}`,
  Array.from({ length: 40 }, () => 'x').join('/'),
]

const LISTED_KEYS = [
  'a',
  'a-b',
  'a.txt',
  'a/b',
  'a/b/c',
  'a/b.txt',
  'a0',
  'ab',
  'B',
  'z/é',
  'z/日本',
  'z/😀',
  'z/\uffee',
  'v1.0/x',
  'v1.0',
  'v1',
  'README',
  'b.gz',
  'b',
  '.hidden',
  '%41',
  'A',
]

export function backendKeys(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'keeps apart whatever is a key, however it looks',
    withBackend(subject, async (backend) => {
      for (const key of HOSTILE_KEYS) await putBytes(backend, key, `content of ${key}`)
      for (const key of HOSTILE_KEYS) assert.equal(await textOf(backend, key), `content of ${key}`)
      const { files } = await backend.list({ prefix: '', limit: 1000 })
      assert.deepEqual(
        files.map(({ key }) => key),
        [...HOSTILE_KEYS].sort(compareKeys),
      )
      for (const key of HOSTILE_KEYS) assert.equal(await backend.delete(key), true)
      assert.deepEqual((await backend.list({ prefix: '', limit: 10 })).files, [])
    }),
  )

  it(
    'keeps a file beside files below its key',
    withBackend(subject, async (backend) => {
      for (const key of ['a', 'a/b', 'a/b/c', 'v1.0', 'v1.0/x.y', 'v1.0/x.y/z'])
        await putBytes(backend, key, key)
      assert.equal(await backend.delete('a/b'), true)
      assert.equal(await textOf(backend, 'a'), 'a')
      assert.equal(await textOf(backend, 'a/b/c'), 'a/b/c')
      assert.equal(await textOf(backend, 'v1.0'), 'v1.0')
      assert.equal(await textOf(backend, 'v1.0/x.y/z'), 'v1.0/x.y/z')
    }),
  )
}

export function backendListing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'lists all keys in the order of their bytes, and those of a prefix',
    withBackend(subject, async (backend) => {
      for (const key of LISTED_KEYS) await putBytes(backend, key, key)
      const sorted = [...LISTED_KEYS].sort(compareKeys)
      assert.deepEqual(await pagesOf(backend, '', 100), [sorted])
      for (const prefix of ['a', 'a/', 'a/b', 'z/', 'v1', 'x', 'README'])
        assert.deepEqual(
          (await pagesOf(backend, prefix, 100)).flat(),
          sorted.filter((key) => key.startsWith(prefix)),
        )
    }),
  )

  it(
    'lists in pages of any size, each going on where the last one ended',
    withBackend(subject, async (backend) => {
      for (const key of LISTED_KEYS) await putBytes(backend, key, key)
      const sorted = [...LISTED_KEYS].sort(compareKeys)
      for (const limit of [1, 2, 7, LISTED_KEYS.length]) {
        const pages = await pagesOf(backend, '', limit)
        assert.deepEqual(pages.flat(), sorted)
        assert.equal(pages.length, Math.ceil(LISTED_KEYS.length / limit))
      }
      const after = await backend.list({ prefix: 'a', after: 'a/b', limit: 3 })
      assert.deepEqual(
        after.files.map(({ key }) => key),
        ['a/b.txt', 'a/b/c', 'a0'],
      )
      assert.equal(after.more, true)
    }),
  )

  it(
    'lists the documents as they are',
    withBackend(subject, async (backend) => {
      const stored = await putBytes(backend, 'k', 'content')
      const { files, more } = await backend.list({ prefix: '', limit: 10 })
      assert.equal(more, false)
      assert.equal(files.length, 1)
      assert.equal(files[0]?.etag, stored.etag)
      assert.equal(files[0]?.storedBytes, 7)
      assert.deepEqual(files[0]?.document, stored.document)
    }),
  )
}

async function pagesOf(backend: FileBackend, prefix: string, limit: number): Promise<string[][]> {
  const pages: string[][] = []
  let after: string | undefined
  while (true) {
    const request = after === undefined ? { prefix, limit } : { prefix, limit, after }
    const { files, more } = await backend.list(request)
    if (files.length > 0) pages.push(files.map(({ key }) => key))
    if (!more) return pages
    after = files.at(-1)?.key
    assert.ok(after !== undefined, 'a page without files says that there are more')
  }
}

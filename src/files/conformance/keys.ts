import assert from 'node:assert/strict'
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

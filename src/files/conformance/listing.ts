import assert from 'node:assert/strict'
import type { FileBackend } from '../backend.js'
import { compareKeys } from '../key.js'
import {
  putBytes,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

const KEYS = [
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

export function backendListing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'lists all keys in the order of their bytes, and those of a prefix',
    withBackend(subject, async (backend) => {
      for (const key of KEYS) await putBytes(backend, key, key)
      const sorted = [...KEYS].sort(compareKeys)
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
      for (const key of KEYS) await putBytes(backend, key, key)
      const sorted = [...KEYS].sort(compareKeys)
      for (const limit of [1, 2, 7, KEYS.length]) {
        const pages = await pagesOf(backend, '', limit)
        assert.deepEqual(pages.flat(), sorted)
        assert.equal(pages.length, Math.ceil(KEYS.length / limit))
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

import assert from 'node:assert/strict'
import {
  bytesOf,
  documentOf,
  putBytes,
  putStream,
  textOf,
  withBackend,
  type ConformanceRunner,
  type FileBackendSubject,
} from './subject.js'

const MIB = 1024 * 1024

export function backendStoring(subject: FileBackendSubject, runner: ConformanceRunner): void {
  keeping(subject, runner)
  streaming(subject, runner)
  replacing(subject, runner)
  failing(subject, runner)
  racing(subject, runner)
  if (subject.persistent) reopening(subject, runner)
}

function keeping(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'returns the bytes and the document that were stored',
    withBackend(subject, async (backend) => {
      const bytes = Buffer.from('content')
      const document = documentOf('a/b.txt', bytes, {
        kind: 'text',
        metadata: { tags: ['ü', '日本', { deep: null }], 'x-y': 1.5, empty: '' },
        expires_at: '2099-01-01T00:00:00.000Z',
      })
      const stored = await backend.put('a/b.txt', bytes, () => document)
      assert.deepEqual(stored.document, document)
      assert.equal(stored.storedBytes, 7)
      const head = await backend.head('a/b.txt')
      assert.deepEqual(head?.document, document)
      assert.equal(head?.etag, stored.etag)
      assert.equal(head?.key, 'a/b.txt')
      assert.equal(head?.storedBytes, 7)
      assert.ok(Number.isFinite(head?.modifiedMs))
      const found = await backend.get('a/b.txt')
      assert.deepEqual(found?.file.document, document)
      found?.body.destroy()
      assert.equal(await textOf(backend, 'a/b.txt'), 'content')
    }),
  )

  it(
    'says undefined for what is absent, and false when there is nothing to delete',
    withBackend(subject, async (backend) => {
      assert.equal(await backend.get('absent'), undefined)
      assert.equal(await backend.head('no/such/file'), undefined)
      assert.equal(await backend.delete('absent'), false)
      await putBytes(backend, 'here', 'x')
      assert.equal(await backend.delete('here'), true)
      assert.equal(await backend.delete('here'), false)
      assert.equal(await backend.head('here'), undefined)
    }),
  )
}

function streaming(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'stores streams of all sizes, the empty one too',
    withBackend(subject, async (backend) => {
      for (const [count, length] of [
        [0, 0],
        [1, 1],
        [3, 70_000],
        [20, 70_000],
        [7, MIB],
      ] as const) {
        const chunks = Array.from({ length: count }, (_, at) => Buffer.alloc(length, at + 1))
        const stored = await putStream(backend, 'stream', chunks)
        assert.equal(stored.storedBytes, count * length)
        assert.ok((await bytesOf(backend, 'stream'))?.equals(Buffer.concat(chunks)))
      }
    }),
  )

  it(
    'gives any range of the bytes',
    withBackend(subject, async (backend) => {
      const bytes = Buffer.from(Array.from({ length: 3 * MIB }, (_, at) => (at * 7) & 0xff))
      await putBytes(backend, 'large', bytes)
      await putBytes(backend, 'small', '0123456789')
      assert.equal((await bytesOf(backend, 'small', { start: 3, end: 6 }))?.toString(), '345')
      assert.equal((await bytesOf(backend, 'small', { start: 7 }))?.toString(), '789')
      assert.equal((await bytesOf(backend, 'small', { start: 0, end: 10 }))?.length, 10)
      for (const [start, end] of [
        [0, 10],
        [MIB - 3, MIB + 5],
        [3 * MIB - 5, 3 * MIB],
      ] as const) {
        const part = await bytesOf(backend, 'large', { start, end })
        assert.ok(part?.equals(bytes.subarray(start, end)))
      }
    }),
  )
}

function replacing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'replaces a file whole, whatever the size and the codec of the old and the new one',
    withBackend(subject, async (backend) => {
      const etags = new Set<string>()
      const large = Buffer.alloc(2 * MIB, 5)
      for (const content of ['first', large, 'second', Buffer.alloc(0), large, 'last'])
        etags.add((await putBytes(backend, 'k', content)).etag)
      const packed = Buffer.from('pretend')
      const document = documentOf('k', packed, { compression: 'gzip' })
      etags.add((await backend.put('k', packed, () => document)).etag)
      assert.equal((await backend.head('k'))?.document.compression, 'gzip')
      etags.add((await putBytes(backend, 'k', 'plain')).etag)
      assert.equal(etags.size, 8)
      assert.equal(await textOf(backend, 'k'), 'plain')
      assert.equal((await backend.list({ prefix: '', limit: 10 })).files.length, 1)
    }),
  )
}

function failing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'leaves everything as it was when the body fails, or the description',
    withBackend(subject, async (backend) => {
      await putBytes(backend, 'k', 'old')
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(MIB)
        await Promise.resolve()
        throw new Error('the body broke')
      }
      const document = documentOf('k', Buffer.alloc(0))
      await assert.rejects(
        backend.put('k', broken(), () => document),
        /the body broke/,
      )
      await assert.rejects(
        backend.put('k', Buffer.from('new'), () => {
          throw new Error('no description')
        }),
        /no description/,
      )
      assert.equal(await textOf(backend, 'k'), 'old')
    }),
  )
}

function racing(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'gives bytes and document of one and the same store while others replace the file',
    withBackend(subject, async (backend) => {
      const contents = ['a', 'b', 'c'].map((letter, at) => Buffer.alloc(1000 + at, letter))
      await putBytes(backend, 'k', contents[0] ?? '')
      let writing = true
      const writer = (async () => {
        for (let at = 0; at < 30; at++) await putBytes(backend, 'k', contents[at % 3] ?? '')
        writing = false
      })()
      while (writing) {
        const found = await backend.get('k')
        assert.ok(found !== undefined)
        const chunks: Uint8Array[] = []
        for await (const chunk of found.body) chunks.push(chunk as Uint8Array)
        const bytes = Buffer.concat(chunks)
        assert.equal(found.file.document.digest, documentOf('k', bytes).digest)
      }
      await writer
    }),
  )
}

function reopening(subject: FileBackendSubject, { it }: ConformanceRunner): void {
  it(
    'holds what was stored when it is opened again',
    withBackend(subject, async (backend, place) => {
      await putBytes(backend, 'kept', 'content')
      await putBytes(backend, 'gone', 'content')
      await backend.delete('gone')
      await backend.close()
      const again = await place.open()
      assert.equal(await textOf(again, 'kept'), 'content')
      assert.equal(await again.head('gone'), undefined)
      await again.close()
    }),
  )
}

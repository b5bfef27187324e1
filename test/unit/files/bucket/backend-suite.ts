import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { codeOf, documentOf, getText, keysOf, putText } from './files.js'
import type { CloudSubject } from './subjects.js'

const MIB = 1024 * 1024

/** What a cloud backend owes, whatever service is below. */
export function cloudBackendSuite(subject: CloudSubject): void {
  describe(subject.name, () => {
    it('returns bytes and document, and says the same of a file in every way', async () => {
      const backend = await (await subject.makePlace()).open()
      const metadata = {
        text: 'ä 原文 🙂 "quoted"\\',
        spaces: 'a   b',
        control: '\u0000\n\u007f',
        deep: [{ x: null }],
      }
      const stored = await putText(backend, 'a/b.txt', 'content', {}, { metadata, kind: 'text' })
      expect(stored.document.metadata).toEqual(metadata)
      expect(stored.storedBytes).toBe(7)
      expect(await getText(backend, 'a/b.txt')).toBe('content')
      expect(await backend.head('a/b.txt')).toEqual(stored)
      const opened = await backend.get('a/b.txt')
      expect(opened?.file).toEqual(stored)
      opened?.body.destroy()
      expect((await backend.list({ prefix: '', limit: 10 })).files).toEqual([stored])
    })

    it('keeps empty files, and knows absent ones', async () => {
      const backend = await (await subject.makePlace()).open()
      await putText(backend, 'empty', '')
      expect(await getText(backend, 'empty')).toBe('')
      expect(await backend.get('absent')).toBeUndefined()
      expect(await backend.head('absent')).toBeUndefined()
      expect(await backend.delete('absent')).toBe(false)
    })

    it('stores a stream of many parts, of unknown length', async () => {
      const backend = await (await subject.makePlace()).open({ largeUploadBytes: 8 * MIB })
      const hash = createHash('sha256')
      let bytes = 0
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < 70; at++) {
          const chunk = Buffer.alloc(300_001, at)
          hash.update(chunk)
          bytes += chunk.length
          yield chunk
          await Promise.resolve()
        }
      }
      const describeBody = (): ReturnType<typeof documentOf> =>
        documentOf('large', new Uint8Array(0), { bytes, digest: hash.digest('hex') })
      const stored = await backend.put('large', body(), describeBody)
      expect(stored.storedBytes).toBe(70 * 300_001)
      expect((await getText(backend, 'large'))?.length).toBeGreaterThan(0)
      const content = Buffer.from('x')
      const again = backend.put(
        'large',
        Buffer.alloc(9 * MIB),
        () => documentOf('large', content),
        { ifAbsent: true },
      )
      expect(await codeOf(again)).toBe('FS-CONFLICT-001')
      expect((await backend.head('large'))?.etag).toBe(stored.etag)
    })

    it('lets one of many create a file', async () => {
      const backend = await (await subject.makePlace()).open()
      const racers = Array.from({ length: 8 }, (_, at) => `racer ${at}`)
      const ends = await Promise.all(
        racers.map(async (text) => await codeOf(putText(backend, 'one', text, { ifAbsent: true }))),
      )
      expect(ends.filter((end) => end === 'no error')).toHaveLength(1)
      expect(ends.filter((end) => end === 'FS-CONFLICT-001')).toHaveLength(7)
      expect(await getText(backend, 'one')).toBe(racers[ends.indexOf('no error')])
    })

    it('replaces only what is still the same, also when the same bytes are stored again', async () => {
      const backend = await (await subject.makePlace()).open()
      const first = await putText(backend, 'key', 'same', {}, { metadata: { by: 1 } })
      const second = await putText(backend, 'key', 'same', {}, { metadata: { by: 2 } })
      expect(second.etag).not.toBe(first.etag)
      expect(await codeOf(putText(backend, 'key', 'x', { ifMatch: first.etag }))).toBe(
        'FS-CONFLICT-001',
      )
      expect((await backend.head('key'))?.document.metadata).toEqual({ by: 2 })
      await putText(backend, 'key', 'third', { ifMatch: second.etag })
      expect(await getText(backend, 'key')).toBe('third')
      expect(await codeOf(putText(backend, 'absent', 'x', { ifMatch: second.etag }))).toBe(
        'FS-CONFLICT-001',
      )
    })

    it('lets every writer without a condition through', async () => {
      const backend = await (await subject.makePlace()).open()
      const texts = Array.from({ length: 6 }, (_, at) => `text ${at}`)
      const codes = await Promise.all(
        texts.map(async (text) => await codeOf(putText(backend, 'hot', text))),
      )
      const isUnclear = subject.limitations.has('lost-races-unclear')
      const lost = isUnclear ? ['FS-TIMEOUT-001', 'FS-UNAVAILABLE-001'] : []
      for (const code of codes) expect(['no error', ...lost]).toContain(code)
      expect(codes).toContain('no error')
      // After that many errors the service may be left alone for a while.
      const read = async (): Promise<string | undefined> => await getText(backend, 'hot')
      const answered = isUnclear ? expect.poll(read, { timeout: 30_000 }) : expect(await read())
      await answered.toSatisfy((text) => texts.includes(String(text)))
    })

    it('deletes, on condition or not, and a deleted file can be created again', async () => {
      const backend = await (await subject.makePlace()).open()
      const old = await putText(backend, 'a', '1')
      const now = await putText(backend, 'a', '2')
      expect(await codeOf(backend.delete('a', { ifMatch: old.etag }))).toBe('FS-CONFLICT-001')
      expect(await getText(backend, 'a')).toBe('2')
      expect(await backend.delete('a', { ifMatch: now.etag })).toBe(true)
      expect(await backend.head('a')).toBeUndefined()
      expect(await backend.get('a')).toBeUndefined()
      expect(await backend.delete('a')).toBe(false)
      expect(await keysOf(backend)).toEqual([])
      await putText(backend, 'a', '3', { ifAbsent: true })
      expect(await getText(backend, 'a')).toBe('3')
      expect(await backend.delete('a')).toBe(true)
      expect(await backend.head('a')).toBeUndefined()
    })

    it('reads ranges', async () => {
      const backend = await (await subject.makePlace()).open()
      await putText(backend, 'digits', '0123456789')
      const read = async (start: number, end?: number): Promise<string> => {
        const found = await backend.get('digits', end === undefined ? { start } : { start, end })
        expect(found?.file.storedBytes).toBe(10)
        return found === undefined ? 'absent' : (await buffer(found.body)).toString()
      }
      expect(await read(2, 5)).toBe('234')
      expect(await read(7)).toBe('789')
      expect(await read(0, 100)).toBe('0123456789')
      expect(await read(4, 4)).toBe('')
      expect(await read(10)).toBe('')
      expect(await read(50, 60)).toBe('')
      expect(await backend.get('absent', { start: 1 })).toBeUndefined()
    })

    it('lists in pages, sorted by the bytes of the keys, and nothing twice', async () => {
      const backend = await (await subject.makePlace()).open()
      const keys = ['a', 'a/b', 'B', 'c', 'd/1', 'd/10', 'd/2', 'é', '\ufffd', '🙂', 'z']
      await Promise.all(keys.map(async (key) => await putText(backend, key, key)))
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      for (const limit of [1, 2, 3, 100]) expect(await keysOf(backend, '', limit)).toEqual(sorted)
      expect(await keysOf(backend, 'd/')).toEqual(['d/1', 'd/10', 'd/2'])
      expect(await backend.list({ prefix: 'nothing', limit: 5 })).toEqual({
        files: [],
        more: false,
      })
    })

    it('takes keys that mean something to URLs, headers and XML', async () => {
      const backend = await (await subject.makePlace()).open()
      const keys = [
        'a b',
        'a+b',
        'a%20b',
        '%2F',
        'a?b=c&d',
        'a#b',
        '<a&b>',
        `"a'b"`,
        'x;y=z',
        'ключ',
        '日本/語',
        'a\\b',
        '~!@$^()*',
      ]
      keys.push('tab\there', 'line\nbreak', 'return\rform\ffeed')
      for (const key of keys) await putText(backend, key, `content of ${key}`)
      for (const key of keys) expect(await getText(backend, key)).toBe(`content of ${key}`)
      expect((await keysOf(backend)).toSorted()).toEqual(keys.toSorted())
      for (const key of keys) expect(await backend.delete(key), key).toBe(true)
      expect(await keysOf(backend)).toEqual([])
    })

    it('leaves everything as it was when the body fails', async () => {
      const backend = await (await subject.makePlace()).open()
      await putText(backend, 'key', 'before')
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield Buffer.alloc(3 * MIB)
        await sleep(1)
        throw new Error('the body failed')
      }
      const content = Buffer.from('never')
      await expect(backend.put('key', failing(), () => documentOf('key', content))).rejects.toThrow(
        'the body failed',
      )
      expect(await getText(backend, 'key')).toBe('before')
    })

    it('refuses a document that does not fit, and a name that is too long', async () => {
      const backend = await (await subject.makePlace()).open()
      const metadata = { text: 'x'.repeat(9000) }
      await expect(putText(backend, 'key', 'x', {}, { metadata })).rejects.toThrow(RangeError)
      await expect(putText(backend, 'k'.repeat(1100), 'x')).rejects.toThrow(RangeError)
      expect(await backend.head('key')).toBeUndefined()
    })

    it('reads bytes and document of one store while others replace the file', async () => {
      const backend = await (await subject.makePlace()).open()
      const text = (at: number): string => `${at}`.repeat(20_000)
      await putText(backend, 'key', text(0))
      const writing = (async () => {
        for (let at = 1; at < 9; at++) await putText(backend, 'key', text(at))
      })()
      for (let at = 0; at < 12; at++) expect((await getText(backend, 'key'))?.length).toBe(20_000)
      await writing
      expect(await getText(backend, 'key')).toBe(text(8))
    })

    it('reports what it may do, and finds its credentials', async () => {
      const backend = await (await subject.makePlace()).open()
      await backend.checkCredentials()
      const report = await backend.verifyBucketAccess()
      expect(report).toMatchObject({
        ok: true,
        steps: { list: 'ok', write: 'ok', read: 'ok', delete: 'ok' },
      })
      expect(await keysOf(backend)).toEqual([])
    })

    it('refuses everything after it was closed', async () => {
      const backend = await (await subject.makePlace()).open()
      await backend.close()
      await backend.close()
      expect(await codeOf(backend.head('a'))).toBe('FS-CLOSED-001')
      expect(await codeOf(putText(backend, 'a', 'x'))).toBe('FS-CLOSED-001')
      expect(await codeOf(backend.list({ prefix: '', limit: 1 }))).toBe('FS-CLOSED-001')
      expect(await codeOf(backend.delete('a'))).toBe('FS-CLOSED-001')
    })
  })
}

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../../src/files/backend.js'
import type { FileBody } from '../../../../src/base/byte-source.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import { encryptChunks } from '../../../../src/files/pipeline/encrypt.js'
import { Keyring } from '../../../../src/files/pipeline/keys.js'
import {
  joined,
  Pipeline,
  slice,
  type PipelineOptions,
} from '../../../../src/files/pipeline/pipeline.js'
import { pieces } from '../support.js'

const MASTER = randomBytes(32)
const keyring = new Keyring('k', new Map([['k', MASTER]]))
const PLAIN: PipelineOptions = {
  compression: 'none',
  thresholdBytes: 1024,
  chunkBytes: 1024,
  keyring: undefined,
  encrypt: false,
}
const GZIP = { ...PLAIN, compression: 'gzip' } as const
const ENCRYPTED = { ...PLAIN, keyring, encrypt: true } as const
const BOTH = { ...GZIP, keyring, encrypt: true } as const
const KINDS: [string, PipelineOptions][] = [
  ['as it is', PLAIN],
  ['compressed', GZIP],
  ['encrypted', ENCRYPTED],
  ['compressed and encrypted', BOTH],
]
const text = Buffer.from('holdfast '.repeat(20_000))

interface Kept {
  readonly file: StoredFile
  readonly bytes: Buffer
}

/** A content as a backend keeps it. */
async function stored(pipeline: Pipeline, content: FileBody): Promise<Kept> {
  const packed = await pipeline.pack({ key: 'k', kind: 'bytes' }, content)
  const { body } = packed
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : await joined(body)
  const document = packed.seal(documentOf('k', bytes, packed.describe()), 1)
  return {
    bytes,
    file: { key: 'k', etag: 'e', storedBytes: bytes.length, modifiedMs: 0, document },
  }
}

describe.each(KINDS)('a content that is stored %s', (_, options) => {
  const pipeline = new Pipeline(options)

  it('is the same when it is read, from bytes and from a stream of any length', async () => {
    for (const length of [0, 1, 1024, 1025, 70_000, text.length]) {
      const content = text.subarray(0, length)
      for (const given of [content, pieces(content, 1000)]) {
        const { file, bytes } = await stored(pipeline, given)
        expect(file.document).toMatchObject({ bytes: length })
        const read = await joined(await pipeline.unpack(file.document, pieces(bytes, 777)))
        expect(read.equals(content)).toBe(true)
      }
    }
  })

  it('has ranges that need no more of the stored bytes than they must', async () => {
    const { file, bytes } = await stored(pipeline, text)
    for (const [start, end] of [
      [0, 1],
      [1023, 1025],
      [100_000, 100_010],
      [text.length - 1, text.length],
      [0, text.length],
    ] as const) {
      const range = pipeline.storedRange(file, { start, end })
      if (options.compression === 'gzip') expect(range).toBeUndefined()
      else expect((range?.end ?? 0) - (range?.start ?? 0)).toBeLessThan((end - start) * 1.02 + 2100)
      const part = Readable.from(pieces(bytes.subarray(range?.start, range?.end), 999))
      const read = await joined(await pipeline.unpackRange(file, part, { start, end }))
      expect(read.equals(text.subarray(start, end))).toBe(true)
    }
  })

  it('is refused when its stored bytes are not those of the document', async () => {
    const { file, bytes } = await stored(pipeline, text)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    const reading = async (): Promise<Buffer> =>
      await joined(await pipeline.unpack(file.document, pieces(bytes, 4096)))
    await expect(reading()).rejects.toMatchObject({ code: expect.stringMatching(/^FS-/) })
  })
})

describe('the pipeline', () => {
  it('compresses what is over the threshold and becomes smaller', async () => {
    const pipeline = new Pipeline(GZIP)
    const compressionOf = async (content: FileBody): Promise<unknown> =>
      (await stored(pipeline, content)).file.document.compression
    expect(await compressionOf(text.subarray(0, 1024))).toBe('none')
    expect(await compressionOf(text.subarray(0, 1025))).toBe('gzip')
    const random = randomBytes(200_000)
    expect(await compressionOf(random)).toBe('none')
    expect(await compressionOf(pieces(random, 5000))).toBe('none')
    expect(await compressionOf(pieces(text, 5000))).toBe('gzip')
  })

  it('opens with the keys that it has, and encrypts only when it is told to', async () => {
    const { file, bytes } = await stored(new Pipeline(ENCRYPTED), text)
    const reader = new Pipeline({ ...PLAIN, keyring })
    expect([reader.keyId, new Pipeline(ENCRYPTED).keyId]).toEqual([undefined, 'k'])
    expect((await stored(reader, text)).file.document.encryption).toBeUndefined()
    const read = await joined(await reader.unpack(file.document, pieces(bytes, 4096)))
    expect(read.equals(text)).toBe(true)
    await expect(
      new Pipeline(PLAIN).unpack(file.document, pieces(bytes, 4096)),
    ).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { key_id: 'k', reason: 'unknown_key' },
    })
  })

  it('tells whether a file belongs to its key, by the MAC of the document', async () => {
    const wrong = new Pipeline({
      ...ENCRYPTED,
      keyring: new Keyring('k', new Map([['k', randomBytes(32)]])),
    })
    const right = new Pipeline(ENCRYPTED)
    const { file } = await stored(right, text)
    const unasked = async (): Promise<never> => await Promise.reject(new Error('not to be read'))
    expect(await right.opens(file, unasked)).toBe(true)
    expect(await wrong.opens(file, unasked)).toBe(false)
    const plain = await stored(new Pipeline(PLAIN), text)
    expect(await right.opens(plain.file, unasked)).toBe(false)
  })

  it('tells it of a document of an earlier version, without a MAC, by the first chunk', async () => {
    const encryption = await keyring.newEncryption(1024)
    const { content: key } = await keyring.fileKeys(encryption)
    const header = { format: 1, key: 'k', kind: 'bytes', compression: 'none', encryption } as const
    const bytes = await joined(encryptChunks(pieces(text, 5000), key, header))
    const document = documentOf('k', text, { encryption })
    const file = { key: 'k', etag: 'e', storedBytes: bytes.length, modifiedMs: 0, document }
    const opens = async (pipeline: Pipeline, stored?: Buffer): Promise<boolean> => {
      const body = stored && Readable.from(pieces(stored, 4096))
      const isOpened = await pipeline.opens(file, async () => await Promise.resolve(body))
      if (body !== undefined) expect(body.destroyed).toBe(true)
      return isOpened
    }
    const right = new Pipeline(ENCRYPTED)
    expect(await opens(right, bytes)).toBe(true)
    expect(await opens(right)).toBe(false)
    bytes[0] = (bytes[0] ?? 0) ^ 1
    expect(await opens(right, bytes)).toBe(false)
  })

  it('reads a source no further than the end of a slice', async () => {
    let yielded = 0
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces(Buffer.from('0123456789'), 2)) {
        yielded++
        yield piece
      }
    }
    expect((await joined(slice(counted(), 3, 6))).toString()).toBe('345')
    expect(yielded).toBe(3)
    expect(await joined(slice(counted(), 4, 4))).toHaveLength(0)
    expect(yielded).toBe(3)
  })
})

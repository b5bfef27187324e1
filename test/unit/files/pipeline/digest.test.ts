import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import { checkDigest, Digest, ownBytes } from '../../../../src/files/pipeline/digest.js'
import { joined } from '../../../../src/files/pipeline/pipeline.js'
import { pieces } from '../support.js'

const content = Buffer.from('0123456789'.repeat(10))
const document = documentOf('k', content)

describe('the digest of a stream', () => {
  it('is that of the bytes that pass unchanged, by SHA-256 or with a key by HMAC', async () => {
    for (const [digest, expected] of [
      [new Digest(), createHash('sha256')],
      [new Digest(Buffer.from('key')), createHmac('sha256', 'key')],
    ] as const) {
      expect(await joined(digest.of(pieces(content, 7)))).toEqual(content)
      expect(digest.bytes).toBe(100)
      expect(digest.hex).toBe(expected.update(content).digest('hex'))
      expect(digest.hex).toBe(digest.hex)
    }
  })
})

describe('a checked content', () => {
  it('passes when it is the one of the document, and the empty one, too', async () => {
    expect(await joined(checkDigest(pieces(content, 7), document, undefined))).toEqual(content)
    const empty = documentOf('k', new Uint8Array(0))
    expect(await joined(checkDigest(pieces(new Uint8Array(0), 7), empty, undefined))).toHaveLength(
      0,
    )
    const digest = createHmac('sha256', 'key').update(content).digest('hex')
    const keyed = checkDigest(pieces(content, 7), { ...document, digest }, Buffer.from('key'))
    expect(await joined(keyed)).toEqual(content)
  })

  it('fails at its end when it is changed or cut, or without the key of the digest', async () => {
    const changed = Buffer.from(content)
    changed[50] = 0
    for (const [given, key] of [
      [changed, undefined],
      [content.subarray(1), undefined],
      [content, Buffer.from('key')],
    ] as const)
      await expect(joined(checkDigest(pieces(given, 7), document, key))).rejects.toMatchObject({
        code: 'FS-LOAD-001',
        context: { key: 'k', reason: 'checksum', bytes: given.length, expected_bytes: 100 },
      })
  })

  it('ends at the first byte too many: a forged stream fills no disk', async () => {
    let asked = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        asked++
        yield Buffer.alloc(60)
      }
    }
    const passed: number[] = []
    const reading = async (): Promise<void> => {
      for await (const piece of checkDigest(endless(), document, undefined))
        passed.push(piece.length)
    }
    await expect(reading()).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect([asked, passed]).toEqual([2, [60]])
  })
})

describe('the pieces of a caller’s stream', () => {
  it('are copies: the source may fill its buffer again', async () => {
    const buffer = Buffer.alloc(2)
    async function* reusing(): AsyncGenerator<Uint8Array> {
      for (const byte of [1, 2, 3]) yield buffer.fill(byte)
    }
    const kept: Uint8Array[] = []
    for await (const piece of ownBytes(reusing())) kept.push(piece)
    expect(Buffer.concat(kept)).toEqual(Buffer.from([1, 1, 2, 2, 3, 3]))
  })

  it('are refused at the first that is not bytes', async () => {
    async function* mixed(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('bytes')
      yield 'text' as never
    }
    await expect(joined(ownBytes(mixed()))).rejects.toThrow(/must yield Uint8Arrays, got/)
  })
})

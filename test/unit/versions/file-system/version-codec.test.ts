import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { VERSION_FILE_BYTES_MAX } from '../../../../src/document/version-file.js'
import {
  compressed,
  HAS_ZSTD,
  missingZstd,
  plainBytes,
} from '../../../../src/versions/file-system/version-codec.js'

const TEXT = Buffer.from('A text that repeats itself. '.repeat(100))
const AT = { promptId: 'p', version: '1.0.0', path: 'p/1.0.0.json.gz' }

describe('the codec of versions', () => {
  it('writes what other programs read', async () => {
    const packed = await compressed(TEXT, 'gzip')
    expect(execFileSync('gzip', ['-dc'], { input: packed }).equals(TEXT)).toBe(true)
  })

  it('writes gzip with a header that names neither a time nor a system', async () => {
    const packed = await compressed(TEXT, 'gzip')
    expect(gunzipSync(packed).equals(TEXT)).toBe(true)
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255])
    expect(Buffer.from(packed).equals(await compressed(TEXT, 'gzip'))).toBe(true)
    expect(Buffer.from(await plainBytes(packed, 'gzip', AT)).equals(TEXT)).toBe(true)
    expect(await plainBytes(TEXT, 'plain', AT)).toBe(TEXT)
  })

  it('reads what other programs have packed', async () => {
    const packed = execFileSync('gzip', ['-c'], { input: TEXT })
    expect(Buffer.from(await plainBytes(packed, 'gzip', AT)).equals(TEXT)).toBe(true)
  })

  it('packs and unpacks texts of any size', async () => {
    for (const kib of [0, 1, 100, 3000]) {
      const text = randomBytes(kib * 1024)
      const repeated = Buffer.alloc(kib * 1024, 'a text ')
      for (const one of [text, repeated])
        expect(
          Buffer.from(await plainBytes(await compressed(one, 'gzip'), 'gzip', AT)).equals(one),
        ).toBe(true)
    }
  })

  it('refuses bytes that are damaged, cut off or of another form, with a code', async () => {
    const packed = Buffer.from(await compressed(TEXT, 'gzip'))
    const flipped = Buffer.from(packed)
    flipped[packed.length - 6] = (flipped.at(-6) ?? 0) ^ 1
    for (const bytes of [flipped, packed.subarray(0, -1), TEXT, new Uint8Array(0)])
      await expect(plainBytes(bytes, 'gzip', AT)).rejects.toMatchObject({
        code: 'FS-LOAD-001',
        context: { path: AT.path, reason: 'compression', prompt_id: 'p', version: '1.0.0' },
      })
  })

  it('stops unpacking at the most that a version may be', async () => {
    const bomb = gzipSync(Buffer.alloc(VERSION_FILE_BYTES_MAX + 1))
    expect(bomb.length).toBeLessThan(100_000)
    await expect(plainBytes(bomb, 'gzip', AT)).rejects.toThrow('unpacks to more than 67108864')
  })

  it.runIf(HAS_ZSTD)('packs with zstd where Node has it', async () => {
    const packed = await compressed(TEXT, 'zstd')
    expect(packed.length).toBeLessThan(TEXT.length)
    expect(Buffer.from(await plainBytes(packed, 'zstd', AT)).equals(TEXT)).toBe(true)
    await expect(plainBytes(TEXT, 'zstd', AT)).rejects.toMatchObject({ code: 'FS-LOAD-001' })
  })

  it.skipIf(HAS_ZSTD)('says which Node has zstd where this one has not', async () => {
    expect(missingZstd()).toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'zstd' } })
    await expect(compressed(TEXT, 'zstd')).rejects.toThrow('zstd needs Node 22.15 or later')
    await expect(plainBytes(TEXT, 'zstd', AT)).rejects.toThrow('zstd needs Node 22.15 or later')
  })
})

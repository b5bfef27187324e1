import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import type { FileDocument } from '../../../../src/files/document.js'
import {
  compressStream,
  compressWhole,
  decompressStream,
  HAS_ZSTD,
  isWorthwhile,
} from '../../../../src/files/pipeline/compress.js'
import { joined } from '../../../../src/files/pipeline/pipeline.js'

async function* once(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

const gzipped = (content: Uint8Array, bytes = content.length): FileDocument =>
  documentOf('a', content, { compression: 'gzip', bytes })

describe('compression', () => {
  it('is used only where it makes something smaller', async () => {
    const noise = randomBytes(10_000)
    expect(await compressWhole(noise, 'gzip')).toBeUndefined()
    expect(await isWorthwhile(noise)).toBe(false)
    const text = Buffer.alloc(10_000, 'ab')
    expect((await compressWhole(text, 'gzip'))?.length).toBeLessThan(200)
    expect(await isWorthwhile(text)).toBe(true)
  })

  it('returns whole contents and streams', async () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 50))
    const whole = (await compressWhole(content, 'gzip')) ?? Buffer.alloc(0)
    expect((await joined(decompressStream(once(whole), gzipped(content)))).equals(content)).toBe(
      true,
    )
    const parts = [content.subarray(0, 7), content.subarray(7, 150_000), content.subarray(150_000)]
    const streamed = await joined(compressStream(once(...parts), 'gzip'))
    expect((await joined(decompressStream(once(streamed), gzipped(content)))).equals(content)).toBe(
      true,
    )
  })

  it('stops a bomb as soon as it is longer than its document says', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    expect(bomb.length).toBeLessThan(250_000)
    const before = process.memoryUsage().rss
    let got = 0
    const reading = async (): Promise<void> => {
      for await (const piece of decompressStream(once(bomb), gzipped(Buffer.alloc(0), 1000)))
        got += piece.length
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'FS-CODEC-001',
      context: { key: 'a', reason: 'too_long' },
    })
    expect(got).toBeLessThanOrEqual(1000)
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000)
  })

  it('refuses what is not a whole stream of its codec', async () => {
    const content = Buffer.alloc(50_000, 'text ')
    const whole = gzipSync(content)
    const flipped = Buffer.from(whole)
    flipped[30] = (flipped[30] ?? 0) ^ 0xff
    for (const bytes of [
      whole.subarray(0, 60),
      flipped,
      Buffer.from('no gzip at all'),
      Buffer.alloc(0),
    ]) {
      const reading = joined(decompressStream(once(bytes), gzipped(content)))
      await expect(reading).rejects.toMatchObject({
        code: 'FS-CODEC-001',
        context: { reason: 'damaged' },
      })
    }
  })

  it('passes the failure of its source on', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync('x').subarray(0, 5)
      throw new Error('the source broke')
    }
    await expect(joined(decompressStream(failing(), gzipped(Buffer.from('x'))))).rejects.toThrow(
      'the source broke',
    )
    await expect(joined(compressStream(failing(), 'gzip'))).rejects.toThrow('the source broke')
  })

  it('has zstd where Node has it, and says so where not', async () => {
    const content = Buffer.alloc(50_000, 'text ')
    if (HAS_ZSTD) {
      const packed = (await compressWhole(content, 'zstd')) ?? Buffer.alloc(0)
      const document = documentOf('a', content, { compression: 'zstd' })
      expect((await joined(decompressStream(once(packed), document))).equals(content)).toBe(true)
    } else {
      const document = documentOf('a', content, { compression: 'zstd' })
      await expect(joined(decompressStream(once(content), document))).rejects.toMatchObject({
        code: 'FS-CODEC-001',
        context: { reason: 'unsupported', codec: 'zstd' },
      })
    }
  })
})

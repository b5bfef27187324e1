import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { SpoolFile } from '../../../src/disk/spool-file.js'
import { spoolBytes, withSpooled, type SpooledBody } from '../../../src/objects/spool.js'
import { pieces } from '../files/support.js'

const MIB = 1024 * 1024
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64')

async function contentOf(body: SpooledBody): Promise<Buffer> {
  const content = body.open()
  return Buffer.isBuffer(content) ? content : await buffer(content)
}

describe('a spooled body', () => {
  it.each([
    ['none', 0, true],
    ['1 MiB', MIB, true],
    ['a byte more', MIB + 1, false],
    ['many MiB', 5 * MIB + 17, false],
  ])('knows size and digest of a stream, and can be sent again: %s', async (_, size, inMemory) => {
    const content = Buffer.alloc(size, 'holdfast ')
    await withSpooled(pieces(content, 64 * 1024), async (body) => {
      expect([body.bytes, body.md5, body.isInMemory]).toEqual([size, md5(content), inMemory])
      for (let times = 0; times < 2; times++)
        expect((await contentOf(body)).equals(content)).toBe(true)
      const iterated: Uint8Array[] = []
      for await (const chunk of body) iterated.push(chunk)
      expect(Buffer.concat(iterated).equals(content)).toBe(true)
      const [start, end] = [Math.floor(size / 3), Math.floor(size / 2)]
      const part = await body.part(start, end, Buffer.alloc(end - start))
      expect(part.equals(content.subarray(start, end))).toBe(true)
    })
  })

  it('of a file is gone when its user has ended, well or not', async () => {
    const kept: SpooledBody[] = []
    const content = Buffer.alloc(2 * MIB)
    await withSpooled(pieces(content, MIB), async (body) => await Promise.resolve(kept.push(body)))
    const failing = withSpooled(pieces(content, MIB), async (body) => {
      kept.push(body)
      return await Promise.reject(new Error('broken'))
    })
    await expect(failing).rejects.toThrow('broken')
    expect(kept).toHaveLength(2)
    for (const body of kept) await expect(contentOf(body)).rejects.toThrow()
  })

  it('is not made of a stream that fails, whose failure is the caller’s', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(2 * MIB)
      yield Buffer.alloc(1)
      throw new Error('the source broke')
    }
    const close = vi.spyOn(SpoolFile.prototype, 'close')
    onTestFinished(() => close.mockRestore())
    let isUsed = false
    const spooling = withSpooled(broken(), async () => await Promise.resolve((isUsed = true)))
    await expect(spooling).rejects.toThrow('the source broke')
    expect(isUsed).toBe(false)
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('that is spooled already stays with its owner', async () => {
    await withSpooled(pieces(Buffer.alloc(2 * MIB, 'x'), MIB), async (body) => {
      await withSpooled(body, async (same) => await Promise.resolve(expect(same).toBe(body)))
      expect((await contentOf(body)).length).toBe(2 * MIB)
    })
  })

  it('of bytes shares their memory, also of a part of a larger one', async () => {
    const whole = Buffer.from('0123456789')
    const body = spoolBytes(new Uint8Array(whole.buffer, whole.byteOffset + 2, 3))
    expect(body.md5).toBe(md5(Buffer.from('234')))
    expect((await contentOf(body)).toString()).toBe('234')
  })
})

import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { FileStorage } from '../../../../src/files/file-storage.js'
import { bytesFrom, pieces } from '../support.js'
import type { SuiteCase } from './subject.js'

const LINES = Buffer.from(Array.from({ length: 40_000 }, (_, at) => `line ${at}\n`).join(''))
const CONTENTS = [LINES, randomBytes(700_001), Buffer.alloc(0), Buffer.from('short')]

export function streamingBehaviour({ open }: SuiteCase): void {
  it.each(CONTENTS.map((content) => [content.length, content] as const))(
    'takes and gives a stream of %d bytes, and any range of it',
    async (bytes, content) => {
      const storage = await open()
      const metadata = { n: 1 }
      const info = await storage.storeStream('s', pieces(content, 10_007), { metadata })
      expect(info).toMatchObject({ kind: 'bytes', bytes, metadata })
      expect((await contentOf(storage)).equals(content)).toBe(true)
      for (const [from, to] of [
        [0, 1],
        [5, 5],
        [8190, 8195],
        [100_000, 300_001],
        [bytes - 3, bytes],
        [bytes, bytes + 9],
        [bytes + 5, bytes + 9],
      ] as const) {
        const start = Math.max(0, from)
        const range = { start, end: Math.max(start, to) }
        const part = await contentOf(storage, range)
        expect(part.equals(content.subarray(start, range.end)), JSON.stringify(range)).toBe(true)
      }
      expect((await contentOf(storage, { start: 3 })).equals(content.subarray(3))).toBe(true)
    },
  )

  it.each([3, 20])(
    'keeps all of %d pieces that come in one buffer, filled again for each',
    async (count) => {
      const storage = await open()
      const size = 65_536
      const refilled = async function* (): AsyncGenerator<Uint8Array> {
        const buffer = Buffer.alloc(size)
        for (let at = 0; at < count; at++) {
          yield buffer.fill(at)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      await storage.storeStream('s', refilled())
      const expected = Buffer.concat(
        Array.from({ length: count }, (_, at) => Buffer.alloc(size, at)),
      )
      expect((await contentOf(storage)).equals(expected)).toBe(true)
    },
  )

  it('opens no stream of what is absent, and none of a range that is none', async () => {
    const storage = await open()
    await storage.store('s', 'content')
    expect(await storage.retrieveStream('absent')).toBeUndefined()
    expect(await storage.retrieveStream('absent', { start: 1 })).toBeUndefined()
    await expect(storage.retrieveStream('s', { start: -1 })).rejects.toThrow(RangeError)
    await expect(storage.retrieveStream('s', { start: 3, end: 2 })).rejects.toThrow(RangeError)
    await expect(storage.retrieveStream('s', { start: 0.5 })).rejects.toThrow(TypeError)
    const left = await storage.retrieveStream('s')
    left?.body.destroy()
  })

  it('keeps giving the file that was opened, though it is replaced or deleted meanwhile', async () => {
    const storage = await open()
    const content = randomBytes(3_000_000)
    await storage.store('s', content)
    const [whole, gone] = [await storage.retrieveStream('s'), await storage.retrieveStream('s')]
    await storage.store('s', 'another')
    expect((await bytesFrom(whole?.body)).equals(content)).toBe(true)
    await storage.delete('s')
    expect((await bytesFrom(gone?.body)).equals(content)).toBe(true)
    expect(await storage.exists('s')).toBe(false)
  })
}

async function contentOf(
  storage: FileStorage,
  range?: { readonly start: number; readonly end?: number },
): Promise<Buffer> {
  return await bytesFrom((await storage.retrieveStream('s', range))?.body)
}

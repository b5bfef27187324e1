import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { bytesFrom } from '../support.js'
import type { SuiteCase } from './subject.js'

const VALUES: readonly unknown[] = [
  '',
  '123',
  '{"a":1}',
  'null',
  'ü 日本 😀 \0',
  '\ufeffmark',
  'x'.repeat(5000),
  new Uint8Array(0),
  Uint8Array.of(0, 255, 254),
  randomBytes(3000),
  Buffer.alloc(5000, 1),
  { a: [1, null, { b: 'c' }], ü: true },
  [],
  {},
  0,
  1.5,
  true,
  false,
  null,
  ['x'.repeat(4000)],
]

export function valueBehaviour({ open }: SuiteCase): void {
  it('returns exactly the type and value that went in', async () => {
    const storage = await open()
    for (const [at, value] of VALUES.entries()) {
      expect(await storage.store(`v/${at}`, value as object)).toBe(true)
      const expected = value instanceof Uint8Array ? new Uint8Array(value) : value
      expect(await storage.retrieve(`v/${at}`)).toStrictEqual(expected)
      expect(await storage.retrieve(`v/${at}`)).toStrictEqual(expected)
    }
    expect(await storage.retrieve('v/none')).toBeUndefined()
  })

  it('replaces a file whole, whatever it was before', async () => {
    const storage = await open()
    const large = randomBytes(700_000)
    for (const value of ['text', large, { json: 'x'.repeat(9000) }, '', large, [1], 'last']) {
      await storage.store('a', value)
      const found = await storage.retrieve('a')
      // Byte by byte, the runner's own comparison takes half a second.
      if (value === large) expect(large.equals(found as Uint8Array)).toBe(true)
      else expect(found).toStrictEqual(value)
    }
    expect(await storage.listKeys()).toEqual(['a'])
    expect((await storage.verify()).problems).toEqual([])
  })

  it.each([100, 5000, 300_000])(
    'keeps %d bytes as they were at the call, whatever the caller does to its buffer then',
    async (bytes) => {
      const storage = await open()
      const buffer = Buffer.alloc(bytes, 1)
      const calls = ['a', 'b', 'c'].map(async (key) => await storage.store(key, buffer))
      calls.push(storage.storeMany([{ key: 'd', data: buffer }]).then(() => true))
      calls.push(storage.storeStream('e', buffer as never).then(() => true))
      buffer.fill(2)
      const later = storage.store('c', buffer)
      await new Promise((resolve) => setImmediate(resolve))
      buffer.fill(3)
      await Promise.all([...calls, later])
      for (const [key, byte] of Object.entries({ a: 1, b: 1, c: 2, d: 1, e: 1 })) {
        const found = (await storage.retrieve(key)) as Uint8Array
        expect(Buffer.alloc(bytes, byte).equals(found), key).toBe(true)
      }
    },
  )

  it('keeps metadata and options as they were at the call', async () => {
    const storage = await open()
    await storage.store('from', 'x')
    const metadata = { n: 1 }
    const options: { ifAbsent?: boolean; expiresAt: Date } = { expiresAt: new Date(2 ** 42) }
    const calls = [
      storage.store('a', 'x', metadata, options),
      storage.storeStream('b', Buffer.from('x') as never, { metadata, ...options }),
      storage.copy('from', 'c', options),
    ]
    const expires_at = options.expiresAt.toISOString()
    metadata.n = 2
    options.ifAbsent = 'no' as never
    options.expiresAt.setTime(0)
    await Promise.all(calls)
    for (const key of ['a', 'b']) expect((await storage.stat(key))?.metadata).toEqual({ n: 1 })
    for (const key of ['a', 'b', 'c'])
      expect((await storage.stat(key))?.expires_at).toBe(expires_at)
  })

  it('refuses values that would not come back', async () => {
    const storage = await open()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const nothing: unknown[] = [undefined, Number.NaN, -0, 1n, () => 0, Symbol('x')]
    for (const value of [...nothing, new Date(), new Map(), [undefined], cycle, '\ud800'])
      await expect(storage.store('a', value as never)).rejects.toThrow(TypeError)
    await expect(storage.store('a', 'x', [] as never)).rejects.toThrow(/metadata/)
    await expect(storage.store('a', 'x', {}, { ttl: 1 } as never)).rejects.toThrow(/ttl/)
    await expect(storage.store('a', 'x', { expires_at: 'tomorrow' })).rejects.toThrow(TypeError)
    expect(await storage.listKeys()).toEqual([])
  })

  it('takes no content into memory that is over its bound', async () => {
    const storage = await open({ max_retrieve_bytes: 1000 })
    await storage.store('a', Buffer.alloc(1001))
    await expect(storage.retrieve('a')).rejects.toThrow(/retrieveStream/)
    expect((await bytesFrom((await storage.retrieveStream('a'))?.body)).length).toBe(1001)
  })
}

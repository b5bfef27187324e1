import { expect, it } from 'vitest'
import { HOSTILE_KEYS } from '../../../../src/files/conformance/keys.js'
import { compareKeys } from '../../../../src/files/key.js'
import type { FileStorage } from '../../../../src/files/file-storage.js'
import type { SuiteCase } from './subject.js'

const NO_KEYS: readonly unknown[] = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a\0b',
  '\ud800',
  'x'.repeat(1025),
  7,
]

/** Keys, and lists of them. */
export function namingBehaviour(suite: SuiteCase): void {
  keys(suite)
  lists(suite)
}

function keys({ open }: SuiteCase): void {
  it('keeps apart whatever is a key, however it looks', async () => {
    const storage = await open()
    const stored = await storage.storeMany(
      HOSTILE_KEYS.map((key, at) => ({ key, data: { key }, metadata: { at } })),
    )
    expect(stored.filter(({ value }) => value !== true)).toEqual([])
    const read = await storage.retrieveMany(HOSTILE_KEYS)
    expect(read).toEqual(HOSTILE_KEYS.map((key) => ({ key, value: { key } })))
    expect(await storage.listKeys()).toEqual([...HOSTILE_KEYS].sort(compareKeys))
    expect((await storage.verify()).problems).toEqual([])
    const gone = await storage.deleteMany(HOSTILE_KEYS)
    expect(gone.filter(({ value }) => value !== true)).toEqual([])
    expect(await storage.listKeys()).toEqual([])
  })

  it('refuses keys that are none', async () => {
    const storage = await open()
    for (const key of NO_KEYS as string[]) {
      await expect(storage.store(key, 'x')).rejects.toThrow(TypeError)
      await expect(storage.storeStream(key, once())).rejects.toThrow(TypeError)
      await expect(storage.retrieve(key)).rejects.toThrow(TypeError)
      await expect(storage.retrieveStream(key)).rejects.toThrow(TypeError)
      await expect(storage.delete(key)).rejects.toThrow(TypeError)
      await expect(storage.stat(key)).rejects.toThrow(TypeError)
      await expect(storage.copy('a', key)).rejects.toThrow(TypeError)
      await expect(storage.move(key, 'a')).rejects.toThrow(TypeError)
    }
    await storage.store('..a', 'fine')
    expect(await storage.retrieve('..a')).toBe('fine')
  })
}

function lists({ open, filesMany }: SuiteCase): void {
  it(`lists ${filesMany} keys through pages, sorted and whole`, async () => {
    const storage = await open({ durability: 'none' })
    const all = Array.from({ length: filesMany }, (_, at) => `d${at % 7}/f${at}`)
    const results = await storage.storeMany(all.map((key) => ({ key, data: key })))
    expect(results.filter(({ value }) => value !== true)).toEqual([])
    const sorted = all.toSorted()
    expect(await storage.listKeys()).toEqual(sorted)
    expect(await paged(storage, Math.ceil(filesMany / 8))).toEqual(sorted)
    const some = sorted.filter((key) => key.startsWith('d3/'))
    expect(await storage.listKeys('d3/')).toEqual(some)
    expect(await storage.listKeys('d3/', 5)).toEqual(some.slice(0, 5))
    expect(await storage.listKeys('', 0)).toEqual([])
    expect(await storage.listKeys('none')).toEqual([])
  })

  it('goes on behind its cursor, whatever was stored and deleted meanwhile', async () => {
    const storage = await open()
    for (const key of ['a', 'b', 'c', 'e']) await storage.store(key, key)
    const page = await storage.list({ limit: 2 })
    expect(page.files.map(({ key }) => key)).toEqual(['a', 'b'])
    await storage.delete('b')
    await storage.store('aa', 'x')
    await storage.store('d', 'd')
    const rest = await storage.list({ limit: 10, cursor: page.cursor })
    expect(rest.files.map(({ key }) => key)).toEqual(['c', 'd', 'e'])
    expect(rest.cursor).toBeUndefined()
    expect(await storage.list({ limit: 0 })).toEqual({ files: [], cursor: undefined })
    await expect(storage.list({ cursor: 'no cursor' })).rejects.toThrow(/cursor/)
    await expect(storage.list({ limit: 10_001 })).rejects.toThrow(RangeError)
    await expect(storage.list({ after: 'a' } as never)).rejects.toThrow(/after/)
  })
}

async function paged(storage: FileStorage, limit: number): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await storage.list({ limit, cursor })
    expect(page.files.length).toBeLessThanOrEqual(limit)
    found.push(...page.files.map(({ key }) => key))
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

async function* once(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x')
}

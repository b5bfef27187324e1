import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { pieces } from '../support.js'
import type { SuiteCase } from './subject.js'

const CLOSED = { code: 'FS-CLOSED-001' }

/** Many calls at once, and what becomes of them when the storage is closed. */
export function concurrentBehaviour(suite: SuiteCase): void {
  oneKey(suite)
  claiming(suite)
  closing(suite)
}

function oneKey({ open }: SuiteCase): void {
  it('makes all changes of one key, however many come at once, and the last call wins', async () => {
    const storage = await open()
    // Each takes another time to be compressed and encrypted.
    const values = Array.from({ length: 64 }, (_, at) => `${at} `.repeat((64 - at) * 50))
    await Promise.all(values.map(async (value) => await storage.store('k', value)))
    expect(await storage.retrieve('k')).toBe(values.at(-1))
    const mixed = values.map(async (value, at) =>
      at % 4 === 1 ? await storage.delete('k') : await storage.store('k', value, { at }),
    )
    expect((await Promise.all(mixed)).every(Boolean)).toBe(true)
    expect((await storage.stat('k'))?.metadata).toEqual({ at: 63 })
    const entries = values.map((data) => ({ key: 'k', data }))
    const batch = storage.storeMany(entries)
    await storage.store('k', 'after the batch')
    expect((await batch).filter(({ error }) => error !== undefined)).toEqual([])
    expect(await storage.retrieve('k')).toBe('after the batch')
  })

  it('takes streams, copies and moves of one key at once, and a stream of the key itself', async () => {
    const storage = await open()
    await storage.store('from', 'copied')
    await storage.store('k', Buffer.from('first'))
    await Promise.all(
      Array.from({ length: 24 }, async (_, at) => {
        if (at % 3 === 0) await storage.copy('from', 'k')
        else await storage.storeStream('k', pieces(Buffer.alloc(3000, at), 1000))
      }),
    )
    const opened = await storage.retrieveStream('k')
    await storage.storeStream('k', opened?.body ?? [])
    await Promise.all([storage.move('k', 'other'), storage.move('other', 'k')])
    expect(await storage.listKeys()).toEqual(['from', 'k'])
  })
}

function claiming({ makePlace, open, subject }: SuiteCase): void {
  it.runIf(subject.shared && subject.tellsLostRaces !== false)(
    'lets one of two storages move a file, and leaves one copy',
    async () => {
      const place = await makePlace()
      const [one, two] = [await place.open(), await place.open()]
      for (let round = 0; round < 4; round++) {
        for (const targets of [
          ['a', 'b'],
          ['c', 'c'],
        ] as const) {
          await one.store('job', `${round}`)
          const moved = await Promise.all([
            one.move('job', targets[0]),
            two.move('job', targets[1]),
          ])
          expect(moved.filter(Boolean)).toHaveLength(1)
          const keys = await one.listKeys()
          expect(keys).toHaveLength(1)
          expect(await two.retrieve(keys[0] ?? '')).toBe(`${round}`)
          await one.deleteMany(keys)
        }
      }
    },
  )

  it('moves a file that is stored again meanwhile as it is then, or leaves the new one', async () => {
    const storage = await open()
    for (let round = 0; round < 6; round++) {
      await storage.store('from', 'first')
      const moved = storage.move('from', 'to')
      await storage.storeStream('from', pieces(Buffer.from('second'), 3))
      expect(await moved).toBe(true)
      const found = await storage.retrieveMany(['from', 'to'])
      const texts = found.map(({ value }) => value && Buffer.from(value as string).toString())
      expect([
        [undefined, 'second'],
        ['second', 'first'],
      ]).toContainEqual(texts)
      await storage.deleteMany(['from', 'to'])
    }
  })
}

function closing({ makePlace, subject }: SuiteCase): void {
  it('completes what was called before close, and refuses what is called after it', async () => {
    const place = await makePlace()
    const storage = await place.open()
    await storage.store('old', 'content')
    const keys = storage.keys()
    expect(await keys.next()).toEqual({ done: false, value: 'old' })
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const body = Readable.from(
      (async function* () {
        yield Buffer.from('slow')
        await held
        yield Buffer.from(' stream')
      })(),
    )
    const calls = Promise.all([
      storage.storeStream('streamed', body),
      storage.store('stored', { value: 1 }),
      storage.storeMany(Array.from({ length: 80 }, (_, at) => ({ key: `m/${at}`, data: at }))),
      storage.copy('old', 'copied'),
      storage.move('stored', 'moved'),
      storage.retrieve('old'),
      storage.listKeys('old'),
    ])
    const closed = storage.close()
    await expect(storage.store('late', 1)).rejects.toMatchObject(CLOSED)
    await expect(storage.retrieve('old')).rejects.toMatchObject(CLOSED)
    await expect(keys.next()).rejects.toMatchObject(CLOSED)
    const refused = Readable.from([Buffer.from('x')])
    await expect(storage.storeStream('late', refused)).rejects.toMatchObject(CLOSED)
    expect(refused.destroyed).toBe(true)
    release()
    const [, , many, , , text, listed] = await calls
    await closed
    expect(many.filter(({ error }) => error !== undefined)).toEqual([])
    expect([text, listed]).toEqual(['content', ['old']])
    if (!subject.persistent) return
    const again = await place.open()
    expect(await again.retrieve('moved')).toEqual({ value: 1 })
    expect(Buffer.from((await again.retrieve('streamed')) as Uint8Array).toString()).toBe(
      'slow stream',
    )
    expect(await again.listKeys('m/')).toHaveLength(80)
    expect(await again.exists('late')).toBe(false)
  })
}

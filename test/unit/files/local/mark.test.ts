import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import {
  addKeyRecords,
  readKeyRecords,
  readKeyState,
  writeCurrentKey,
} from '../../../../src/files/local/mark.js'
import type { KeyRecord } from '../../../../src/files/pipeline/keys.js'
import { tempDirectory } from '../../../support/temp.js'
import { lateReading } from '../../../support/intercepted-disk.js'

const MARK = '.files.json'

function record(): KeyRecord {
  const [salt, check] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  return { salt, check, sealed: true }
}

interface Race {
  readonly directory: Store
  close(): Promise<void>
}

/** A store of files one of whose openers reads the mark, and writes it only after another one has done something to it. */
async function race(meanwhile: (other: Store) => Promise<unknown>): Promise<Race> {
  const path = await tempDirectory()
  await (await FileStorage.open({ local_storage_path: path })).close()
  const other = await Store.open(path)
  const disk = lateReading(MARK, async () => await meanwhile(other))
  const directory = await Store.open(path, { disk })
  const close = async (): Promise<void> => {
    await Promise.all([other.close(), directory.close()])
  }
  return { directory, close }
}

describe('the keys in the mark of a store of files', () => {
  it('are those of the first of two openers with the same id, for both of them', async () => {
    const [first, second] = [record(), record()]
    const { directory, close } = await race(
      async (other) => await addKeyRecords(other, new Map([['key', first]])),
    )
    const found = await addKeyRecords(directory, new Map([['key', second]]))
    expect(found.get('key')).toEqual(first)
    expect((await readKeyRecords(directory)).get('key')).toEqual(first)
    await close()
  })

  it('are those of both of two openers with different ids', async () => {
    const [first, second] = [record(), record()]
    const { directory, close } = await race(
      async (other) => await addKeyRecords(other, new Map([['one', first]])),
    )
    await addKeyRecords(directory, new Map([['two', second]]))
    expect(Object.fromEntries(await readKeyRecords(directory))).toEqual({
      one: first,
      two: second,
    })
    await close()
  })

  it('stay when another process makes one of them the current key meanwhile, and so does that', async () => {
    const { directory, close } = await race(async (other) => {
      await addKeyRecords(other, new Map([['one', record()]]))
      await writeCurrentKey(other, 'one')
    })
    await addKeyRecords(directory, new Map([['two', record()]]))
    expect(await readKeyState(directory)).toEqual({ hasKeys: true, current: 'one' })
    expect(
      [...(await readKeyRecords(directory)).keys()].toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['one', 'two'])
    await close()
  })

  it('stay when the current key is written over a mark that was read before they came', async () => {
    const { directory, close } = await race(
      async (other) => await addKeyRecords(other, new Map([['one', record()]])),
    )
    await writeCurrentKey(directory, 'one')
    expect(await readKeyState(directory)).toEqual({ hasKeys: true, current: 'one' })
    await close()
  })
})

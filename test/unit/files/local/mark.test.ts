import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import {
  addKeyRecords,
  readKeepSetting,
  readKeyRecords,
  readKeyState,
  writeCurrentKey,
  writeKeepSetting,
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

describe('which versions are kept, in the mark of a store of files', () => {
  it('is nothing at first, then what was written last, and the feature that readers must know', async () => {
    const path = await tempDirectory()
    await (await FileStorage.open({ storageDir: path })).close()
    const directory = await Store.open(path)
    expect(await readKeepSetting(directory)).toEqual({ most: 0 })
    expect(await markIn(directory)).toMatchObject({ requires: [] })
    await writeKeepSetting(directory, { most: 0 })
    expect(await markIn(directory)).toMatchObject({ requires: [] })
    await writeKeepSetting(directory, { most: 3, days: 30 })
    expect(await readKeepSetting(directory)).toEqual({ most: 3, days: 30 })
    expect(await markIn(directory)).toMatchObject({
      requires: ['kept-versions'],
      versions: { keep: 3, days: 30 },
    })
    await addKeyRecords(directory, new Map([['one', record()]]))
    await writeKeepSetting(directory, { most: 0 })
    expect(await readKeepSetting(directory)).toEqual({ most: 0 })
    expect(await markIn(directory)).toMatchObject({
      requires: ['kept-versions', 'sealed-documents'],
      versions: { keep: 0 },
    })
    await directory.close()
  })

  it('is that of the second of two openers, beside what the first has written', async () => {
    const { directory, close } = await race(
      async (other) => await addKeyRecords(other, new Map([['one', record()]])),
    )
    await writeKeepSetting(directory, { most: 2 })
    expect(await readKeepSetting(directory)).toEqual({ most: 2, days: undefined })
    expect((await readKeyRecords(directory)).has('one')).toBe(true)
    await close()
  })

  it('is refused when it is damaged', async () => {
    const path = await tempDirectory()
    await (await FileStorage.open({ storageDir: path, keepVersions: 1 })).close()
    const directory = await Store.open(path)
    const mark = await markIn(directory)
    for (const versions of [null, 3, { keep: -1 }, { keep: 1.5 }, { keep: 1, days: 0 }]) {
      const bytes = Buffer.from(JSON.stringify({ ...mark, versions }))
      await directory.commit([{ kind: 'replace', path: MARK, bytes }])
      await expect(readKeepSetting(directory)).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
    }
    await directory.close()
  })

  it('names the feature again when the mark was lost', async () => {
    const path = await tempDirectory()
    const files = await FileStorage.open({ storageDir: path, keepVersions: 1 })
    await files.store('k', 'one')
    await files.store('k', 'two')
    await files.close()
    await rm(join(path, MARK))
    const again = await FileStorage.open({ storageDir: path })
    expect(await again.history('k')).toHaveLength(2)
    await again.close()
    const directory = await Store.open(path)
    expect(await markIn(directory)).toMatchObject({ requires: ['kept-versions'] })
    await directory.close()
  })
})

async function markIn(directory: Store): Promise<object> {
  const bytes = (await directory.read(MARK)) ?? new Uint8Array(0)
  return JSON.parse(Buffer.from(bytes).toString()) as object
}

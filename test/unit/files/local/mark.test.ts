import { randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import {
  addKeyRecords,
  KeyGuard,
  readKeyRecords,
  readKeyState,
  writeCurrentKey,
} from '../../../../src/files/local/mark.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
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

describe('the guard of the keys that files are stored with', () => {
  const plain = documentOf('k', Buffer.from('x'))
  const encryption = (id: string) => ({
    algorithm: 'aes-256-gcm-chunked' as const,
    key_id: id,
    chunk_bytes: 1024,
    salt: 'A'.repeat(43),
  })
  const encrypted = (id: string) => ({ ...plain, encryption: encryption(id) })

  async function guarded(admitsPlain = false): Promise<{ guard: KeyGuard; directory: Store }> {
    const path = await tempDirectory()
    await (await FileStorage.open({ local_storage_path: path })).close()
    const directory = await Store.open(path, { disk: 'portable' })
    onTestFinished(async () => await directory.close())
    return { guard: new KeyGuard(directory, admitsPlain), directory }
  }

  it('refuses plain files once the store has keys, unless they are admitted', async () => {
    for (const admitsPlain of [false, true]) {
      const { guard, directory } = await guarded(admitsPlain)
      await guard.admit(plain)
      await addKeyRecords(directory, new Map([['one', record()]]))
      const refused = { code: 'FS-CRYPT-001', context: { key: 'k', reason: 'encryption_off' } }
      if (admitsPlain) await guard.admit(plain)
      else await expect(guard.admit(plain)).rejects.toMatchObject(refused)
      await guard.admit(encrypted('one'))
    }
  })

  it('refuses files of a retired key, also when another process has retired it', async () => {
    const { guard, directory } = await guarded()
    await addKeyRecords(directory, new Map(['one', 'two'].map((id) => [id, record()])))
    await guard.admit(encrypted('one'))
    await writeCurrentKey(directory, 'two')
    await expect(guard.admit(encrypted('one'))).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { key_id: 'one', current_key_id: 'two', reason: 'retired_key' },
    })
    await guard.admit(encrypted('two'))
    await guard.makeCurrent('one')
    await guard.admit(encrypted('one'))
    await expect(guard.admit(encrypted('two'))).rejects.toMatchObject({ code: 'FS-CRYPT-001' })
  })

  it('reads the mark once, and again after a change of it', async () => {
    const { guard, directory } = await guarded()
    const read = vi.spyOn(directory, 'read')
    for (let times = 0; times < 3; times++) await guard.admit(plain)
    expect(read).toHaveBeenCalledTimes(1)
    await directory.commit([{ kind: 'create', path: 'other', bytes: Buffer.from('x') }])
    await guard.admit(plain)
    expect(read).toHaveBeenCalledTimes(1)
    await guard.makeCurrent('one')
    read.mockClear()
    await guard.admit(plain)
    await guard.admit(plain)
    expect(read).toHaveBeenCalledTimes(1)
  })
})

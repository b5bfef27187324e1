import { randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { KeyGuard } from '../../../../src/files/local/key-guard.js'
import { addKeyRecords, writeCurrentKey } from '../../../../src/files/local/mark.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import type { KeyRecord } from '../../../../src/files/pipeline/keys.js'
import { tempDirectory } from '../../../support/temp.js'

function record(): KeyRecord {
  const [salt, check] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  return { salt, check, sealed: true }
}

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

import { randomBytes } from 'node:crypto'
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { bytesFrom } from './support.js'

const CRYPT = { code: 'FS-CRYPT-001' }

describe('an encrypted file storage', () => {
  const encryption = {
    enable_encryption: true,
    enable_cache: false,
    enable_compression: false,
  } as const

  it('keeps no plain content on the disk, and refuses what was tampered with there', async () => {
    const path = await tempDirectory()
    await using storage = await FileStorage.open({
      local_storage_path: path,
      encryption_key: randomBytes(32),
      ...encryption,
    })
    const text = 'a secret '.repeat(5000)
    for (const key of ['one.txt', 'two.txt', 'three.txt']) await storage.store(key, text)
    const at = (key: string): string => join(path, `${key}.enc`)
    const stored = await readFile(at('one.txt'))
    expect(stored.includes('secret')).toBe(false)
    stored[9000] = (stored[9000] ?? 0) ^ 1
    await writeFile(at('one.txt'), stored)
    await copyFile(at('three.txt'), at('two.txt'))
    await expect(storage.retrieve('one.txt')).rejects.toMatchObject(CRYPT)
    await expect(storage.retrieve('two.txt')).rejects.toMatchObject(CRYPT)
    const part = await storage.retrieveStream('one.txt', { start: 9000, end: 9010 })
    await expect(bytesFrom(part?.body)).rejects.toMatchObject(CRYPT)
    const whole = await storage.retrieveStream('one.txt', { start: 20_000, end: 20_009 })
    expect((await bytesFrom(whole?.body)).toString()).toBe(text.slice(20_000, 20_009))
    await rename(at('three.txt'), at('two.txt'))
    expect((await storage.verify()).problems.map(({ key, code }) => [key, code])).toEqual([
      ['one.txt', 'FS-CRYPT-001'],
      ['three.txt', 'FS-LOAD-001'],
      ['two.txt', 'FS-CRYPT-001'],
    ])
  })

  it('needs its key, takes new ones, and stores all files again under the new one', async () => {
    const path = await tempDirectory()
    const [old, fresh] = [randomBytes(32), randomBytes(32).toString('base64')]
    {
      await using plain = await FileStorage.open({ local_storage_path: path })
      await plain.store('plain', 'never encrypted')
      await using first = await FileStorage.open({
        local_storage_path: path,
        encryption_key: old,
        encryption_key_id: 'old',
        ...encryption,
      })
      for (let at = 0; at < 5; at++) await first.store(`f${at}`, { at }, { n: at })
    }
    await using without = await FileStorage.open({ local_storage_path: path })
    await expect(without.retrieve('f1')).rejects.toMatchObject(CRYPT)
    expect(await without.retrieve('plain')).toBe('never encrypted')
    const wrong = { encryption_key: fresh, encryption_key_id: 'old', ...encryption }
    await expect(FileStorage.open({ local_storage_path: path, ...wrong })).rejects.toMatchObject({
      ...CRYPT,
      context: { key_id: 'old', reason: 'wrong_key' },
    })
    const keys = { encryption_key: fresh, encryption_key_id: 'new', ...encryption }
    await using both = await FileStorage.open({
      local_storage_path: path,
      ...keys,
      encryption_old_keys: { old },
      require_encryption: false,
    })
    expect(await both.retrieve('f1')).toEqual({ at: 1 })
    expect(await both.rotateKeys()).toBe(6)
    expect(await both.rotateKeys()).toBe(0)
    await using after = await FileStorage.open({ local_storage_path: path, ...keys })
    for (let at = 0; at < 5; at++) expect(await after.retrieve(`f${at}`)).toEqual({ at })
    expect(await after.stat('f3')).toMatchObject({
      encryption_key_id: 'new',
      metadata: { n: 3 },
      kind: 'json',
    })
    expect(await after.retrieve('plain')).toBe('never encrypted')
    expect((await after.verify()).problems).toEqual([])
  })
})

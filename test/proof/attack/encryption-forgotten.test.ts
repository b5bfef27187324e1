import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { bytesBelow, encrypted, refused, storeOf } from './encrypted-store.js'

const OLD_KEY = Buffer.alloc(32, 1)
const NEW_KEY = Buffer.alloc(32, 2)

describe('a process that does not know of the encryption', () => {
  const off = refused('encryption_off')

  it('stores nothing in an encrypted store, by no call', async () => {
    const path = await storeOf('the secret')
    {
      await using plain = await FileStorage.open({ local_storage_path: path })
      const text = 'not for the disk'
      await expect(plain.store('a.txt', text)).rejects.toMatchObject(off)
      await expect(plain.store('b.txt', text)).rejects.toMatchObject(off)
      await expect(plain.storeStream('c', [Buffer.alloc(400_000)])).rejects.toMatchObject(off)
      const [result] = await plain.storeMany([{ key: 'd', data: text }])
      expect(result?.error).toMatchObject(off)
      expect((await bytesBelow(path)).includes(text)).toBe(false)
    }
    await using files = await FileStorage.open(encrypted(path))
    expect(await files.listKeys()).toEqual(['a.txt'])
    expect(await files.retrieve('a.txt')).toBe('the secret')
  })

  it('is refused from the moment at which another process encrypts', async () => {
    const path = await tempDirectory()
    await using plain = await FileStorage.open({ local_storage_path: path })
    await plain.store('before', 'x')
    await using files = await FileStorage.open(encrypted(path))
    await files.store('a.txt', 'the secret')
    await expect(plain.copy('before', 'after')).rejects.toMatchObject(off)
    await expect(plain.move('before', 'after')).rejects.toMatchObject(off)
    expect(await plain.retrieve('before')).toBe('x')
    expect(await plain.delete('before')).toBe(true)
  })

  it('decrypts a store when it is told to store plain files', async () => {
    const path = await storeOf('the secret')
    const { encryption_key } = encrypted(path)
    await using plain = await FileStorage.open({
      local_storage_path: path,
      encryption_key,
      require_encryption: false,
    })
    expect(await plain.store('b.txt', 'plain')).toBe(true)
    expect(await plain.rotateKeys()).toBe(1)
    await using without = await FileStorage.open({ local_storage_path: path })
    expect(await without.retrieve('a.txt')).toBe('the secret')
  })
})

describe('a process with the key from before a rotation', () => {
  const first = { encryption_key: OLD_KEY, encryption_key_id: 'old' }
  const second = { encryption_key: NEW_KEY, encryption_key_id: 'new' }
  const retired = refused('retired_key')

  it('stores nothing any more, though it was open before', async () => {
    const path = await tempDirectory()
    await using before = await FileStorage.open(encrypted(path, first))
    await before.store('a', 'x')
    await before.store('b', 'x')
    {
      const keys = { ...second, encryption_old_keys: { old: OLD_KEY } }
      await using rotating = await FileStorage.open(encrypted(path, keys))
      expect(await rotating.rotateKeys()).toBe(2)
    }
    await expect(before.store('a', 'y')).rejects.toMatchObject(retired)
    await expect(before.store('new', 'y')).rejects.toMatchObject(retired)
    await using again = await FileStorage.open(encrypted(path, first))
    await expect(again.storeStream('new', [Buffer.from('y')])).rejects.toMatchObject(retired)
    await using after = await FileStorage.open(encrypted(path, second))
    expect(await after.retrieveMany(await after.listKeys())).toEqual([
      { key: 'a', value: 'x' },
      { key: 'b', value: 'x' },
    ])
    expect(await after.store('new', 'z')).toBe(true)
  })

  it('rotates back with both keys', async () => {
    const path = await tempDirectory()
    const old = { ...first, encryption_old_keys: { new: NEW_KEY } }
    const fresh = { ...second, encryption_old_keys: { old: OLD_KEY } }
    await using one = await FileStorage.open(encrypted(path, old))
    await using two = await FileStorage.open(encrypted(path, fresh))
    await one.store('a', 'x')
    expect(await two.rotateKeys()).toBe(1)
    await expect(one.store('b', 'x')).rejects.toMatchObject(retired)
    expect(await one.rotateKeys()).toBe(1)
    await expect(two.store('b', 'x')).rejects.toMatchObject(retired)
    expect(await one.store('b', 'x')).toBe(true)
    const ids = [await one.stat('a'), await one.stat('b')].map((info) => info?.encryption_key_id)
    expect(ids).toEqual(['old', 'old'])
  })
})

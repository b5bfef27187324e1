import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../src/files/file-storage.js'
import { bytesBelow, guessed, OLD, oldStore, PINS, refused } from './encrypted-store.js'

describe('a store that an earlier version has encrypted', () => {
  it('is read with its keys', async () => {
    await using files = await FileStorage.open({
      ...OLD,
      local_storage_path: await oldStore(),
      require_encryption: false,
    })
    expect(await files.retrieve('pin.txt')).toBe('4711')
    expect(await files.retrieve('phrase.txt')).toBe('0815')
    expect(await files.retrieve('users/ada.json')).toEqual({ name: 'Ada', tags: ['admin'] })
    expect(await files.retrieve('long.txt')).toBe('holdfast '.repeat(600))
    expect(((await files.retrieve('big.bin')) as Uint8Array).length).toBe(5000)
    expect(await files.stat('pin.txt')).toMatchObject({ metadata: { owner: 'Ada' } })
    expect(await files.retrieve('expired.txt')).toBeUndefined()
    expect((await files.verify()).problems).toEqual([])
  })

  it('keeps no digest of a content anywhere once its keys are rotated', async () => {
    const path = await oldStore()
    const contents = [
      ...PINS,
      'gone',
      'not encrypted',
      'holdfast '.repeat(600),
      '{"name":"Ada","tags":["admin"]}',
    ]
    expect(guessed(await bytesBelow(path), contents).length).toBeGreaterThan(4)
    const encryption = { ...OLD, require_encryption: false, enable_cache: false }
    const config = { ...encryption, local_storage_path: path }
    {
      await using files = await FileStorage.open(config)
      expect(await files.rotateKeys()).toBe(7)
      expect(guessed(await bytesBelow(path), contents)).toEqual([])
      expect(await files.rotateKeys()).toBe(0)
    }
    expect(guessed(await bytesBelow(path), contents)).toEqual([])
    await using files = await FileStorage.open({ ...config, require_encryption: true })
    expect((await files.verify()).problems).toEqual([])
    expect(await files.retrieve('pin.txt')).toBe('4711')
    expect(await files.retrieve('expired.txt')).toBeUndefined()
    // What an earlier version has stored of this key does not count any more.
    await rm(join(path, '.meta', 'pin.txt.json'))
    await cp(join(await oldStore(), '.meta', 'pin.txt.json'), join(path, '.meta', 'pin.txt.json'))
    await cp(join(await oldStore(), 'pin.txt.enc'), join(path, 'pin.txt.enc'))
    await expect(files.retrieve('pin.txt')).rejects.toMatchObject(refused('document'))
  })
})

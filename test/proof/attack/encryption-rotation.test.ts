import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { startS3 } from '../../unit/files/bucket/standins/s3.mjs'
import { s3Config } from '../../unit/files/bucket/subjects.js'
import { tempDirectory } from '../../support/temp.js'
import { bytesBelow, guessed, KEY, OLD, oldStore, PINS, refused } from './encrypted-store.js'

const FILES = pathToFileURL(join(import.meta.dirname, '../../../dist/files/index.js')).href

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

  it('keeps none in a bucket either, nor in the outbox of its fallback', async () => {
    // Too long to be in a ciphertext by chance.
    const PIN = 'The PIN is 4711'
    const contents = [PIN, 'stored during an outage', 'holdfast '.repeat(600), '{"pin":815}']
    const bucket = await tempDirectory()
    const standIn = await startS3({ directory: bucket })
    onTestFinished(async () => await standIn.close())
    const path = await tempDirectory()
    const plain = {
      ...s3Config(standIn.endpoint),
      local_storage_path: path,
      enable_cache: false,
      max_retries: 0,
      breaker_seconds: 1,
    } as const
    {
      await using files = await FileStorage.open(plain)
      await files.store('pin', PIN)
      await files.store('long', 'holdfast '.repeat(600))
      standIn.setFaults(() => ({ status: 503 }))
      await files.store('later', 'stored during an outage')
      await files.store('pin.json', { pin: 815 })
    }
    expect(guessed(await bytesBelow(bucket), contents)).toEqual([PIN, 'holdfast '.repeat(600)])
    expect(guessed(await bytesBelow(path), contents)).toEqual([contents[1], contents[3]])
    standIn.setFaults(undefined)
    const encryption = { ...plain, enable_encryption: true, encryption_key: KEY }
    await using files = await FileStorage.open({ ...encryption, require_encryption: false })
    await vi.waitFor(async () => await files.rotateKeys(), 10_000)
    for (const place of [bucket, path]) {
      expect(guessed(await bytesBelow(place), contents)).toEqual([])
      for (const content of contents)
        expect((await bytesBelow(place)).includes(content)).toBe(false)
    }
    await using strict = await FileStorage.open(encryption)
    expect(await strict.retrieve('pin')).toBe(PIN)
    expect(await strict.retrieve('pin.json')).toEqual({ pin: 815 })
    expect((await strict.verify()).problems).toEqual([])
  })
})

describe('records of keys', () => {
  it.each(['in a directory', 'in a bucket'])(
    'are all kept when processes add theirs at the same time, %s',
    async (place) => {
      const path = await tempDirectory()
      const standIn = await startS3()
      onTestFinished(async () => await standIn.close())
      const where = place === 'in a bucket' ? s3Config(standIn.endpoint) : {}
      const config = { ...where, local_storage_path: path, enable_local_fallback: false }
      const ids = Array.from({ length: 4 }, (_, at) => `key-${at}`)
      const script = `
        const { FileStorage } = await import(${JSON.stringify(FILES)})
        const [config, id] = process.argv.slice(1)
        const key = Buffer.alloc(32, id)
        process.stdin.once('data', async () => {
          const files = await FileStorage.open({ ...JSON.parse(config), enable_encryption: true,
            encryption_key: key, encryption_key_id: id, require_encryption: false })
          await files.store(id, 'of ' + id)
          await files.close()
          process.exit(0)
        })
        process.stdout.write('ready')`
      const children = ids.map((id) => {
        const words = ['--input-type=module', '-e', script, JSON.stringify(config), id]
        return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
      })
      await Promise.all(children.map(async (child) => await once(child.stdout, 'data')))
      const ended = children.map(async (child) => (await once(child, 'exit')) as [number | null])
      for (const child of children) child.stdin.write('go')
      expect((await Promise.all(ended)).map(([code]) => code)).toEqual(ids.map(() => 0))
      // A key whose record was lost could not be told from a wrong one.
      for (const id of ids) {
        const own = { ...config, enable_encryption: true, encryption_key_id: id }
        const wrong = FileStorage.open({ ...own, encryption_key: Buffer.alloc(32, 'wrong') })
        await expect(wrong).rejects.toMatchObject(refused('wrong_key'))
        const key = Buffer.alloc(32, id)
        await using files = await FileStorage.open({ ...own, encryption_key: key })
        expect(await files.retrieve(id)).toBe(`of ${id}`)
      }
    },
  )
})

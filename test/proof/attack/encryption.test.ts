import crypto, { randomBytes } from 'node:crypto'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FileStorageConfig } from '../../../src/files/config.js'
import { parseFileDocument } from '../../../src/files/document.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { Keyring } from '../../../src/files/pipeline/keys.js'
import { gcsStandIn, s3StandIn } from '../../unit/files/bucket/subjects.js'
import { tempDirectory } from '../../support/temp.js'
import {
  bytesBelow,
  encrypted,
  forge,
  guessed,
  KEY,
  OLD,
  oldStore,
  PAST,
  PINS,
  refused,
  storeOf,
} from './encrypted-store.js'

describe('what an encrypted store tells those without the key', () => {
  it('is not a digest that finds a short content by trying all', async () => {
    const path = await storeOf('4711')
    expect(guessed(await bytesBelow(path), PINS)).toEqual([])
  })

  it.each([s3StandIn, gcsStandIn])('is none in a bucket of $name either', async (subject) => {
    const { config, standIn } = await subject.makePlace()
    const options = { ...config, enable_local_fallback: false } as FileStorageConfig
    await using files = await FileStorage.open({ ...encrypted('unused'), ...options })
    await files.store('a.txt', '4711')
    const seen: string[] = []
    await using without = await FileStorage.open(options)
    for await (const info of without.files()) seen.push(JSON.stringify(info))
    expect(seen).toHaveLength(1)
    expect(guessed(Buffer.from(seen.join('\n')), PINS)).toEqual([])
    expect(standIn).toBeDefined()
    const wrong = { ...encrypted('unused', { encryption_key: randomBytes(32) }), ...options }
    await expect(FileStorage.open(wrong)).rejects.toMatchObject(refused('wrong_key'))
  })
})

describe('a plain file that was planted in an encrypted store', () => {
  it('is refused, left out of lists, reported by verify, and not encrypted with the key', async () => {
    const path = await storeOf('pay Ada')
    const planting = { local_storage_path: path, require_encryption: false }
    await using plain = await FileStorage.open(planting)
    await plain.store('a.txt', 'pay Mallory')
    await using files = await FileStorage.open(encrypted(path))
    await expect(files.retrieve('a.txt')).rejects.toMatchObject(refused('not_encrypted'))
    await expect(files.stat('a.txt')).rejects.toMatchObject(refused('not_encrypted'))
    await expect(files.copy('a.txt', 'b.txt')).rejects.toMatchObject(refused('not_encrypted'))
    await expect(files.rotateKeys()).rejects.toMatchObject(refused('not_encrypted'))
    expect(await files.listKeys()).toEqual([])
    expect((await files.verify()).problems).toMatchObject([
      { key: 'a.txt', reason: 'not_encrypted' },
    ])
  })

  it('is taken while files are migrated, and encrypted by rotateKeys', async () => {
    const path = await tempDirectory()
    {
      await using plain = await FileStorage.open({ local_storage_path: path })
      await plain.store('a.txt', 'from before')
    }
    {
      await using files = await FileStorage.open(encrypted(path, { require_encryption: false }))
      expect(await files.retrieve('a.txt')).toBe('from before')
      expect(await files.rotateKeys()).toBe(1)
    }
    await using files = await FileStorage.open(encrypted(path))
    expect(await files.retrieve('a.txt')).toBe('from before')
    expect((await bytesBelow(path)).includes('from before')).toBe(false)
  })
})

describe('a document that was changed without the key', () => {
  it.each([
    { metadata: { owner: 'Mallory' } },
    { created_at: PAST },
    { updated_at: PAST },
    { expires_at: PAST },
    { expires_at: '2999-01-01T00:00:00.000Z' },
    { bytes: 3 },
    { digest: '0'.repeat(64) },
    { version: 1 },
  ])('is refused: %j', async (changes) => {
    const path = await storeOf('content')
    await forge(path, changes)
    await using files = await FileStorage.open(encrypted(path))
    await expect(files.retrieve('a.txt')).rejects.toMatchObject(refused('document'))
    await expect(files.stat('a.txt')).rejects.toMatchObject(refused('document'))
    await expect(files.exists('a.txt')).rejects.toMatchObject(refused('document'))
    expect((await files.verify()).problems).toMatchObject([{ key: 'a.txt', reason: 'document' }])
  })

  it('does not make a reader, or a sweep, delete the file', async () => {
    const path = await storeOf('content')
    await forge(path, { expires_at: PAST })
    for (const config of [encrypted(path), { local_storage_path: path }]) {
      await using files = await FileStorage.open(config)
      await files.retrieve('a.txt').catch(() => undefined)
      expect(await files.sweep()).toBe(0)
    }
    expect((await readdir(path)).some((name) => name.startsWith('a.txt'))).toBe(true)
  })

  it('cannot pass for one of format 1, which has no MAC', async () => {
    const path = await storeOf('content')
    const old = { format: 1, version: undefined, mac: undefined }
    await forge(path, { ...old, metadata: { owner: 'Mallory' } })
    await using files = await FileStorage.open(encrypted(path))
    await expect(files.stat('a.txt')).rejects.toMatchObject(refused('document'))
    await expect(files.retrieve('a.txt')).rejects.toMatchObject(refused('document'))
  })
})

describe('a wrong key', () => {
  it('is noticed when a store is opened, also one without a record of keys', async () => {
    const wrong = { encryption_key: randomBytes(32), encryption_key_id: 'raw' }
    const path = await oldStore()
    await expect(FileStorage.open(encrypted(path, wrong))).rejects.toMatchObject(
      refused('wrong_key'),
    )
    await (await FileStorage.open({ ...OLD, local_storage_path: path })).close()
    await expect(FileStorage.open({ local_storage_path: path, ...wrong })).rejects.toMatchObject(
      refused('wrong_key'),
    )
    await expect(
      FileStorage.open({
        ...OLD,
        local_storage_path: path,
        encryption_key: 'a passphrase instead',
      }),
    ).rejects.toMatchObject(refused('wrong_key'))
  })

  it('is one of two that open a new store at once', async () => {
    const path = await tempDirectory()
    const keys = [randomBytes(32), randomBytes(32)]
    const opened = await Promise.allSettled(
      keys.map(
        async (encryption_key) => await FileStorage.open(encrypted(path, { encryption_key })),
      ),
    )
    const winners = opened.filter(({ status }) => status === 'fulfilled')
    const [loser] = opened.filter((outcome) => outcome.status === 'rejected')
    expect(winners).toHaveLength(1)
    expect(loser?.reason).toMatchObject(refused('wrong_key'))
    for (const winner of winners) if (winner.status === 'fulfilled') await winner.value.close()
  })

  it('is not what a changed content is called', async () => {
    const path = await storeOf('content')
    await writeFile(join(path, 'a.txt.enc'), randomBytes(7 + 16))
    await using files = await FileStorage.open(encrypted(path))
    await expect(files.retrieve('a.txt')).rejects.toMatchObject(refused('authentication'))
  })
})

describe('the work that a forged document asks for', () => {
  it('is at most four times that of a document of Holdfast', () => {
    const kdf = { name: 'scrypt', salt: 'A'.repeat(24), cost: 1 << 17, block_size: 8 }
    const documentWith = (parallelization: number, cost = kdf.cost): unknown => ({
      format: 1,
      key: 'a',
      kind: 'text',
      bytes: 1,
      digest: '0'.repeat(64),
      compression: 'none',
      encryption: {
        algorithm: 'aes-256-gcm-chunked',
        key_id: 'k',
        chunk_bytes: 1024,
        salt: 'A'.repeat(44),
        kdf: { ...kdf, cost, parallelization },
      },
      metadata: {},
      created_at: PAST,
      updated_at: PAST,
    })
    expect(parseFileDocument(documentWith(4)).format).toBe(1)
    expect(() => parseFileDocument(documentWith(5))).toThrow(/must be at most/)
    expect(() => parseFileDocument(documentWith(1, 1 << 20))).toThrow(/must be at most/)
  })
})

describe('two clones of a running machine', () => {
  it('do not use one salt for two contents, though they draw the same random bytes', async () => {
    const real = crypto.randomBytes
    crypto.randomBytes = ((size: number) => Buffer.alloc(size, 1)) as typeof real
    syncBuiltinESMExports()
    onTestFinished(() => {
      crypto.randomBytes = real
      syncBuiltinESMExports()
    })
    const ring = new Keyring('k', new Map([['k', KEY]]))
    const salts = new Set<string>()
    for (let at = 0; at < 100; at++) salts.add((await ring.newEncryption(1024)).salt)
    expect(salts.size).toBe(100)
  })
})

describe('an older file of the same key that is put back', () => {
  it('is noticed by a process that has seen a later one', async () => {
    const path = await storeOf('admin: Mallory')
    const aside = await tempDirectory()
    const both = ['a.txt.enc', '.meta/a.txt.json']
    await mkdir(join(aside, '.meta'))
    await using files = await FileStorage.open(encrypted(path))
    await files.retrieve('a.txt')
    for (const name of both) await cp(join(path, name), join(aside, name))
    await files.store('a.txt', 'admin: Ada')
    expect(await files.retrieve('a.txt')).toBe('admin: Ada')
    for (const name of both) await cp(join(aside, name), join(path, name))
    await expect(files.retrieve('a.txt')).rejects.toMatchObject(refused('replayed'))
  })

  it('is none that another process has stored after a delete', async () => {
    const path = await storeOf('first')
    await using one = await FileStorage.open(encrypted(path))
    await using two = await FileStorage.open(encrypted(path))
    for (let round = 0; round < 5; round++) {
      const value = await one.retrieve('a.txt')
      expect(value).toBe(round === 0 ? 'first' : `round ${round - 1}`)
      await two.delete('a.txt')
      await two.store('a.txt', `round ${round}`)
    }
  })
})

import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isVersionKeeper, type VersionKeeper } from '../../../src/files/kept.js'
import type { FileParts } from '../../../src/files/parts.js'
import { pruneVersions, sweepVersions } from '../../../src/files/versions.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { contentOf, openFiles, openParts } from './support.js'

function keeperOf({ backend }: FileParts): VersionKeeper {
  if (isVersionKeeper(backend)) return backend
  throw new Error('it keeps versions')
}

describe('the pruning of versions', () => {
  it('leaves a copy of the current file, which a crash has left, and does not count it', async () => {
    const parts = await openParts({ keepVersions: 5 })
    for (const text of ['one', 'two']) await storeContent(parts, contentOf('k', text))
    const keeper = keeperOf(parts)
    const current = await keeper.head('k')
    const [kept] = await keeper.versions('k')
    if (current === undefined || kept === undefined) throw new Error('both are there')
    const copy = { key: 'k', version: current.etag, keptMs: kept.keptMs + 1 }
    await keeper.putVersion(copy, Buffer.from('two'), () => current.document, 'absent')
    expect(await pruneVersions(parts, { keepVersions: 1 })).toBe(0)
    expect(await pruneVersions(parts, { keepVersions: 0 })).toBe(1)
    expect((await keeper.versions('k')).map(({ version }) => version)).toEqual([current.etag])
  })

  it('leaves all versions of a key whose current file is damaged', async () => {
    const storageDir = await tempDirectory()
    const parts = await openParts({ backend: 'local', storageDir, keepVersions: 5 })
    for (const text of ['one', 'two']) await storeContent(parts, contentOf('k', text))
    await writeFile(join(storageDir, '.meta', 'k~f.json'), '{')
    expect(await pruneVersions(parts, { keepVersions: 0 })).toBe(0)
  })

  it('leaves everything to a sweep of a store that has stopped to keep versions', async () => {
    const storageDir = await tempDirectory()
    const files = await openFiles({ local_storage_path: storageDir, keepVersions: 2 })
    for (const text of ['one', 'two', 'three']) await files.store('k', text)
    await files.close()
    const parts = await openParts({ backend: 'local', storageDir, keepVersions: 0 })
    await sweepVersions(parts)
    expect(await keeperOf(parts).versions('k')).toHaveLength(2)
    await expect(pruneVersions(parts, {})).rejects.toThrow(/"keepVersions"/)
  })
})

describe('the rotation of keys', () => {
  it('encrypts versions with the current key as well, and keeps none of the old ones', async () => {
    const storageDir = await tempDirectory()
    const [old, current] = [randomBytes(32), randomBytes(32)]
    const common = {
      local_storage_path: storageDir,
      keepVersions: 3,
      enableEncryption: true,
    } as const
    const before = await openFiles({ ...common, encryptionKey: old, encryptionKeyId: 'old' })
    const long = 'long '.repeat(100_000)
    for (const text of ['one', long, 'three']) await before.store('k', text, { text: text.length })
    const history = await before.history('k')
    await before.close()
    const after = await openFiles({
      ...common,
      encryptionKey: current,
      encryptionKeyId: 'new',
      encryptionOldKeys: { old },
    })
    expect(await after.rotateKeys()).toBe(3)
    expect(await after.rotateKeys()).toBe(0)
    await after.close()
    const only = await openFiles({ ...common, encryptionKey: current, encryptionKeyId: 'new' })
    const rotated = await only.history('k')
    expect(rotated.map(({ encryption_key_id: id }) => id)).toEqual(['new', 'new', 'new'])
    expect(rotated.slice(1).map(({ version }) => version)).toEqual(
      history.slice(1).map(({ version }) => version),
    )
    expect(rotated[1]?.updated_at).toBe(history[1]?.updated_at)
    expect(await only.retrieve('k', { version: rotated[1]?.version })).toBe(long)
    expect(await only.retrieve('k', { version: rotated[2]?.version })).toBe('one')
    expect((await only.verify()).problems).toEqual([])
  })

  it('encrypts versions of a store that was not encrypted', async () => {
    const storageDir = await tempDirectory()
    const plain = await openFiles({ local_storage_path: storageDir, keepVersions: 3 })
    for (const text of ['secret one', 'secret two']) await plain.store('k.txt', text)
    await plain.close()
    const key = { enableEncryption: true, encryptionKey: randomBytes(32) }
    const files = await openFiles({
      local_storage_path: storageDir,
      ...key,
      requireEncryption: false,
    })
    expect(await files.rotateKeys()).toBe(2)
    const directory = join(storageDir, '.versions', 'k.txt~d')
    const names = await readdir(directory)
    expect(names.filter((name) => name.endsWith('.enc'))).toHaveLength(1)
    expect(names).toHaveLength(2)
    for (const name of names)
      expect((await readFile(join(directory, name))).includes('secret')).toBe(false)
    const [, one] = await files.history('k.txt')
    expect(await files.retrieve('k.txt', { version: one?.version })).toBe('secret one')
  })

  it('reports a version whose document was changed, or that is another one of the key', async () => {
    const storageDir = await tempDirectory()
    const key = { enableEncryption: true, encryptionKey: randomBytes(32) }
    const files = await openFiles({ local_storage_path: storageDir, keepVersions: 3, ...key })
    for (const text of ['one', 'two', 'three']) await files.store('k', text)
    const directory = join(storageDir, '.versions', 'k')
    const documents = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort()
    const [first = '', second = ''] = documents.map((name) => join(directory, name))
    await writeFile(first, await readFile(second))
    const { problems } = await files.verify()
    expect(problems).toMatchObject([{ key: 'k', code: 'FS-LOAD-001', reason: 'document' }])
    expect(problems[0]?.version).toHaveLength(32)
    expect(await files.history('k')).toHaveLength(2)
  })
})

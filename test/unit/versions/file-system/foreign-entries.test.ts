import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  blockingOf,
  differencesFromIndex,
  findForeignEntries,
  isBelow,
} from '../../../../src/versions/file-system/foreign-entries.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('foreign entries', () => {
  it('are what neither the store nor git has put beside the prompts', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { enableTrash: true })
    await save(store, 'p', '1.0.0')
    await mkdir(join(storageDir, '.git'))
    await writeFile(join(storageDir, '.gitattributes'), '')
    await mkdir(join(storageDir, '.other'))
    await writeFile(join(storageDir, 'notes.txt'), '')
    await symlink('p', join(storageDir, 'link'))
    await writeFile(join(storageDir, '.tmp', 'mine'), '')
    const found = await findForeignEntries(store.directory.volume, store.layout)
    expect(found.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'foreign-directory .other',
      'foreign-file .tmp/mine',
      'foreign-file link',
      'foreign-file notes.txt',
    ])
  })

  it('are looked for in shards, too, where a prompt of another shard is one', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { enableSharding: true })
    await save(store, 'p', '1.0.0')
    const own = store.layout.promptDirectory('p')
    const shard = own.slice(0, own.indexOf('/'))
    const other = shard === '00' ? '01' : '00'
    await mkdir(join(storageDir, other, 'p'), { recursive: true })
    await writeFile(join(storageDir, shard, 'notes.txt'), '')
    const found = await findForeignEntries(store.directory.volume, store.layout)
    expect(found.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual(
      [`foreign-directory ${other}/p`, `foreign-file ${shard}/notes.txt`].sort(),
    )
  })

  it('block a prompt if they have the place of its directory', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0')
    await rename(join(storageDir, 'p'), join(storageDir, '.moved'))
    await writeFile(join(storageDir, 'p'), 'a file')
    await writeFile(join(storageDir, 'q'), 'a file of no prompt')
    const found = await findForeignEntries(store.directory.volume, store.layout)
    const blocking = await blockingOf(store, found)
    expect([...blocking]).toEqual(['p'])
    expect(isBelow('p/1.0.0.json', blocking)).toBe(true)
    expect(isBelow('pq/1.0.0.json', blocking)).toBe(false)
    expect(isBelow('p', blocking)).toBe(false)
    // So that the store closes as any other.
    await rm(join(storageDir, 'p'))
    await rename(join(storageDir, '.moved'), join(storageDir, 'p'))
  })
})

describe('the differences of the index from the directories', () => {
  it('are the files that are missing, and those that it does not list', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    await save(store, 'p', '1.0.0', '1.1.0')
    await rm(join(storageDir, 'p', '1.1.0.json'))
    await writeFile(join(storageDir, 'p', '2.0.0.json'), '{}')
    // The last was deleted after its file was read.
    const seen = new Map([['p', new Set(['1.0.0', '2.0.0', '3.0.0'])]])
    expect(await differencesFromIndex(store, seen)).toEqual([
      { kind: 'missing-file', path: 'p/1.1.0.json', detail: expect.any(String) },
      { kind: 'unlisted-file', path: 'p/2.0.0.json', detail: expect.any(String) },
    ])
  })

  it('do not name a file that came after the directory was read', async () => {
    const store = await openParts(await tempDirectory())
    await save(store, 'p', '1.0.0')
    expect(await differencesFromIndex(store, new Map())).toEqual([])
  })

  it('are none for a store without an index', async () => {
    const store = await openParts(await tempDirectory(), { useIndex: false })
    const seen = new Map([['p', new Set(['1.0.0'])]])
    expect(await differencesFromIndex(store, seen)).toEqual([])
  })
})

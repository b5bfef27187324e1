import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { NativeCalls } from '../../../../src/disk/native/calls.js'
import type { Operation } from '../../../../src/engine/commit/transaction.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { LocalBackend } from '../../../../src/files/local/backend.js'
import { tempDirectory } from '../../../support/temp.js'
import { documentOf, getText, keysOf, putText } from '../bucket/files.js'
import { listOf } from '../support.js'

async function open(path: string): Promise<LocalBackend> {
  const backend = await LocalBackend.open(path, { disk: 'portable' })
  onTestFinished(async () => await backend.close())
  return backend
}

async function opened(): Promise<{ readonly path: string; readonly backend: LocalBackend }> {
  const path = await tempDirectory()
  return { path, backend: await open(path) }
}

/** Linux alone reads what is in its page cache without a thread. */
const READ_OF_KNOWN = process.platform === 'linux' ? [] : ['read']

describe('files in a directory', () => {
  it('are payload and document, both in the state of one and the same store', async () => {
    const { path, backend } = await opened()
    await putText(backend, 'dir/a.txt', 'one')
    const { etag } = await putText(backend, 'dir/a.txt', 'two')
    expect(await readFile(join(path, 'dir/a.txt'), 'utf8')).toBe('two')
    const document: unknown = JSON.parse(await readFile(join(path, '.meta/dir/a.txt.json'), 'utf8'))
    expect(document).toMatchObject({ key: 'dir/a.txt', etag, stored_bytes: 3, bytes: 3 })
  })

  it('with a damaged document fail to be read, are left out of a list, and can be replaced', async () => {
    const { path, backend } = await opened()
    for (const key of ['a.txt', 'b.txt', 'c.txt']) await putText(backend, key, key)
    await writeFile(join(path, '.meta/b.txt.json'), '{}')
    const damaged = { code: 'FS-LOAD-001', context: { key: 'b.txt', reason: 'document' } }
    await expect(backend.head('b.txt')).rejects.toMatchObject(damaged)
    await expect(backend.get('b.txt')).rejects.toMatchObject(damaged)
    expect(await keysOf(backend)).toEqual(['a.txt', 'c.txt'])
    expect(await listOf(backend.keys(''))).toEqual(['a.txt', 'b.txt', 'c.txt'])
    await putText(backend, 'b.txt', 'again')
    expect(await getText(backend, 'b.txt')).toBe('again')
  })

  it('without their payload, or with a cut one, fail to be read, and can be deleted', async () => {
    const { path, backend } = await opened()
    for (const key of ['a.txt', 'b.txt']) await putText(backend, key, 'content')
    await rm(join(path, 'a.txt'))
    await truncate(join(path, 'b.txt'), 3)
    await expect(backend.get('a.txt')).rejects.toMatchObject({ context: { reason: 'missing' } })
    await expect(backend.get('b.txt')).rejects.toMatchObject({ context: { reason: 'cut' } })
    expect((await backend.head('a.txt'))?.storedBytes).toBe(7)
    expect(await backend.delete('a.txt')).toBe(true)
    expect(await backend.delete('a.txt')).toBe(false)
  })

  it('are stored and removed with other operations in one commit, or not at all', async () => {
    const { path, backend } = await opened()
    const bytes = Buffer.from('beside')
    const beside: Operation = { kind: 'create', path: 'beside.txt', bytes }
    const put = async (key: string): Promise<unknown> =>
      await backend.put(
        key,
        bytes,
        () => documentOf(key, bytes),
        {},
        () => [beside],
      )
    await put('a.txt')
    expect(await readFile(join(path, 'beside.txt'), 'utf8')).toBe('beside')
    // The operation beside it cannot be made a second time.
    await expect(put('b.txt')).rejects.toMatchObject({ code: 'FS-CONFLICT-001' })
    expect(await backend.head('b.txt')).toBeUndefined()
    const removal: Operation = { kind: 'remove', path: 'beside.txt' }
    expect(await backend.delete('a.txt', {}, () => [removal])).toBe(true)
    await expect(readFile(join(path, 'beside.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('are removed in the commit of another only while they are the same', async () => {
    const { backend } = await opened()
    const first = await putText(backend, 'a', 'one')
    const second = await putText(backend, 'a', 'two')
    const commit = async (removal: readonly Operation[]): Promise<void> => {
      await backend.directory.commit(removal)
    }
    await expect(backend.withRemoval(first, undefined, commit)).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
    await backend.withRemoval(second, undefined, commit)
    expect(await backend.head('a')).toBeUndefined()
  })

  it('report each change of their keys, and nothing else', async () => {
    const { backend } = await opened()
    const told: (string | undefined)[] = []
    const stop = backend.onChange((key) => void told.push(key))
    await putText(backend, 'dir/a', 'one')
    await backend.directory.commit([{ kind: 'create', path: 'other', bytes: Buffer.from('x') }])
    await backend.delete('dir/a')
    expect(told).toEqual(['dir/a', 'dir/a'])
    stop()
    await putText(backend, 'dir/a', 'two')
    expect(told).toHaveLength(2)
  })
})

describe('the hops of a store to the threads of the disk', () => {
  it('are a read and a commit for a new key, with and without a condition', async () => {
    const { files, hopsOf } = await counted()
    expect(await hopsOf(async () => files.store('a', 'one'))).toEqual(['read', 'commit'])
    expect(await hopsOf(async () => files.store('b', 'one', {}, { ifAbsent: true }))).toEqual([
      'read',
      'commit',
    ])
  })

  it('are a commit for a known key, and a read before it where the page cache needs one', async () => {
    const { files, hopsOf } = await counted()
    // The first replacement looks at the mark, too.
    for (const value of ['zero', 'one']) await files.store('a', value)
    expect(await hopsOf(async () => files.store('a', 'two'))).toEqual([...READ_OF_KNOWN, 'commit'])
    const etag = (await files.stat('a'))?.etag ?? ''
    expect(await hopsOf(async () => files.store('a', 'three', {}, { ifMatch: etag }))).toEqual([
      ...READ_OF_KNOWN,
      'commit',
    ])
    expect(await hopsOf(async () => files.delete('a'))).toEqual([
      ...READ_OF_KNOWN,
      'stat',
      'commit',
    ])
  })
})

async function counted(): Promise<{
  readonly files: FileStorage
  hopsOf(call: () => Promise<unknown>): Promise<string[]>
}> {
  const directory = await tempDirectory()
  const files = await FileStorage.open({ local_storage_path: directory, min_free_mb: 0 })
  onTestFinished(async () => await files.close())
  await files.store('warm', 'up')
  const calls = vi.spyOn(NativeCalls.prototype, 'runUnchecked')
  onTestFinished(() => calls.mockRestore())
  return {
    files,
    hopsOf: async (call) => {
      calls.mockClear()
      await call()
      return calls.mock.calls.map(([{ syscall }]) => syscall)
    },
  }
}

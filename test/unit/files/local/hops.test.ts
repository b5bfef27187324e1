import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { NativeCalls } from '../../../../src/disk/native/calls.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { tempDirectory } from '../../../support/temp.js'

describe('the hops of a store to the threads of the disk', () => {
  it('are a read and a commit for a new key, with and without a condition', async () => {
    const { files, hopsOf } = await counted()
    expect(await hopsOf(async () => files.store('a', 'one'))).toEqual(['read', 'commit'])
    expect(await hopsOf(async () => files.store('b', 'one', {}, { ifAbsent: true }))).toEqual([
      'read',
      'commit',
    ])
  })

  it('are a commit for a known key, with and without a condition', async () => {
    const { files, hopsOf } = await counted()
    await files.store('a', 'one')
    expect(await hopsOf(async () => files.store('a', 'two'))).toEqual(['commit'])
    const etag = (await files.stat('a'))?.etag ?? ''
    expect(await hopsOf(async () => files.store('a', 'three', {}, { ifMatch: etag }))).toEqual([
      'commit',
    ])
    expect(await hopsOf(async () => files.delete('a'))).toEqual(['stat', 'commit'])
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

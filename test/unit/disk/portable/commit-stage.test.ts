import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import {
  discardBatch,
  failureOf,
  parseBatch,
  stageBatch,
} from '../../../../src/disk/portable/commit-stage.js'
import { encodeExternal, OperationKind } from '../../../../src/format/record.js'
import { create, operation, remove, replace, request, text } from '../support.js'
import { MemoryPrimitives } from './memory-primitives.js'

const large = (bytes: number) => {
  const note = { stagedPath: '.tmp/large', bytes, digest: new Uint8Array(32) }
  return operation(OperationKind.create, 'large', encodeExternal(note), true)
}

/** With staged files to be looked at, as on a real disk. */
function newDisk(): MemoryPrimitives {
  const disk = new MemoryPrimitives()
  disk.look = async (path) => {
    const bytes = disk.staged.get(path)?.length
    return await Promise.resolve(bytes === undefined ? undefined : { kind: 'file', bytes })
  }
  return disk
}

describe('the transactions of a request', () => {
  it('keep their own bytes, which a frame without the others holds', () => {
    const given = request([[create('a', 'A')], [remove('b'), replace('c', 'CC')]])
    const batch = parseBatch(given)
    expect(batch.map(({ operations }) => operations.length)).toEqual([1, 2])
    expect(Buffer.concat(batch.map(({ record }) => record))).toEqual(Buffer.from(given.records))
    expect(parseBatch({ ...request([]), kind: 'checkpoint', records: text('no record') })).toEqual(
      [],
    )
  })

  it('are refused as a whole when no encoder wrote them, or when they are counted wrongly', () => {
    const given = request([[create('a', 'A')]])
    expect(() => parseBatch({ ...given, records: given.records.slice(0, -1) })).toThrow()
    expect(() => parseBatch({ ...given, transactionCount: 0 })).toThrow(
      'Field "transactionCount" must be the number of records, 1, got 0',
    )
    const broken = operation(OperationKind.create, 'large', text('no note'), true)
    expect(() => parseBatch(request([[broken]]))).toThrow()
  })
})

describe('staging', () => {
  it('writes what will get a name, and nothing for a removal', async () => {
    const disk = newDisk()
    const batch = parseBatch(request([[create('a', 'A'), remove('b'), replace('c', 'C')]]))
    await stageBatch(disk, batch)
    expect([...(batch[0]?.staged.keys() ?? [])]).toEqual(['a', 'c'])
    expect(disk.staged.size).toBe(2)
    await discardBatch(disk, batch)
    expect(disk.staged.size).toBe(0)
  })

  it('fails a transaction alone, in its own phase, and its files are discarded', async () => {
    const disk = newDisk()
    disk.failAt = (call, name) => name === 'stage' && call > 4
    const batch = parseBatch(request(['1', '2', '3'].map((name) => [create(name, name)])))
    await stageBatch(disk, batch)
    const failed = batch.filter(({ failure }) => failure !== undefined)
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThan(3)
    for (const { failure } of failed) expect(failure).toMatchObject({ code: 'EIO', phase: 'stage' })
    await discardBatch(disk, batch)
    expect(disk.staged.size).toBe(0)
  })

  it('takes a large content as it was staged, or fails if it is missing or of another size', async () => {
    const disk = newDisk()
    const codeFor = async (bytes: number): Promise<string | undefined> => {
      const batch = parseBatch(request([[large(bytes)]]))
      await stageBatch(disk, batch)
      return batch[0]?.failure?.code
    }
    expect(await codeFor(1)).toBe('ENOENT')
    disk.staged.set('.tmp/large', text('L'))
    expect(await codeFor(2)).toBe('EINVAL')
    expect(await codeFor(1)).toBeUndefined()
  })

  it('leaves a large content to its caller until it is published', async () => {
    const disk = newDisk()
    disk.staged.set('.tmp/large', text('L'))
    const batch = parseBatch(request([[large(1)]]))
    await stageBatch(disk, batch)
    await discardBatch(disk, batch)
    expect(disk.staged.has('.tmp/large')).toBe(true)
    for (const transaction of batch) transaction.published = true
    await discardBatch(disk, batch)
    expect(disk.staged.size).toBe(0)
  })
})

it('only the failure of a system call is carried by a transaction', async () => {
  const error = new DiskError('EIO', 'read', 'file', { phase: 'read' })
  expect(await failureOf(async () => await Promise.reject(error))).toEqual({
    code: 'EIO',
    phase: 'read',
    syscall: 'read',
    path: 'file',
  })
  const bug = new TypeError('a bug')
  await expect(failureOf(async () => await Promise.reject(bug))).rejects.toBe(bug)
})

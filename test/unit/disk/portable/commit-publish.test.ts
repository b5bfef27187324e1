import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import {
  checkTransaction,
  publishTransaction,
  PublishError,
} from '../../../../src/disk/portable/commit-publish.js'
import {
  parseBatch,
  stageBatch,
  type BatchTransaction,
} from '../../../../src/disk/portable/commit-stage.js'
import { OperationKind, type RecordOperation } from '../../../../src/format/record.js'
import { create, failure, operation, remove, replace, request, text } from '../support.js'
import { MemoryPrimitives } from './memory-primitives.js'

function newDisk(files: Readonly<Record<string, string>>): MemoryPrimitives {
  const disk = new MemoryPrimitives()
  for (const [path, content] of Object.entries(files)) disk.files.set(path, text(content))
  return disk
}

async function staged(
  disk: MemoryPrimitives,
  ...operations: RecordOperation[]
): Promise<BatchTransaction> {
  const [transaction] = parseBatch(request([operations]))
  if (transaction === undefined) throw new Error('no transaction')
  await stageBatch(disk, [transaction])
  disk.calls.length = 0
  return transaction
}

describe('the conditions of a transaction', () => {
  const check = async (given: RecordOperation): Promise<string> => {
    const disk = newDisk({ there: 'old' })
    const transaction = await staged(disk, given)
    try {
      await checkTransaction(disk, transaction)
      return transaction.takesAway ? 'takes away' : 'adds'
    } catch (error) {
      const { code, phase } = error as DiskError
      return `${code} in ${phase}`
    }
  }

  it.each([
    ['a new file', create('new', 'x'), 'adds'],
    ['a file in the way of a new one', create('there', 'x'), 'EEXIST in check'],
    ['a replacement', replace('there', 'x'), 'takes away'],
    ['a replacement of nothing', replace('new', 'x'), 'adds'],
    ['a removal', remove('there'), 'takes away'],
    ['a removal of nothing', remove('new'), 'ENOENT in check'],
    [
      'a removal of these bytes',
      operation(OperationKind.remove, 'there', text('old')),
      'takes away',
    ],
    [
      'a removal of others',
      operation(OperationKind.remove, 'there', text('OLD')),
      'ECHANGED in check',
    ],
    [
      'a removal of more',
      operation(OperationKind.remove, 'there', text('older')),
      'ECHANGED in check',
    ],
    [
      'a replacement of these bytes',
      { ...replace('there', 'x'), expected: text('old') },
      'takes away',
    ],
    [
      'a replacement of others',
      { ...replace('there', 'x'), expected: text('new') },
      'ECHANGED in check',
    ],
    [
      'a replacement of bytes that are gone',
      { ...replace('new', 'x'), expected: text('x') },
      'ECHANGED in check',
    ],
  ] as const)('%s', async (_, given, outcome) => {
    expect(await check(given)).toBe(outcome)
  })

  it('are those of the place, too: a directory in the way, and one that may not be written', async () => {
    const disk = newDisk({})
    disk.look = async () => await Promise.resolve({ kind: 'directory', bytes: 0 } as never)
    const replacing = await staged(disk, replace('d', 'x'))
    expect((await failure(checkTransaction(disk, replacing))).code).toBe('EISDIR')
    const closed = newDisk({})
    closed.failAt = (_, name) => name === 'checkParentWritable'
    const creating = await staged(closed, create('d/a', 'x'))
    expect((await failure(checkTransaction(closed, creating))).code).toBe('EIO')
  })
})

describe('publishing', () => {
  it('makes first, then replaces, then removes, whatever the order of the operations', async () => {
    const disk = newDisk({ old: '1', gone: '2' })
    const transaction = await staged(disk, remove('gone'), replace('old', 'x'), create('new', 'y'))
    await publishTransaction(disk, transaction)
    const steps = ['publishNew', 'publishOver', 'remove']
    expect(disk.calls.filter((name) => steps.includes(name))).toEqual(steps)
    expect([...disk.files.keys()].sort()).toEqual(['new', 'old'])
    expect(transaction.published).toBe(true)
  })

  it('is undone while only new files were made, each flushed away, and says why', async () => {
    const disk = newDisk({})
    const transaction = await staged(disk, create('a', 'A'), create('b', 'B'), create('c', 'C'))
    let made = 0
    disk.failAt = (_, name) => name === 'publishNew' && ++made === 3
    const error = await failure(publishTransaction(disk, transaction))
    expect(error).not.toBeInstanceOf(PublishError)
    expect(error.code).toBe('EIO')
    expect(disk.files.size).toBe(0)
    expect(disk.calls.filter((name) => name === 'flushParent')).toHaveLength(2)
    expect(transaction.published).toBe(false)
  })

  it('is left to the journal once a file was replaced, or if it cannot be undone', async () => {
    const replaced = newDisk({ a: 'old', b: 'old' })
    const replacing = await staged(replaced, replace('a', 'x'), replace('b', 'y'))
    let over = 0
    replaced.failAt = (_, name) => name === 'publishOver' && ++over === 2
    const half = await failure(publishTransaction(replaced, replacing))
    expect(half).toMatchObject({ code: 'EIO', phase: 'publish' })

    const stuck = newDisk({})
    const creating = await staged(stuck, create('a', 'A'), create('b', 'B'))
    let made = 0
    stuck.failAt = (_, name) => name === 'remove' || (name === 'publishNew' && ++made === 2)
    expect(await failure(publishTransaction(stuck, creating))).toBeInstanceOf(PublishError)
  })

  it('makes the directory again that an earlier transaction has emptied', async () => {
    const disk = newDisk({})
    let isGone = true
    const { publishNew } = MemoryPrimitives.prototype
    disk.publishNew = async (name, path) => {
      if (isGone) throw new DiskError('ENOENT', 'link', path, { phase: 'name' })
      await publishNew.call(disk, name, path)
    }
    disk.makeParents = async () => {
      isGone = false
      return await Promise.resolve(['d'])
    }
    const transaction = await staged(disk, create('d/a', 'A'))
    transaction.made.length = 0
    isGone = true
    await publishTransaction(disk, transaction)
    expect(disk.files.has('d/a')).toBe(true)
    expect(transaction.made).toEqual(['d'])
  })

  it('calls a name that was taken meanwhile a condition that does not hold', async () => {
    const disk = newDisk({})
    const transaction = await staged(disk, create('a', 'A'))
    disk.files.set('a', text('another program'))
    const error = await failure(publishTransaction(disk, transaction))
    expect(error).toMatchObject({ code: 'EEXIST', phase: 'check' })
    expect(disk.files.get('a')).toEqual(text('another program'))
  })
})

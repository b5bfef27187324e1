import { describe, expect, it } from 'vitest'
import {
  changeOf,
  checkOperations,
  checkPath,
  ifStill,
  recordOf,
  removesFiles,
  TRANSACTION_OPERATIONS_MAX,
  type Operation,
} from '../../../../src/engine/commit/transaction.js'
import { StagedFile } from '../../../../src/engine/commit/staging.js'
import type { Volume } from '../../../../src/disk/disk.js'
import {
  decodeExternal,
  decodeRecords,
  OperationKind,
  PATH_BYTES_MAX,
} from '../../../../src/format/record.js'
import { operation, remove, text } from '../../disk/support.js'

const bytes = text('x')
const create = (path: string): Operation => ({ kind: 'create', path, bytes })
const creates = (count: number): Operation[] =>
  Array.from({ length: count }, (_, at) => create(String(at)))

describe('a transaction', () => {
  it('has one operation at least and no more than its limit', () => {
    expect(() => checkOperations([])).toThrow(RangeError)
    expect(() => checkOperations(creates(TRANSACTION_OPERATIONS_MAX))).not.toThrow()
    expect(() => checkOperations(creates(TRANSACTION_OPERATIONS_MAX + 1))).toThrow(
      'commit takes 1 to 4096 operations, got 4097',
    )
  })

  it.each<[unknown, string]>([
    [{ 0: create('a'), length: 1 }, 'commit needs a list of operations'],
    [[create('a'), create('b'), create('a')], "operations[2].path 'a' comes twice"],
    [[{ kind: 'toString', path: 'a', bytes }], "operations[0].kind must be 'create', 'replace'"],
    [[create('a/../b')], 'operations[0].path must be a relative path of plain segments'],
    [[create('.JOURNAL/x')], 'is a name that the store keeps for itself'],
    [[{ kind: 'create', path: 'a', bytes: 'x' }], 'operations[0].bytes must be a Uint8Array'],
    [[{ kind: 'remove', path: 'a', ifBytes: text('') }], 'operations[0].ifBytes must be a Uint8'],
    [[{ kind: 'replace', path: 'a', bytes, ifBytes: 'x' }], 'operations[0].ifBytes must be'],
    [[{ kind: 'create', path: 'a', staged: { state: 'free' } }], 'staged must come from stage()'],
  ])('is refused with what is wrong: %j', (operations, message) => {
    expect(() => checkOperations(operations as Operation[])).toThrow(TypeError)
    expect(() => checkOperations(operations as Operation[])).toThrow(message)
  })

  it('takes a staged file that is free only', () => {
    const staged = new StagedFile({} as Volume, '.tmp/staged.tmp.1', 1, new Uint8Array(32))
    const operations: Operation[] = [{ kind: 'create', path: 'a', staged }]
    expect(() => checkOperations(operations)).not.toThrow()
    staged.state = 'sent'
    expect(() => checkOperations(operations)).toThrow('has been committed already')
    staged.state = 'gone'
    expect(() => checkOperations(operations)).toThrow('has been used already')
  })

  it('takes paths up to the limit of a record, counted in bytes', () => {
    expect(() => checkPath('é'.repeat((PATH_BYTES_MAX - 1) / 2), 'path')).not.toThrow()
    expect(() => checkPath('é'.repeat((PATH_BYTES_MAX + 1) / 2), 'path')).toThrow(RangeError)
  })
})

describe('the record of a transaction', () => {
  it('holds its contents and conditions, and the description of what is staged', () => {
    const large: Operation = { kind: 'create', path: 'large', bytes: text('not in the record') }
    const digest = new Uint8Array(32).fill(7)
    const staged = new StagedFile({} as Volume, '.tmp/staged.tmp.2', 5, digest)
    const record = recordOf(
      [
        create('new'),
        { kind: 'replace', path: 'old', bytes, ifBytes: text('was') },
        { kind: 'remove', path: 'gone', ifBytes: text('held') },
        { kind: 'remove', path: 'any' },
        large,
        { kind: 'replace', path: 'stream', staged, ifBytes: text('was') },
      ],
      new Map([[large, text('its description')]]),
    )
    const [operations = []] = decodeRecords(record)
    const shown = operations.map(({ kind, path, content, external, expected }) =>
      [kind, path, Buffer.from(content).toString(), external, expected?.length ?? 0].join(' '),
    )
    expect(shown.slice(0, 5)).toEqual([
      '1 new x false 0',
      '2 old x false 3',
      '3 gone held false 0',
      '3 any  false 0',
      '1 large its description true 0',
    ])
    expect(operations[5]).toMatchObject({
      path: 'stream',
      external: true,
      expected: Buffer.from('was'),
    })
    const described = decodeExternal(operations[5]?.content ?? bytes)
    expect(described).toMatchObject({ stagedPath: '.tmp/staged.tmp.2', bytes: 5 })
    expect(new Uint8Array(described.digest)).toEqual(digest)
  })

  it('tells what it changed, for derived state', () => {
    expect(changeOf(remove('a'))).toEqual({ kind: 'remove', path: 'a' })
    expect(changeOf(operation(OperationKind.create, 'b', bytes))).toEqual({
      kind: 'create',
      path: 'b',
    })
    expect(removesFiles([{ kind: 'create', path: 'a' }])).toBe(false)
    expect(
      removesFiles([
        { kind: 'create', path: 'a' },
        { kind: 'remove', path: 'b' },
      ]),
    ).toBe(true)
  })
})

describe('the condition that a file is as it was read', () => {
  it('is left out for an empty file and for one that is too long to be journaled', () => {
    expect(ifStill(text('held'), 4)).toEqual({ ifBytes: text('held') })
    expect(ifStill(text('longer'), 4)).toEqual({})
    expect(ifStill(text(''), 4)).toEqual({})
  })
})

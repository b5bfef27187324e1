import { describe, expect, it } from 'vitest'
import type { ChangeRow } from '../../../src/sqlite/messages.js'
import { read } from '../../../src/sqlite/reads.js'
import { write } from '../../../src/sqlite/writes.js'
import { documentRow, openTables, testFile } from './support.js'

const AT = '2026-01-01T00:00:00.000Z'
const COMMIT = { number: 3, at: AT, missed: [] }
const NOTHING = { save: [], delete: [], head: undefined, moves: [], requires: [] }

async function withVersion() {
  const { statements } = await openTables(await testFile())
  const documents = [documentRow('p', '1.0.0', '{"a":1}')]
  write(statements, { op: 'insert', documents, present: [] }, COMMIT)
  return statements
}

describe('insert', () => {
  it('refuses all if one is taken, and returns those', async () => {
    const statements = await withVersion()
    const documents = [documentRow('p', '1.0.0'), documentRow('p', '1.0.1')]
    const { answer, events } = write(statements, { op: 'insert', documents, present: [] }, COMMIT)
    expect(events).toEqual([])
    expect(answer).toEqual({
      kind: 'taken',
      documents: [{ promptId: 'p', version: '1.0.0', savedAt: AT, bytes: Buffer.from('{"a":1}') }],
    })
    expect(read(statements, { op: 'names', promptId: 'p' })).toEqual(['1.0.0'])
  })

  it('refuses all if one that has to be there is not', async () => {
    const statements = await withVersion()
    const documents = [documentRow('p', '1.0.1')]
    const present = [{ promptId: 'p', version: '2.0.0' }]
    const written = write(statements, { op: 'insert', documents, present }, COMMIT)
    expect(written).toEqual({ answer: { kind: 'missing' }, events: [] })
  })

  it('keeps the time that a copy brings', async () => {
    const { statements } = await openTables(await testFile())
    const savedAt = '2020-01-01T00:00:00.000Z'
    const documents = [
      { ...documentRow('p', '1.0.0'), savedAt },
      { ...documentRow('p', '1.0.1'), savedAt: null },
    ]
    write(statements, { op: 'insert', documents, present: [] }, COMMIT)
    expect(read(statements, { op: 'past', promptId: 'p' })).toEqual({
      versions: [
        ['1.0.0', savedAt],
        ['1.0.1', null],
      ],
      history: [],
    })
  })
})

describe('commit', () => {
  const refused: readonly (readonly [string, Partial<ChangeRow>, number])[] = [
    ['the head has changed', { head: '{}' }, 1],
    ['a version to save exists', { save: [documentRow('p', '1.0.0')] }, 0],
    ['a version to delete is missing', { delete: ['9.0.0'] }, 0],
    ['a required version is missing', { requires: ['9.0.0'] }, 0],
  ]
  it.each(refused)('changes nothing if %s', async (_, change, generation) => {
    const statements = await withVersion()
    const changes = [
      { promptId: 'q', ...NOTHING, head: '{}' },
      { promptId: 'p', ...NOTHING, ...change },
    ]
    const ask = { op: 'commit', read: [{ promptId: 'p', generation }], changes } as const
    expect(write(statements, ask, COMMIT)).toEqual({ answer: false, events: [] })
    expect(read(statements, { op: 'head', promptId: 'q' })).toBeNull()
  })

  it('applies a whole change, the deletion behind the moves', async () => {
    const statements = await withVersion()
    const change = {
      ...NOTHING,
      promptId: 'p',
      save: [documentRow('p', '1.0.1')],
      delete: ['1.0.0'],
      head: '{"h":1}',
      moves: ['{"m":1}'],
    }
    const ask = {
      op: 'commit',
      read: [{ promptId: 'p', generation: 0 }],
      changes: [change],
    } as const
    expect(write(statements, ask, { ...COMMIT, number: 4 })).toEqual({
      answer: true,
      events: [
        { kind: 'save', promptId: 'p', version: '1.0.1' },
        { kind: 'delete', promptId: 'p', version: '1.0.0' },
        { kind: 'head', promptId: 'p', moves: [{ m: 1 }] },
      ],
    })
    expect(read(statements, { op: 'views', promptIds: ['p'] })).toEqual([
      { promptId: 'p', generation: 4, head: '{"h":1}', versions: ['1.0.1'] },
    ])
    expect(read(statements, { op: 'past', promptId: 'p' })).toMatchObject({
      history: ['{"m":1}', JSON.stringify({ deleted: { '1.0.0': AT }, trash: false, at: AT })],
    })
  })
})

describe('clear', () => {
  it('removes everything, and says since when the history is known', async () => {
    const statements = await withVersion()
    expect(write(statements, { op: 'clear' }, COMMIT)).toEqual({
      answer: undefined,
      events: [{ kind: 'reset' }],
    })
    expect(read(statements, { op: 'pastIds' })).toEqual([])
    expect(read(statements, { op: 'knownSince' })).toBe(
      JSON.stringify({ since: AT, reason: 'cleared' }),
    )
  })
})

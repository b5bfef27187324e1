import { describe, expect, it } from 'vitest'
import { History, splitOf, TORN, type Mark } from './history.mjs'

type Change = readonly [key: string, digest: string | null]

describe('what a disk may hold after a power cut', () => {
  it('is what was acknowledged', () => {
    expect(judge([...done('1', ['a', 'A'])], { a: 'A' })).toEqual([])
  })

  it('is never less than what was acknowledged', () => {
    expect(judge([...done('1', ['a', 'A'])], {})).toEqual(['lost a'])
  })

  it('is never another content than the acknowledged one', () => {
    expect(judge([...done('1', ['a', 'A'])], { a: 'torn' })).toEqual(['changed a'])
    const replaced = [...done('1', ['a', 'A']), ...done('2', ['a', 'B'])]
    expect(judge(replaced, { a: 'A' })).toEqual(['changed a'])
  })

  it('is never something that was not saved', () => {
    expect(judge([], { a: 'A' })).toEqual(['alien a'])
  })

  it('is nothing that was deleted', () => {
    const deleted = [...done('1', ['a', 'A']), ...done('2', ['a', null])]
    expect(judge(deleted, {})).toEqual([])
    expect(judge(deleted, { a: 'A' })).toEqual(['alien a'])
  })

  it('may or may not be a call that had not returned, as a whole', () => {
    const open = [...done('1', ['a', 'A']), issue('2', ['a', 'B'], ['b', 'B'], ['c', null])]
    expect(judge(open, { a: 'A' })).toEqual([])
    expect(judge(open, { a: 'B', b: 'B' })).toEqual([])
  })

  it.each([{ a: 'B' }, { b: 'B', a: 'A' }, { a: 'torn', b: 'B' }, { a: 'B', b: 'B', c: 'C' }, {}])(
    'is never half a transaction: %j',
    (found) => {
      const open = [
        ...done('1', ['a', 'A']),
        ...done('2', ['c', 'C']),
        issue('3', ['a', 'B'], ['b', 'B'], ['c', null]),
      ]
      expect(judge(open, found)).toContain('half a')
    },
  )

  it('is not open any more once it was seen after a restart', () => {
    const open = [...done('1', ['a', 'A']), issue('2', ['a', 'B'])]
    expect(judge([...open, { settle: '2', kept: true }], { a: 'A' })).toEqual(['changed a'])
    expect(judge([...open, { settle: '2', kept: false }], { a: 'B' })).toEqual(['changed a'])
  })

  it('tells what became of the calls that had not returned', () => {
    const history = historyOf([issue('1', ['a', 'A'], ['b', 'B']), issue('2', ['c', 'C'])])
    const found = new Map([
      ['a', 'A'],
      ['c', 'C'],
    ])
    expect(history.outcomes(found).map(({ id, kept }) => [id, kept])).toEqual([
      ['1', undefined],
      ['2', true],
    ])
  })

  it('cannot be told from marks that make no sense', () => {
    expect(() => historyOf([{ ack: 'never issued' }])).toThrow(/without a beginning/)
    expect(() => historyOf([{}])).toThrow(/not known/)
  })
})

describe('what a disk may hold where calls are flushed after they were acknowledged', () => {
  const old = [...done('1', ['a', 'A']), { due: 1 }]

  it('is everything that was flushed, whatever came after it', () => {
    expect(judgeSoft(old, { a: 'A' })).toEqual([])
    expect(judgeSoft(old, {})).toEqual(['lost a'])
    expect(judgeSoft(old, { a: TORN })).toEqual(['changed a'])
    expect(judgeSoft([...old, ...done('2', ['b', 'B'])], { b: 'B' })).toEqual(['lost a'])
  })

  it('is what was there before, or any state since, of a file that was overwritten', () => {
    const overwritten = [...old, ...done('2', ['a', 'B']), ...done('3', ['a', 'C'])]
    for (const a of ['A', 'B', 'C']) expect(judgeSoft(overwritten, { a })).toEqual([])
    expect(judgeSoft([...overwritten, { due: 2 }], { a: 'A' })).toEqual(['changed a'])
  })

  it('is never garbage in place of what was durable', () => {
    const overwritten = [...old, ...done('2', ['a', 'B'])]
    for (const a of [TORN, 'garbage']) expect(judgeSoft(overwritten, { a })).toEqual(['changed a'])
    expect(judgeSoft(overwritten, {})).toEqual(['lost a'])
  })

  it('may be torn, or nothing, where there was no file before', () => {
    const made = [...old, ...done('2', ['b', 'B'])]
    for (const b of ['B', TORN, 'garbage']) expect(judgeSoft(made, { a: 'A', b })).toEqual([])
    expect(judgeSoft(made, { a: 'A' })).toEqual([])
  })

  it('may be a file that a removal, which is not flushed, has left', () => {
    const removed = [...old, ...done('2', ['a', null])]
    expect(judgeSoft(removed, { a: 'A' })).toEqual([])
    expect(judgeSoft(removed, {})).toEqual([])
    expect(judgeSoft(removed, { a: TORN })).toEqual(['changed a'])
    expect(judgeSoft([...removed, { due: 2 }], { a: 'A' })).toEqual(['alien a'])
  })

  it('may be two files of one transaction from different times, each of them whole', () => {
    const overwritten = [...old, ...done('2', ['a', 'B'])]
    expect(judgeSoft(overwritten, { a: splitOf('B') })).toEqual([])
    expect(judgeSoft(overwritten, { a: splitOf('C') })).toEqual(['changed a'])
    expect(judgeSoft(old, { a: splitOf('A') })).toEqual(['changed a'])
  })

  it('may be any part of a transaction that is not due', () => {
    const half = [...old, issue('2', ['a', 'B'], ['b', 'B'])]
    expect(judgeSoft(half, { a: 'B' })).toEqual([])
  })

  it('cannot be told from a call that is due before it was made', () => {
    expect(() => judgeSoft([{ due: 1 }], {})).toThrow(/due/)
  })
})

function issue(id: string, ...changes: readonly Change[]): Mark {
  return { issue: id, changes }
}

function done(id: string, ...changes: readonly Change[]): readonly Mark[] {
  return [issue(id, ...changes), { ack: id }]
}

function historyOf(marks: readonly Mark[]): History {
  const history = new History()
  for (const mark of marks) history.add(mark)
  return history
}

function judgeSoft(marks: readonly Mark[], found: Readonly<Record<string, string>>): string[] {
  const history = new History({ soft: true })
  for (const mark of marks) history.add(mark)
  const problems = history.judge(new Map(Object.entries(found)))
  return problems.map(({ kind, key }) => `${kind} ${key}`)
}

function judge(marks: readonly Mark[], found: Readonly<Record<string, string>>): string[] {
  const problems = historyOf(marks).judge(new Map(Object.entries(found)))
  return problems.map(({ kind, key }) => `${kind} ${key}`)
}

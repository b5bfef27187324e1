import { describe, expect, it } from 'vitest'
import { History, type Mark } from './history.mjs'

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

  it('is never something that nobody has saved', () => {
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

function judge(marks: readonly Mark[], found: Readonly<Record<string, string>>): string[] {
  const problems = historyOf(marks).judge(new Map(Object.entries(found)))
  return problems.map(({ kind, key }) => `${kind} ${key}`)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../support/random.js'
import { isExplainable } from './brute-force.js'
import { promptModel, type PromptOperation } from './prompt-model.mjs'
import { anyHistory, possibleHistory } from './random-history.js'
import { explain } from './search.mjs'

const RUNS = Number(process.env['HOLDFAST_HISTORIES'] ?? 4000)

const judge = (history: readonly PromptOperation[]): boolean =>
  explain(history, promptModel).explained

const save = (
  call: number,
  ret: number | undefined,
  digest: string,
  version = '1.0.0',
  outcome: 'done' | 'taken' = 'done',
): PromptOperation => ({
  kind: 'save',
  items: [{ version, digest }],
  call,
  ...(ret === undefined ? {} : { ret, outcome }),
})
const remove = (
  call: number,
  ret: number | undefined,
  version = '1.0.0',
  outcome: 'done' | 'absent' = 'done',
): PromptOperation => ({
  kind: 'delete',
  version,
  call,
  ...(ret === undefined ? {} : { ret, outcome }),
})
const get = (
  call: number,
  ret: number,
  answer: string | null,
  version = '1.0.0',
): PromptOperation => ({ kind: 'get', version, call, ret, answer })
const names = (call: number, ret: number, ...answer: string[]): PromptOperation => ({
  kind: 'names',
  call,
  ret,
  answer,
})

describe('the checker accepts', () => {
  it.each<[string, readonly PromptOperation[]]>([
    ['an empty history', []],
    ['a read of what was saved', [save(1, 2, 'a'), get(3, 4, 'a')]],
    ['either answer while a save is under way', [save(1, 9, 'a'), get(2, 3, null), get(4, 5, 'a')]],
    ['one winner of two', [save(1, 9, 'a'), save(1, 8, 'b', '1.0.0', 'taken'), get(10, 11, 'a')]],
    ['two winners with a delete between them', [save(1, 5, 'a'), remove(2, 6), save(3, 9, 'b')]],
    [
      'a killed save that is seen much later',
      [save(1, undefined, 'a'), get(2, 3, null), get(50, 51, 'a')],
    ],
    ['a killed save that never took effect', [save(1, undefined, 'a'), get(50, 51, null)]],
    [
      'a killed delete that took effect late',
      [save(1, 2, 'a'), remove(3, undefined), get(4, 5, 'a'), get(6, 7, null)],
    ],
    [
      'a save that lost against a killed one',
      [save(1, undefined, 'a'), save(2, 3, 'b', '1.0.0', 'taken')],
    ],
    [
      'lists in the order of versions',
      [save(1, 2, 'a', '1.10.0'), save(3, 4, 'b', '1.9.0'), names(5, 6, '1.9.0', '1.10.0')],
    ],
  ])('%s', (_, history) => {
    expect(judge(history)).toBe(true)
    expect(isExplainable(history.filter(({ kind }) => kind !== 'names'))).toBe(true)
  })
})

describe('the checker rejects', () => {
  it.each<[string, readonly PromptOperation[]]>([
    ['a stale read', [save(1, 2, 'a'), get(3, 4, null)]],
    ['a stale read after a delete', [save(1, 2, 'a'), remove(3, 4), get(5, 6, 'a')]],
    ['a lost update', [save(1, 2, 'a'), get(3, 4, 'a'), get(5, 6, null)]],
    ['two winners', [save(1, 5, 'a'), save(2, 6, 'b')]],
    ['two losers', [save(1, 5, 'a', '1.0.0', 'taken'), save(2, 6, 'b', '1.0.0', 'taken')]],
    ['a value that was never saved', [save(1, 2, 'a'), get(3, 4, 'x')]],
    ['a value before its save was called', [get(1, 2, 'a'), save(3, 4, 'a')]],
    [
      'the un-seeing of what a killed process did',
      [save(1, undefined, 'a'), get(2, 3, 'a'), get(4, 5, null)],
    ],
    [
      'reads that go back in time',
      [save(1, 2, 'a'), remove(3, 9), save(3, 9, 'b'), get(4, 5, 'b'), get(6, 7, 'a')],
    ],
    [
      'a list that skips an acknowledged version',
      [save(1, 2, 'a'), save(3, 4, 'b', '1.1.0'), names(5, 6, '1.0.0')],
    ],
    [
      'a list that never was',
      [
        save(1, 2, 'a'),
        save(3, 4, 'b', '1.1.0'),
        remove(5, 6),
        save(7, 8, 'c', '1.2.0'),
        names(4, 9, '1.0.0', '1.1.0', '1.2.0'),
      ],
    ],
    [
      'half a batch',
      [
        {
          kind: 'save',
          items: [
            { version: '1.0.0', digest: 'a' },
            { version: '1.1.0', digest: 'b' },
          ],
          call: 1,
          ret: 9,
          outcome: 'done',
        },
        names(2, 3, '1.0.0'),
      ],
    ],
    [
      'half a batch of a killed process',
      [
        {
          kind: 'save',
          items: [
            { version: '1.0.0', digest: 'a' },
            { version: '1.1.0', digest: 'b' },
          ],
          call: 1,
        },
        get(2, 3, 'a'),
        get(4, 5, null, '1.1.0'),
      ],
    ],
    [
      'a latest that is not the highest',
      [
        save(1, 2, 'a', '1.9.0'),
        save(3, 4, 'b', '1.10.0'),
        { kind: 'latestName', call: 5, ret: 6, answer: '1.9.0' },
      ],
    ],
    [
      'a latest with the bytes of another time',
      [
        save(1, 2, 'a'),
        remove(3, 4),
        save(5, 6, 'b'),
        { kind: 'latest', call: 7, ret: 8, answer: ['1.0.0', 'a'] },
      ],
    ],
    ['a delete of what was not there', [remove(1, 2)]],
    [
      'a delete that finds nothing though something is there',
      [save(1, 2, 'a'), remove(3, 4, '1.0.0', 'absent')],
    ],
    [
      'a killed save that took effect before it was called',
      [get(1, 2, 'a'), save(3, undefined, 'a')],
    ],
    [
      'a killed save that took effect twice',
      [save(1, undefined, 'a'), get(2, 3, 'a'), remove(4, 5), get(6, 7, 'a')],
    ],
  ])('%s', (_, history) => {
    expect(judge(history)).toBe(false)
  })

  it('and names what it could not explain', () => {
    const odd = get(5, 6, 'x')
    const { stuck } = explain([save(1, 2, 'a'), get(3, 4, 'a'), odd, get(7, 8, 'a')], promptModel)
    expect(stuck).toEqual([odd])
  })
})

describe('the checker agrees with trying every order', () => {
  it('on histories of random answers', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        expect(judge(history)).toBe(isExplainable(history))
      }),
      seeded(RUNS),
    )
  })

  it('on histories that happened, which are all possible', () => {
    fc.assert(
      fc.property(possibleHistory, (history) => {
        expect(judge(history)).toBe(true)
      }),
      seeded(RUNS),
    )
  })

  it('on histories that happened, with one of them told wrong', () => {
    let impossible = 0
    fc.assert(
      fc.property(possibleHistory, anyHistory, fc.nat(), (history, others, place) => {
        const wrong = history.slice(0, 5)
        const [other] = others
        if (other !== undefined) wrong[place % wrong.length] = other
        const expected = isExplainable(wrong)
        if (!expected) impossible++
        expect(judge(wrong)).toBe(expected)
      }),
      seeded(RUNS),
    )
    expect(impossible).toBeGreaterThan(RUNS / 10)
  })

  it('and needs no more than a moment for a long history', () => {
    const history = Array.from({ length: 20_000 }, (_, at) =>
      at % 2 === 0 ? save(at, at + 3, `d${at}`, `1.${at}.0`) : get(at, at + 1, null, '9.0.0'),
    )
    const few = history.map((operation, at): PromptOperation =>
      operation.kind === 'save' && at % 4 === 2
        ? remove(operation.call + 2, (operation.ret ?? 0) + 2, `1.${at - 2}.0`)
        : operation,
    )
    const started = performance.now()
    expect(judge(few)).toBe(true)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

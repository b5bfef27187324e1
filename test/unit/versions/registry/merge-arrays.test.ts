import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/document/json.js'
import { haveIds, mergeAligned, mergeById } from '../../../../src/versions/registry/merge-arrays.js'
import type { Path } from '../../../../src/versions/registry/json-pointer.js'
import type { Sides } from '../../../../src/versions/registry/merge.js'

type List = readonly JsonValue[]

const sidesOf = (base: List, ours: List, theirs: List) => ({ base, ours, theirs })

/** Takes the side that has changed, and notes where it was asked. */
function recording(): {
  readonly asked: Path[]
  merge(sides: Sides, path: Path): Promise<JsonValue | undefined>
} {
  const asked: Path[] = []
  return {
    asked,
    merge: async ({ base, ours, theirs }, path) => {
      asked.push(path)
      const isSame = JSON.stringify(base) === JSON.stringify(ours)
      return await Promise.resolve(isSame ? theirs : ours)
    },
  }
}

const named = (id: string, text = id): JsonValue => ({ id, text })

describe('arrays of elements with ids', () => {
  it('are those where each element of the three has one of its own', () => {
    expect(haveIds(sidesOf([named('a')], [named('a'), named('b')], []))).toBe(true)
    expect(haveIds(sidesOf([named('a'), named('a')], [], []))).toBe(false)
    expect(haveIds(sidesOf([], ['a'], []))).toBe(false)
    expect(haveIds(sidesOf([], [], [{ id: 7 }]))).toBe(false)
  })

  it('are merged element by element, wherever one was moved', async () => {
    const base = [named('a'), named('b'), named('c')]
    const ours = [named('c'), named('a'), named('b', 'new')]
    const theirs = [named('a', 'changed'), named('d'), named('b'), named('c')]
    const { asked, merge } = recording()
    expect(await mergeById(sidesOf(base, ours, theirs), ['messages'], merge)).toEqual([
      named('c'),
      named('a', 'changed'),
      named('d'),
      named('b', 'new'),
    ])
    expect(asked.slice(0, 3)).toEqual([
      ['messages', 0],
      ['messages', 1],
      ['messages', 2],
    ])
  })

  it('are left to the caller where an element was moved here and removed there', async () => {
    const base = [named('a'), named('b'), named('c')]
    const ours = [named('c'), named('a'), named('b')]
    const theirs = [named('a'), named('b')]
    expect(await mergeById(sidesOf(base, ours, theirs), [], recording().merge)).toBeUndefined()
  })
})

describe('arrays without ids', () => {
  it('are merged by their equal elements', async () => {
    const { asked, merge } = recording()
    expect(await mergeAligned(sidesOf([1, 2, 3], [0, 1, 2, 3], [1, 2, 3, 4]), [], merge)).toEqual([
      0, 1, 2, 3, 4,
    ])
    expect(asked).toEqual([])
  })

  it('ask for each element where both sides changed messages of the same role', async () => {
    const message = (content: string): JsonValue => ({ role: 'user', content })
    const { asked, merge } = recording()
    const sides = sidesOf([message('a'), 1], [message('b'), 1], [message('c'), 1])
    expect(await mergeAligned(sides, ['x'], merge)).toEqual([message('b'), 1])
    expect(asked).toEqual([['x', 0]])
  })

  it('are left to the caller where the elements are not alike, or one would be there twice', async () => {
    const { merge } = recording()
    expect(await mergeAligned(sidesOf([1], ['a'], [{ b: 1 }]), [], merge)).toBeUndefined()
    expect(await mergeAligned(sidesOf([1], [2, 3], [4]), [], merge)).toBeUndefined()
    const moved = sidesOf(['m', 'a', 'b'], ['a', 'm', 'b'], ['a', 'b', 'm'])
    expect(await mergeAligned(moved, [], merge)).toBeUndefined()
  })
})

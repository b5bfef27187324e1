import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../../src/document/json.js'
import { haveIds, mergeAligned, mergeById } from '../../../../src/versions/registry/merge-arrays.js'
import type { MergeValues } from '../../../../src/versions/registry/merge.js'

/** Takes the side that changed; both sides of these tests never change the same element otherwise. */
const changed: MergeValues = async ({ base, ours, theirs }) =>
  await Promise.resolve(JSON.stringify(ours) === JSON.stringify(base) ? theirs : ours)
const of = (...ids: string[]): JsonValue[] => ids.map((id) => ({ id }))

describe('arrays of elements with ids', () => {
  it('are recognised only where each id is a text of one element', () => {
    expect(haveIds({ base: of('a'), ours: of('a', 'b'), theirs: [] })).toBe(true)
    expect(haveIds({ base: of('a', 'a'), ours: [], theirs: [] })).toBe(false)
    expect(haveIds({ base: of('a'), ours: [{ id: 1 }], theirs: [] })).toBe(false)
    expect(haveIds({ base: of('a'), ours: ['a'], theirs: [] })).toBe(false)
  })

  it('take insertions, removals and changes of both sides', async () => {
    const sides = {
      base: of('a', 'b', 'c'),
      ours: [...of('x', 'a'), { id: 'b', text: 'new' }, ...of('c')],
      theirs: of('a', 'b'),
    }
    const merged = await mergeById(sides, [], changed)
    expect(merged).toEqual([...of('x', 'a'), { id: 'b', text: 'new' }])
  })

  it('are in conflict where an element was moved here and removed there', async () => {
    const sides = { base: of('a', 'b', 'c'), ours: of('c', 'a', 'b'), theirs: of('a', 'b') }
    expect(await mergeById(sides, [], changed)).toBeUndefined()
  })
})

describe('arrays of other elements', () => {
  it('are merged by what is equal, and element by element where both have as many', async () => {
    const sides = { base: ['a', 'b', 'c'], ours: ['a', 'B', 'c'], theirs: ['a', 'b', 'c', 'd'] }
    expect(await mergeAligned(sides, [], changed)).toEqual(['a', 'B', 'c', 'd'])
    const both = { base: ['a', 'b'], ours: ['A', 'b'], theirs: ['a', 'B'] }
    expect(await mergeAligned(both, [], changed)).toEqual(['A', 'B'])
  })

  it('are in conflict where both sides insert at the same place', async () => {
    const sides = { base: ['a'], ours: ['a', 'x'], theirs: ['a', 'y', 'z'] }
    expect(await mergeAligned(sides, [], changed)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../../../../src/optimizer/evaluation/random.js'
import { mergeOf, mergeSample } from '../../../../src/optimizer/search/merge.js'
import { Pool } from '../../../../src/optimizer/search/pool.js'

const SEED = { one: 'a', two: 'b', three: 'c' }
const scores = (...values: readonly number[]): Map<string, number> =>
  new Map(values.map((value, at) => [`case-${at}`, value]))
const ids = ['case-0', 'case-1', 'case-2']
const never = (): boolean => false

function poolOf(seedScores: Map<string, number> = scores(0, 0, 0)): Pool {
  const pool = new Pool(SEED, ids, seedScores)
  pool.add({ ...SEED, one: 'A' }, 'rewrite', [0], scores(1, 0, 0))
  pool.add({ ...SEED, two: 'B' }, 'rewrite', [0], scores(0, 1, 1))
  return pool
}

describe('a merge', () => {
  it('takes each prompt from the line that has changed it', () => {
    const merged = mergeOf(poolOf(), new SeededRandom(1), never)
    expect(merged?.candidate).toEqual({ one: 'A', two: 'B', three: 'c' })
    expect(merged?.parents.toSorted()).toEqual([1, 2])
  })

  it('takes the text of the better line where both have changed a prompt', () => {
    const pool = new Pool(SEED, ids, scores(0, 0, 0))
    pool.add({ ...SEED, one: 'A', two: 'x' }, 'rewrite', [0], scores(1, 0, 0))
    pool.add({ ...SEED, two: 'B' }, 'rewrite', [0], scores(0, 1, 1))
    expect(mergeOf(pool, new SeededRandom(1), never)?.candidate).toEqual({
      one: 'A',
      two: 'B',
      three: 'c',
    })
  })

  it('is not made of a candidate and one that was made from it, nor where nothing is new', () => {
    const line = new Pool(SEED, ids, scores(0, 0, 0))
    line.add({ ...SEED, one: 'A' }, 'rewrite', [0], scores(1, 0, 0))
    line.add({ ...SEED, one: 'A', two: 'B' }, 'rewrite', [1], scores(0, 1, 1))
    expect(mergeOf(line, new SeededRandom(1), never)).toBeUndefined()
    const same = new Pool(SEED, ids, scores(0, 0, 0))
    same.add({ ...SEED, one: 'A' }, 'rewrite', [0], scores(1, 0, 0))
    same.add({ ...SEED, one: 'B' }, 'rewrite', [0], scores(0, 1, 1))
    expect(mergeOf(same, new SeededRandom(1), never)).toBeUndefined()
  })

  it('needs an ancestor that is not better than both', () => {
    expect(mergeOf(poolOf(scores(0.9, 0.9, 0.9)), new SeededRandom(1), never)).toBeUndefined()
  })

  it('is not made twice', () => {
    expect(mergeOf(poolOf(), new SeededRandom(1), () => true)).toBeUndefined()
  })

  it('is compared on cases that each line wins, in turn', () => {
    const pool = new Pool(
      SEED,
      Array.from({ length: 20 }, (_, at) => `case-${at}`),
      scores(...Array.from({ length: 20 }, () => 0)),
    )
    const half = (isFirst: boolean): Map<string, number> =>
      scores(...Array.from({ length: 20 }, (_, at) => Number(at < 10 === isFirst)))
    pool.add({ ...SEED, one: 'A' }, 'rewrite', [0], half(true))
    pool.add({ ...SEED, two: 'B' }, 'rewrite', [0], half(false))
    const sample = mergeSample(pool, [1, 2], new SeededRandom(3))
    expect(new Set(sample).size).toBe(5)
    const first = sample.filter((id) => Number(id.slice('case-'.length)) < 10)
    expect([2, 3]).toContain(first.length)
  })
})

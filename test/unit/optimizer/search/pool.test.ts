import { describe, expect, it } from 'vitest'
import { Pool } from '../../../../src/optimizer/search/pool.js'

const scores = (given: Readonly<Record<string, number>>): Map<string, number> =>
  new Map(Object.entries(given))

describe('a pool', () => {
  it('counts the cases on which the seed has a score, for every candidate', () => {
    const pool = new Pool({ p: '0' }, ['a', 'b', 'c'], scores({ a: 0.5, b: 0.5 }))
    expect(pool.unscored).toEqual(['c'])
    const added = pool.add({ p: '1' }, 'rewrite', [0], scores({ a: 1, b: 0.6, c: 0 }))
    expect(added).toMatchObject({ member: 1, score: 0.8, complete: true, changed: ['p'] })
    expect(pool.best.member).toBe(1)
  })

  it('has no best that lacks a score: an error is not a gain', () => {
    const pool = new Pool({ p: '0' }, ['a', 'b'], scores({ a: 1, b: 0 }))
    const lucky = pool.add({ p: '1' }, 'rewrite', [0], scores({ a: 1 }))
    expect(lucky).toMatchObject({ score: 1, complete: false })
    expect(pool.best.member).toBe(0)
  })

  it('prefers the earlier of two equal candidates', () => {
    const pool = new Pool({ p: '0' }, ['a'], scores({ a: 0.5 }))
    pool.add({ p: '1' }, 'rewrite', [0], scores({ a: 0.5 }))
    expect(pool.best.member).toBe(0)
  })

  it('knows from what a candidate was made', () => {
    const pool = new Pool({ p: '0' }, ['a'], scores({ a: 0 }))
    pool.add({ p: '1' }, 'rewrite', [0], scores({ a: 0 }))
    pool.add({ p: '2' }, 'rewrite', [0], scores({ a: 0 }))
    pool.add({ p: '3' }, 'merge', [1, 2], scores({ a: 0 }))
    expect(pool.lineageOf(3)).toEqual(new Set([0, 1, 2, 3]))
    expect([...pool.lineageOf(1)]).toEqual([1, 0])
    expect(() => pool.at(4)).toThrow(/no member 4/)
  })

  it('cannot begin without any score', () => {
    expect(() => new Pool({ p: '0' }, ['a'], scores({}))).toThrow(
      expect.objectContaining({ code: 'OPT-EVAL-001' }),
    )
  })
})

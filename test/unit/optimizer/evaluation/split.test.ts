import { describe, expect, it } from 'vitest'
import type { Case } from '../../../../src/optimizer/evaluation/case.js'
import { splitCases } from '../../../../src/optimizer/evaluation/split.js'

const CASES: readonly Case[] = Array.from({ length: 300 }, (_, at) => ({
  id: `case-${at}`,
  inputs: { text: `input ${at}` },
}))

describe('a split', () => {
  it('has each case in exactly one set, and about the shares that were asked for', () => {
    const split = splitCases(CASES, 1, { train: 0.5, validation: 0.2, held_out: 0.3 })
    const all = [...split.train, ...split.validation, ...split.held_out]
    expect(new Set(all.map(({ id }) => id)).size).toBe(300)
    expect(Math.abs(split.train.length - 150)).toBeLessThan(40)
    expect(Math.abs(split.validation.length - 60)).toBeLessThan(30)
  })

  it('keeps a case where it is when others come or go, or have another order', () => {
    const whole = splitCases(CASES, 'seed').held_out.map(({ id }) => id)
    const part = splitCases(CASES.slice(100).reverse(), 'seed').held_out.map(({ id }) => id)
    expect(new Set(whole)).toEqual(
      new Set([...part, ...whole.filter((id) => Number(id.slice(5)) < 100)]),
    )
    expect(splitCases(CASES, 'other').held_out.map(({ id }) => id)).not.toEqual(whole)
  })

  it('never has the same inputs in two sets', () => {
    const twins = CASES.map((each) => ({ ...each, id: `${each.id}-twin` }))
    const split = splitCases([...CASES, ...twins])
    for (const set of [split.train, split.validation, split.held_out]) {
      const ids = new Set(set.map(({ id }) => id))
      for (const { id } of set)
        expect(ids.has(id.endsWith('-twin') ? id.slice(0, -5) : `${id}-twin`)).toBe(true)
    }
  })

  it('is refused for shares that do not add up', () => {
    for (const shares of [
      { train: 0.5, validation: 0.5, held_out: 0.5 },
      { train: 1, validation: 0, held_out: 0 },
      { train: NaN, validation: 0.5, held_out: 0.5 },
    ])
      expect(() => splitCases(CASES, 0, shares)).toThrow(TypeError)
  })
})

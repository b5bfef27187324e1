import { expect, it } from 'vitest'
import { candidateDigest, changedPrompts } from '../../../../src/optimizer/search/candidate.js'

it('has the same digest for the same texts, in any order', () => {
  expect(candidateDigest({ a: '1', b: '2' })).toBe(candidateDigest({ b: '2', a: '1' }))
  expect(candidateDigest({ a: '1' })).not.toBe(candidateDigest({ a: '2' }))
  expect(candidateDigest({})).toMatch(/^[0-9a-f]{64}$/)
})

it('names the prompts whose texts differ', () => {
  expect(changedPrompts({ a: '1', b: '2', c: '3' }, { c: '4', b: '2', a: '0' })).toEqual(['a', 'c'])
})

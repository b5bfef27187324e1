import { describe, expect, it } from 'vitest'
import {
  checkApart,
  checkCases,
  checkSearchOptions,
  randomSeedOption,
  signalOption,
} from '../../../../src/optimizer/search/search-options.js'
import { casesOf, lettersSearch } from '../../../support/search-world.js'

describe('options of a search', () => {
  it('have defaults, and the algorithm depends on how many prompts may change', () => {
    expect(checkSearchOptions(lettersSearch())).toMatchObject({
      algorithm: 'hill-climb',
      prompts: ['p'],
      minibatch: 3,
      repeats: 1,
      attempts: 2,
      merges: 5,
      concurrency: 4,
      randomSeed: 0,
    })
    const two = lettersSearch({ seed: { b: '', a: '' } })
    expect(checkSearchOptions(two)).toMatchObject({ algorithm: 'reflective', prompts: ['a', 'b'] })
    expect(checkSearchOptions({ ...two, prompts: ['b'] }).algorithm).toBe('hill-climb')
  })

  it.each([
    [{ algorithm: 'genetic' }, /"algorithm"/],
    [{ budjet: {} }, /did you mean "budget"/],
    [{ budget: { calls: 0 } }, /"budget.calls"/],
    [{ budget: { cals: 1 } }, /did you mean "calls"/],
    [{ seed: {} }, /"seed"/],
    [{ seed: { a: 1 } }, /"seed"/],
    [{ prompts: ['other'] }, /"prompts".*other/],
    [{ prompts: [] }, /"prompts"/],
    [{ train: [] }, /"train"/],
    [{ train: casesOf('validation', 'a') }, /both in "train" and in "validation"/],
    [{ evaluate: 1 }, /"evaluate"/],
    [{ proposer: {} }, /"proposer"/],
    [{ repeats: 1.5 }, /"repeats"/],
    [{ randomSeed: NaN }, /"randomSeed"/],
    [{ signal: {} }, /"signal"/],
  ])('are refused by name: %j', (given, message) => {
    expect(() => checkSearchOptions({ ...lettersSearch(), ...(given as object) })).toThrow(message)
  })
})

it('cases need ids of their own, in one set only', () => {
  const [one] = casesOf('set', 'a')
  expect(() => checkCases('train', [one, one] as never)).toThrow(/two cases with the id 'set-0'/)
  expect(() => checkCases('train', [{}] as never)).toThrow(TypeError)
  expect(() => checkApart({ a: casesOf('x', 'a'), b: casesOf('y', 'a') })).not.toThrow()
})

it('a seed is a number or a text, and a signal one of any realm', () => {
  expect(randomSeedOption(undefined)).toBe(0)
  expect(randomSeedOption('a')).toBe('a')
  expect(signalOption(undefined).aborted).toBe(false)
  expect(signalOption(AbortSignal.abort()).aborted).toBe(true)
})

import fc from 'fast-check'
import { validRange } from 'semver'
import { describe, expect, it } from 'vitest'
import { highNumberIn, misfitInRange } from '../../../../src/versions/registry/range-misfit.js'
import { seeded } from '../../../support/random.js'

describe('misfitInRange', () => {
  it.each(['1', '1.2', '1.2.3', '*', 'x', '^1.2', '~ 1.4', '>=1.2 <2', '1.0 - 2.0', '1.x || 3.x'])(
    'finds none in %s',
    (range) => {
      expect(misfitInRange(range)).toBe('')
    },
  )

  it.each([
    ['', ': it is empty'],
    ['^', ': its end is missing'],
    ['1.', ': its end is missing'],
    ['1 ||', ': its end is missing'],
    ['>= ', ': its end is missing'],
    ['^1.2  ', ": ' ', character 5, does not fit"],
    ['||', ": '|', character 1, does not fit"],
    ['1.2.3.4', ": '.', character 6, does not fit"],
    ['^1.a', ": 'a', character 4, does not fit"],
    ['x.1', ": '1', character 3, does not fit"],
    ['01.0.0', ": '1', character 2, does not fit"],
    ['>= 1.2 <%2', ": '%', character 9, does not fit"],
    ['1.2.3+build', ": '+', character 6, does not fit"],
    ['1.2-beta', ": '-', character 4, does not fit"],
    ['v1.2', ": 'v', character 1, does not fit"],
    [' 1.2', ": ' ', character 1, does not fit"],
    ['1.2,2', ": ',', character 4, does not fit"],
    ['\u{1f600}', ": '\u{1f600}', character 1, does not fit"],
  ])('names it in %j', (text, message) => {
    expect(misfitInRange(text)).toBe(message)
  })

  it('finds one in every text that semver refuses for its characters', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('1.x^~>=<|- 0ab+v%')),
      maxLength: 10,
    })
    fc.assert(
      fc.property(text, (given) => {
        // What this check leaves to semver: hyphen ranges of more than two versions, and pre-releases such as 1.0.0-01.
        if (/ - |-0[0-9]/.test(given)) return
        if (misfitInRange(given) === '') expect(validRange(given)).not.toBeNull()
      }),
      seeded(5000),
    )
  })
})

it('names a number that is not exact any more', () => {
  expect(highNumberIn('>=1 <9007199254740992')).toBe(
    ": the number '9007199254740992' is over 9007199254740991",
  )
  expect(highNumberIn('>=1 <9007199254740991')).toBe('')
})

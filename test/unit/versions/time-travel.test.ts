import { describe, expect, it } from 'vitest'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { checkAsOf, checkTime, offersTimeTravel } from '../../../src/versions/time-travel.js'

const LATEST = new Date('2026-11-21T07:25:48.798Z')

describe('the time of a view', () => {
  it('is a text that sorts, whatever it was given as', () => {
    for (const given of [
      LATEST,
      LATEST.getTime(),
      LATEST.toISOString(),
      '2026-11-21 08:25:48.798+01:00',
    ])
      expect(checkTime(given, LATEST)).toBe('2026-11-21T07:25:48.798Z')
    expect(checkTime('2026-11-21T07:25', LATEST)).toBe('2026-11-21T07:25:00.000Z')
  })

  it.each([
    '',
    'now',
    '2026-02-30T00:00',
    Number.NaN,
    -1e15,
    new Date(Number.NaN),
    true,
    undefined,
  ])('is not %j', (given) => {
    expect(() => checkTime(given, LATEST)).toThrow(/^Argument "time" must be a Date, milliseconds/)
  })

  it('is not in the future, since the answer would change', () => {
    expect(() => checkTime(LATEST.getTime() + 1, LATEST)).toThrow(RangeError)
  })
})

it('checks the options of a view', () => {
  expect(checkAsOf(undefined)).toBe('refuse')
  expect(checkAsOf({ undated: 'omit' })).toBe('omit')
  expect(() => checkAsOf({ undated: 'maybe' as never })).toThrow(/"undated"/)
})

it('tells a storage that can be read as it was', () => {
  expect(offersTimeTravel(new MemoryStorage())).toBe(true)
  expect(offersTimeTravel({})).toBe(false)
})

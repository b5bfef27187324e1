import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { checkNow, checkPolicy } from '../../../../src/versions/registry/retention-policy.js'

describe('checkPolicy', () => {
  it('fills in rules that keep nothing', () => {
    expect(checkPolicy({ keepLast: 3, pinned: ['1.0.0'] })).toEqual({
      keepLast: 3,
      keepYoungerThanDays: 0,
      daily: 0,
      weekly: 0,
      monthly: 0,
      best: 0,
      pinned: new Set(['1.0.0']),
    })
  })

  it.each<[policy: unknown, message: string]>([
    [undefined, 'A retention policy must be given'],
    [null, 'must be an object, got null'],
    ['keepLast', 'must be an object'],
    [{}, 'needs at least one of keepLast, keepYoungerThanDays, daily, weekly, monthly'],
    [{ pinned: ['1.0.0'] }, 'needs at least one of'],
    [{ best: 3 }, 'needs at least one of'],
    [{ keepLast: undefined }, 'needs at least one of'],
    [{ keepLats: 3 }, 'Unknown option "keepLats" of a retention policy; did you mean "keepLast"?'],
    [{ keepLabelled: false, keepLast: 1 }, 'Unknown option "keepLabelled"'],
    [{ keepLast: 0 }, 'Option "keepLast" must be an integer from 1 to 1000000, got 0'],
    [{ keepLast: '3' }, "got '3'"],
    [{ daily: 1.5 }, 'Option "daily" must be an integer'],
    [{ weekly: -1 }, 'Option "weekly"'],
    [{ monthly: null }, 'Option "monthly"'],
    [{ keepLast: 1, best: Number.NaN }, 'Option "best"'],
    [{ keepYoungerThanDays: 0 }, 'Option "keepYoungerThanDays" must be more than 0'],
    [{ keepYoungerThanDays: '30' }, 'Option "keepYoungerThanDays" must be a number'],
    [{ keepLast: 1, pinned: '1.0.0' }, 'Option "pinned" must be an array of versions'],
    [{ keepLast: 1, pinned: ['1.0.0', '1.0'] }, 'Argument "pinned[1]" must be'],
  ])('refuses %j', (policy, message) => {
    const call = (): unknown => checkPolicy(policy as object)
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ARGUMENT' }))
  })
})

describe('checkNow', () => {
  it('takes a Date of any realm, and a time as text', () => {
    const text = '2025-01-17T10:30:00.000Z'
    expect(checkNow(text)).toBe(Date.parse(text))
    expect(checkNow(new Date(text))).toBe(Date.parse(text))
    expect(checkNow(runInNewContext(`new Date('${text}')`))).toBe(Date.parse(text))
  })

  it.each([undefined, null, 1, '', 'yesterday', '2025-01-17', new Date(Number.NaN)])(
    'refuses %s',
    (now) => {
      expect(() => checkNow(now)).toThrow('Argument "now" must be a Date or an ISO 8601 time')
    },
  )
})

import { describe, expect, it } from 'vitest'
import { checkAcquisition, checkName } from '../../../src/locks/lock-service.js'

describe('the options of acquire', () => {
  it('have defaults', () => {
    expect(checkAcquisition('a')).toEqual({
      name: 'a',
      ttlMs: 30_000,
      waitMs: 10_000,
      signal: undefined,
    })
  })

  it('take the signal of another realm', () => {
    const signal = Object.assign(Object.create(null) as object, {
      aborted: false,
      addEventListener: () => undefined,
    })
    expect(checkAcquisition('a', { signal: signal as never }).signal).toBe(signal)
  })

  it.each<[unknown, object | undefined, RegExp]>([
    [7, undefined, /"name" must be a non-empty string/],
    ['', undefined, /"name" must be a non-empty string/],
    ['a\0', undefined, /"name" must be .* without NUL/],
    ['\ud800', undefined, /"name" must be well-formed text/],
    ['\u00e9'.repeat(257), undefined, /"name" must have at most 512 bytes, got 514/],
    ['a', { ttlMs: 3_600_001 }, /"ttlMs" must be an integer from 100 to 3600000/],
    ['a', { waitMs: -1 }, /"waitMs" must be an integer from 0 to 3600000/],
    ['a', { signal: {} }, /"signal" must be an AbortSignal/],
    ['a', { timeoutMs: 1 }, /Unknown option "timeoutMs" of acquire/],
  ])('refuse %j with %j', (name, options, message) => {
    expect(() => checkAcquisition(name, options)).toThrow(message)
  })

  it('name the option that holds the name of a lock', () => {
    expect(() => checkName('retention.lockName', '')).toThrow(/"retention.lockName"/)
  })
})

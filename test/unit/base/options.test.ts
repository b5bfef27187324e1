import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import {
  booleanOption,
  functionOption,
  integerOption,
  oneOf,
  rejectUnknown,
  shown,
  stringOption,
} from '../../../src/base/options.js'

describe('rejectUnknown', () => {
  const known = ['storageDir', 'lockTimeoutMs', 'useCache']

  it('lets known keys and a missing object pass', () => {
    rejectUnknown({ storageDir: 'x', useCache: undefined }, known, 'open')
    rejectUnknown(undefined, known, 'open')
  })

  it('names an unknown key and the known one that looks like it', () => {
    expect(() => rejectUnknown({ lockTimoutMs: 1 }, known, 'open')).toThrow(
      wrongArgument('Unknown option "lockTimoutMs" of open; did you mean "lockTimeoutMs"?'),
    )
    expect(() => rejectUnknown({ usecache: true }, known, 'open')).toThrow(
      'did you mean "useCache"?',
    )
  })

  it('lists the known keys when none looks like it', () => {
    expect(() => rejectUnknown({ colour: 1 }, known, 'open')).toThrow(
      'Unknown option "colour" of open; known are storageDir, lockTimeoutMs, useCache',
    )
  })

  it.each([null, 5, 'x', [], true])('refuses %j for an options object', (options) => {
    expect(() => rejectUnknown(options, known, 'open')).toThrow(
      /Options of open must be an object, got /,
    )
  })

  it('refuses a key named __proto__ that came out of JSON', () => {
    expect(() => rejectUnknown(JSON.parse('{"__proto__":{}}'), known, 'open')).toThrow(
      '"__proto__"',
    )
  })
})

describe('integerOption', () => {
  const rule = { min: 0, max: 3_600_000, default: 10_000 }

  it('takes the bounds themselves, and the default for undefined only', () => {
    expect(integerOption('n', 0, rule)).toBe(0)
    expect(integerOption('n', 3_600_000, rule)).toBe(3_600_000)
    expect(integerOption('n', undefined, rule)).toBe(10_000)
    expect(() => integerOption('n', null, rule)).toThrow(TypeError)
  })

  it('names the option, what was expected and what came', () => {
    expect(() => integerOption('lockTimeoutMs', 'x', rule)).toThrow(
      wrongArgument(`Option "lockTimeoutMs" must be an integer from 0 to 3600000, got 'x'`),
    )
  })

  it.each(['5', 1.5, Number.NaN, Infinity, 5n, {}, true])('refuses %s as no integer', (value) => {
    expect(() => integerOption('n', value, rule)).toThrow(TypeError)
  })

  it.each([-1, 3_600_001])('refuses %d as out of bounds', (value) => {
    expect(() => integerOption('n', value, rule)).toThrow(RangeError)
  })
})

describe('booleanOption', () => {
  it('takes true and false, and the default for undefined', () => {
    expect([true, false, undefined].map((value) => booleanOption('b', value, true))).toEqual([
      true,
      false,
      true,
    ])
  })

  it.each([0, 1, 'true', null])('refuses %j', (value) => {
    expect(() => booleanOption('b', value, true)).toThrow('Option "b" must be true or false, got ')
  })
})

describe('oneOf', () => {
  it('takes a choice, and the default for undefined', () => {
    expect(oneOf('disk', 'native', ['auto', 'native'], 'auto')).toBe('native')
    expect(oneOf('disk', undefined, ['auto', 'native'], 'auto')).toBe('auto')
  })

  it('names the choices', () => {
    expect(() => oneOf('disk', 'Native', ['auto', 'native'], 'auto')).toThrow(
      wrongArgument(`Option "disk" must be one of 'auto', 'native', got 'Native'`),
    )
  })
})

describe('stringOption', () => {
  it('takes a string, and the default for undefined', () => {
    expect(stringOption('dir', 'a')).toBe('a')
    expect(stringOption('dir', undefined, { default: 'b' })).toBe('b')
    expect(stringOption('dir', '', { empty: true })).toBe('')
  })

  it.each(['', 'a\0b', 5, null, undefined])('refuses %j', (value) => {
    expect(() => stringOption('dir', value)).toThrow(
      'Option "dir" must be a non-empty string without NUL, got ',
    )
  })
})

describe('functionOption', () => {
  it('takes a function, and the default for undefined', () => {
    const clock = (): number => 1
    const other = (): number => 2
    expect(functionOption('now', clock, other)).toBe(clock)
    expect(functionOption('now', undefined, other)).toBe(other)
  })

  it('refuses anything else', () => {
    expect(() => functionOption('now', 5 as never, () => 0)).toThrow(
      'Option "now" must be a function, got 5',
    )
  })
})

describe('shown', () => {
  it('stays one short line whatever comes', () => {
    const values = [
      'x'.repeat(10_000),
      Array.from({ length: 1000 }),
      { a: { b: { c: 1 } } },
      new Map([[1, 2]]),
      Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`key${at}`, at])),
      { ['k'.repeat(10_000)]: 1 },
      Symbol('s'.repeat(10_000)),
      Object.defineProperty(() => 1, 'name', { value: 'f'.repeat(10_000) }),
      new Error('e'.repeat(10_000)),
    ]
    for (const value of values) {
      expect(shown(value).length).toBeLessThan(250)
      expect(shown(value)).not.toContain('\n')
    }
  })
})

import { describe, expect, it } from 'vitest'
import { hasLongName, isPossiblePath } from '../../../src/disk/possible-path.js'
import { IMPOSSIBLE } from './impossible-names.js'

describe('a path on Windows', () => {
  it.each(IMPOSSIBLE)('is not possible with %j in it, and is elsewhere', (name) => {
    for (const path of [name, `d/${name}`, `${name}/f`]) {
      expect(isPossiblePath(path, 'win32')).toBe(false)
      expect(isPossiblePath(path, 'linux')).toBe(true)
    }
  })

  it.each([
    'con1',
    'console',
    'com10',
    '.hidden',
    'a.b.c',
    'ä',
    'a b',
    '%3a',
    '~1',
    'a~b',
    'n~1.json',
  ])('is possible with %j in it', (name) => {
    expect(isPossiblePath(`d/${name}`, 'win32')).toBe(true)
  })

  it('has parts of up to 255 units of UTF-16', () => {
    expect(hasLongName(`d/${'\u00e4'.repeat(255)}/f`, 'win32')).toBe(false)
    expect(hasLongName(`d/${'\u00e4'.repeat(256)}/f`, 'win32')).toBe(true)
    expect(hasLongName('x'.repeat(256), 'linux')).toBe(false)
  })
})

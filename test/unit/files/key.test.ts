import { describe, expect, it } from 'vitest'
import { checkFileKey, compareKeys, FILE_KEY_BYTES_MAX, isFileKey } from '../../../src/files/key.js'

describe('the key of a file', () => {
  it('is a path of segments of any characters but NUL', () => {
    for (const key of ['a', 'a/b', '..a', 'a..', '...', ' ', 'a\nb', '\\', 'é', '😀', '-'])
      expect(isFileKey(key), key).toBe(true)
  })

  it('has no empty segment, none that is "." or "..", no NUL and no lone surrogate', () => {
    for (const key of ['', '/', '/a', 'a/', 'a//b', '.', 'a/.', '../a', 'a/../b', 'a\0', '\ud800'])
      expect(isFileKey(key), JSON.stringify(key)).toBe(false)
    for (const value of [undefined, null, 7, ['a'], { toString: () => 'a' }])
      expect(isFileKey(value)).toBe(false)
  })

  it('has at most 1024 bytes, however few characters they are', () => {
    expect(isFileKey('k'.repeat(FILE_KEY_BYTES_MAX))).toBe(true)
    expect(isFileKey('k'.repeat(FILE_KEY_BYTES_MAX + 1))).toBe(false)
    expect(isFileKey('é'.repeat(FILE_KEY_BYTES_MAX / 2))).toBe(true)
    expect(isFileKey(`${'é'.repeat(FILE_KEY_BYTES_MAX / 2)}k`)).toBe(false)
  })

  it('is refused with the name of the argument and the value', () => {
    expect(() => checkFileKey('a//b', 'from')).toThrow(/"from" must be a path .*got "?'?a\/\/b/)
    expect(() => checkFileKey(7)).toThrow(TypeError)
    expect(() => checkFileKey('a/b')).not.toThrow()
  })

  it('is ordered by its bytes, where UTF-16 would order otherwise', () => {
    const keys = ['z/😀', 'z/\uffee', 'a0', 'a/b', 'a-b', 'a']
    expect([...keys].sort(compareKeys)).toEqual(['a', 'a-b', 'a/b', 'a0', 'z/\uffee', 'z/😀'])
    expect([...keys].sort().at(-1)).toBe('z/\uffee')
  })
})

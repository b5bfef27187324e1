import { describe, expect, it } from 'vitest'
import { isGlob, matchesGlob } from '../../../src/interchange/glob.js'

describe('a pattern of files', () => {
  it.each([
    ['a.txt', 'a.txt', true],
    ['a.txt', '*.txt', true],
    ['b/a.txt', '*.txt', false],
    ['b/a.txt', '*/*.txt', true],
    ['b/c/a.txt', '**/*.txt', true],
    ['a.txt', '**/*.txt', true],
    ['b/c/a.txt', 'b/**', true],
    ['b/c/a.txt', 'b/**/**/a.*', true],
    ['prompt1.txt', 'prompt?.txt', true],
    ['prompt10.txt', 'prompt?.txt', false],
    ['aXbXc', 'a*X*c', true],
    ['aXbX', 'a*X*c', false],
    ['a.txt', 'a*.tx', false],
    ['[a].txt', '[a].txt', true],
  ])('%s matches %s: %s', (path, pattern, expected) => {
    expect(matchesGlob(path, pattern)).toBe(expected)
  })

  it('is decided in a time that does not explode', () => {
    expect(matchesGlob('a'.repeat(5000), `${'*a'.repeat(50)}b`)).toBe(false)
    expect(matchesGlob(`${'a/'.repeat(500)}b`, `${'**/'.repeat(200)}c`)).toBe(false)
  })

  it('has a sign that names do not have', () => {
    expect([isGlob('a*'), isGlob('a?'), isGlob('a/b.txt')]).toEqual([true, true, false])
  })
})

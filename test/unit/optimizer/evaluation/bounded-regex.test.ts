import { describe, expect, it } from 'vitest'
import { boundedMatch } from '../../../../src/optimizer/evaluation/bounded-regex.js'

describe('a bounded match', () => {
  it('finds what the expression finds', () => {
    expect(boundedMatch('^a+$', '', 'aaa')).toEqual({ kind: 'matched', isMatch: true })
    expect(boundedMatch('^a+$', 'i', 'AAB')).toEqual({ kind: 'matched', isMatch: false })
    expect(boundedMatch('\\p{Script=Han}', 'u', '中')).toEqual({ kind: 'matched', isMatch: true })
  })

  it('ends when a hostile pattern would take years', () => {
    expect(boundedMatch('^(a+)+$', '', `${'a'.repeat(60)}!`, 50)).toEqual({ kind: 'timeout' })
  })

  it('says what is wrong with a pattern', () => {
    expect(boundedMatch('(', '', '')).toMatchObject({ kind: 'malformed' })
    expect(boundedMatch('a', 'zz', '')).toMatchObject({ kind: 'malformed' })
  })

  it('runs nothing of the pattern as code', () => {
    const text = 'x" + process.exit(1) + "'
    expect(boundedMatch('process', '', text)).toEqual({ kind: 'matched', isMatch: true })
  })
})

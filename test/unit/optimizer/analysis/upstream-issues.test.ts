import { describe, expect, it } from 'vitest'
import {
  repeatedPhrases,
  upstreamIssues,
  upstreamSuggestions,
} from '../../../../src/optimizer/analysis/upstream-issues.js'

const typesOf = (text: string): string[] =>
  upstreamIssues(text, text.toLowerCase()).map(({ type }) => type)

describe('issues of the first implementation', () => {
  it('begin beyond 2000 and below 20 characters', () => {
    expect(typesOf(`List ${'x'.repeat(1995)}`)).not.toContain('too_long')
    expect(typesOf(`List ${'x'.repeat(1996)}`)).toContain('too_long')
    expect(typesOf(`List ${'x'.repeat(14)}`)).toContain('too_short')
    expect(typesOf(`List ${'x'.repeat(15)}`)).not.toContain('too_short')
  })

  it('count characters outside the first plane once', () => {
    expect(typesOf('😀'.repeat(19))).toContain('too_short')
    expect(typesOf('😀'.repeat(20))).not.toContain('too_short')
  })

  it('name at most five vague terms, each once', () => {
    const text = 'Some some maybe perhaps stuff things etc whatever'
    const [issue] = upstreamIssues(text, text.toLowerCase())
    expect(issue?.description).toBe('It has vague terms: some, maybe, perhaps, stuff, things')
  })

  it('suggest an example from 101 characters on', () => {
    const long = 'x'.repeat(101)
    expect(upstreamSuggestions(long, long, []).map(({ type }) => type)).toEqual(['add_examples'])
    expect(upstreamSuggestions(`${long} example`, `${long} example`, [])).toEqual([])
    expect(upstreamSuggestions('x', 'x', [])).toEqual([])
  })
})

describe('repeated phrases', () => {
  it('are sequences of three words, in texts of more than ten', () => {
    expect(repeatedPhrases('a b c d e a b c d e'.split(' '))).toBe(0)
    expect(repeatedPhrases('a b c d e a b c d e f'.split(' '))).toBe(3)
  })
})

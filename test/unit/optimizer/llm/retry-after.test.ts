import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../../../src/optimizer/llm/retry-after.js'

describe('the wait that an endpoint asks for', () => {
  it.each([
    ['seconds', { 'retry-after': '2' }, 2000],
    ['a fraction', { 'retry-after': '0.25' }, 250],
    ['milliseconds of a gateway', { 'retry-after': '9', 'retry-after-ms': '120' }, 120],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    ['nothing', {}, undefined],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['a word', { 'retry-after': 'soon' }, undefined],
  ])('may be %s', (_, headers, expected) => {
    expect(retryAfterMs(of(headers))).toBe(expected)
  })

  it('may be a date to come', () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const waitMs = retryAfterMs(of({ 'retry-after': date })) ?? 0
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
  })
})

function of(headers: Readonly<Record<string, string>>): (name: string) => string | null {
  return (name) => headers[name] ?? null
}

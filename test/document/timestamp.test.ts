import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTimestamp, parseTimestamp } from '../../src/document/timestamp.js'

describe('parseTimestamp', () => {
  it.each([
    ['2025-01-17T10:30:00Z', '2025-01-17T10:30:00.000Z'],
    ['2025-01-17T10:30:00.123456', '2025-01-17T10:30:00.123Z'],
    ['2025-01-17 10:30:00', '2025-01-17T10:30:00.000Z'],
    ['2025-01-17T10:30', '2025-01-17T10:30:00.000Z'],
    ['2025-01-17T10:30:00+08:00', '2025-01-17T02:30:00.000Z'],
    ['2025-01-17T10:30:00.5-0530', '2025-01-17T16:00:00.500Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected)
  })

  it('takes a time without zone for the given one, and only such a time', () => {
    expect(parseTimestamp('2025-01-17T10:30:00', { utcOffsetMinutes: 60 })).toBe(
      '2025-01-17T09:30:00.000Z',
    )
    expect(parseTimestamp('2025-01-17T10:30:00Z', { utcOffsetMinutes: 60 })).toBe(
      '2025-01-17T10:30:00.000Z',
    )
  })

  it.each([
    '',
    'today',
    '2025-01-17',
    '2025-02-30T00:00:00',
    '2025-13-01T00:00:00',
    '2025-01-01T25:00:00',
    '2025-01-01T00:00:60',
    5,
    null,
  ])('refuses %j', (text) => {
    expect(() => parseTimestamp(text as string)).toThrow(TypeError)
  })

  it('gives back what it gave', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date(0),
          max: new Date('9999-12-31T23:59:59.999Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(parseTimestamp(date.toISOString())).toBe(date.toISOString())
          expect(isTimestamp(date.toISOString())).toBe(true)
        },
      ),
    )
  })
})

describe('isTimestamp', () => {
  it('wants UTC and says so with Z', () => {
    expect(['2025-01-17T10:30:00Z', '2025-01-17T10:30:00.123456Z'].every(isTimestamp)).toBe(true)
    for (const text of [
      '2025-01-17T10:30:00',
      '2025-01-17T10:30:00+00:00',
      '2025-02-30T10:30:00Z',
      '2025-01-17 10:30:00Z',
      0,
      undefined,
    ])
      expect(isTimestamp(text)).toBe(false)
  })
})

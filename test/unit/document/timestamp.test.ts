import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isExactTimestamp,
  isTimestamp,
  parseTimestamp,
  utcOffsetOption,
  withUtcTimes,
} from '../../../src/document/timestamp.js'
import { seeded } from '../../support/random.js'

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
    '2025-01-01T00:00:00+24:00',
    '2025-01-01T00:00:00+01:60',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:30:00-01:00',
    5,
    null,
  ])('refuses %j', (text) => {
    expect(() => parseTimestamp(text as string)).toThrow(TypeError)
  })

  it('parses what it has formatted', () => {
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

describe('times of any zone', () => {
  const date = fc.date({
    min: new Date('0001-01-01'),
    max: new Date('9998-12-31'),
    noInvalidDate: true,
  })
  const two = (number: number): string => String(number).padStart(2, '0')
  /** How other programs write a moment in a zone `minutes` ahead of UTC. */
  const written = (moment: Date, minutes: number): string => {
    const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1)
    const ahead = Math.abs(minutes)
    return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`
  }

  it('come out as the same moment, in the form of stored documents', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: -1439, max: 1439 }), (moment, minutes) => {
        const parsed = parseTimestamp(written(moment, minutes))
        expect(parsed).toBe(moment.toISOString())
        expect(isTimestamp(parsed)).toBe(true)
        const local = written(moment, minutes).slice(0, -6)
        expect(parseTimestamp(local, { utcOffsetMinutes: minutes })).toBe(parsed)
      }),
      seeded(300),
    )
  })

  it('keep their order', () => {
    fc.assert(
      fc.property(date, date, (one, other) => {
        const [left, right] = [one, other].map((moment) => parseTimestamp(moment.toISOString()))
        expect((left ?? '') < (right ?? '')).toBe(one.getTime() < other.getTime())
      }),
      seeded(200),
    )
  })

  it('or no times at all: what is taken comes out in one form, and again as itself', () => {
    const digits = fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?$/)
    fc.assert(
      fc.property(digits, (text) => {
        let parsed: string
        try {
          parsed = parseTimestamp(text)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        expect(isTimestamp(parsed)).toBe(true)
        expect(parseTimestamp(parsed)).toBe(parsed)
      }),
      seeded(1000),
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

it('knows the times that sort as text', () => {
  expect(isExactTimestamp('2025-11-17T10:00:00.000Z')).toBe(true)
  for (const other of [
    '2025-11-17T10:00:00Z',
    '2025-11-17T10:00:00.0000Z',
    '2025-02-30T10:00:00.000Z',
    5,
  ])
    expect(isExactTimestamp(other)).toBe(false)
})

const NAIVE = '2025-11-17T10:00:00.123456'

it('gives every time of a document in UTC, and leaves the rest and the document itself alone', () => {
  const document = {
    created_at: NAIVE,
    prompt: { text: NAIVE, extracted_at: '2025-11-17 10:00' },
    analysis: { analyzed_at: '2025-11-17T10:00:00+02:00' },
    optimization_result: null,
  }
  const before = JSON.stringify(document)
  expect(withUtcTimes(document, 60)).toEqual({
    created_at: '2025-11-17T09:00:00.123Z',
    prompt: { text: NAIVE, extracted_at: '2025-11-17T09:00:00.000Z' },
    analysis: { analyzed_at: '2025-11-17T08:00:00.000Z' },
    optimization_result: null,
  })
  expect(JSON.stringify(document)).toBe(before)
})

it.each([null, 'text', [], { created_at: 5 }, { created_at: 'yesterday' }, { prompt: NAIVE }])(
  'leaves what holds no time as it is: %j',
  (document) => expect(withUtcTimes(document, 0)).toBe(document),
)

it('knows the zones that there are', () => {
  expect(utcOffsetOption(undefined)).toBe(0)
  expect(utcOffsetOption(-840)).toBe(-840)
  expect(() => utcOffsetOption(841)).toThrow(RangeError)
  expect(() => utcOffsetOption('+01:00')).toThrow(/"utcOffsetMinutes"/)
})

import { expect, it } from 'vitest'
import { utcOffsetOption, withUtcTimes } from '../../../src/document/utc-times.js'

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

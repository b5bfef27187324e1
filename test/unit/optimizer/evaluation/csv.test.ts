import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../../../src/optimizer/evaluation/csv.js'
import { seeded } from '../../../support/random.js'

describe('CSV', () => {
  it('has records on lines, and fields between commas', () => {
    expect(parseCsv('a,b\n1,2\r\n,\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['', ''],
    ])
    expect(parseCsv('')).toEqual([])
    expect(parseCsv('a\n\n\r\nb')).toEqual([['a'], ['b']])
  })

  it('has commas, line breaks and doubled quotes in quoted fields', () => {
    expect(parseCsv('"a,b","c\nd","e""f"\r\nx')).toEqual([['a,b', 'c\nd', 'e"f'], ['x']])
    expect(parseCsv('a,')).toEqual([['a', '']])
  })

  it('is refused when a quoted field does not end', () => {
    expect(parseCsv('"a')).toBeUndefined()
    expect(parseCsv('"a"b,c')).toBeUndefined()
  })

  it('returns every record that was written, with either line end', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', '中') })
    const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(records, fc.constantFrom('\n', '\r\n'), (written, lineEnd) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
        const text = written.map((record) => record.map(quoted).join(',') + lineEnd).join('')
        expect(parseCsv(text)).toEqual(written)
      }),
      seeded(300),
    )
  })
})

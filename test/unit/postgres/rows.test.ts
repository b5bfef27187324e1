import { describe, expect, it } from 'vitest'
import {
  columnsOf,
  decodeEntry,
  decodeHead,
  decodeNames,
  decodeStored,
  encodeText,
} from '../../../src/postgres/rows.js'

describe('rows', () => {
  it('hold a document byte for byte, and the time of its commit', () => {
    const bytes = Buffer.from('{"text": "\\u0000 原文 🙂"}\n')
    const row = { version: '1.0.0', document: encodeText(bytes), saved_at: null }
    expect(decodeStored(row)).toEqual({ version: '1.0.0', bytes, savedAt: null })
    expect(decodeStored({ ...row, saved_at: '2025-01-17T10:30:00.000Z' }).savedAt).toBe(
      '2025-01-17T10:30:00.000Z',
    )
  })

  it('are columns of what is saved, and names in one text', () => {
    const given = { promptId: 'p', version: '1.0.0', encode: () => Buffer.from('{}') }
    expect(columnsOf([given])).toEqual([['p'], ['1.0.0'], ['{}'], [null]])
    expect(decodeNames('1.0.0,1.0.1')).toEqual(['1.0.0', '1.0.1'])
    expect(decodeNames(null)).toEqual([])
  })

  it('hold heads and histories, and damaged ones are refused with their place', () => {
    const head = { labels: {}, highest: '1.0.0', deprecated: {}, tags: {} }
    expect(decodeHead(JSON.stringify(head), 'db: p')).toEqual(head)
    expect(decodeHead(null, 'db: p')).toBeUndefined()
    const deletion = { deleted: { '1.0.0': null }, trash: false, at: '2025-01-17T10:30:00.000Z' }
    expect(decodeEntry(JSON.stringify(deletion), 'db: p')).toEqual(deletion)
    expect(() => decodeHead('{"labels": 7}', 'db: p')).toThrow(
      expect.objectContaining({
        code: 'FS-LOAD-001',
        message: expect.stringContaining('db: p') as string,
      }),
    )
    expect(() => decodeEntry('{', 'db: p')).toThrow(
      expect.objectContaining({ code: 'FS-LOAD-001' }),
    )
  })
})

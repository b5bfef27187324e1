import { describe, expect, it } from 'vitest'
import { abandoned, committed, emptyHead, preparedFor } from '../../../src/buckets/head-state.js'
import {
  decodeHeadState,
  decodeHistory,
  encodeHeadState,
  encodeHistory,
  isSettled,
} from '../../../src/buckets/head-text.js'
import { labelled, moveTo } from './support.js'

const AT = '2025-01-17T10:30:00.000Z'
const change = { head: labelled('__proto__', '1.0.0'), moves: [moveTo('__proto__', null, '1.0.0')] }
const after = committed(emptyHead('全书/翻译'), { id: 't', at: AT, change, deleted: new Map() })
const prepared = preparedFor(after, { id: 'u', isShared: true, saves: ['1.1.0'], after })
const lengthOf = (bytes: Uint8Array) => ({ bytes: bytes.length })

describe('the text of a head', () => {
  it.each([
    ['a new one', emptyHead('p')],
    ['one with labels', after],
    ['one with a transaction under way', prepared],
    ['one after a transaction that was given up', abandoned(prepared, AT)],
  ])('is read as it was written: %s', (_, state) => {
    expect(decodeHeadState(encodeHeadState(state), 'place')).toEqual(state)
  })

  it('tells by its length whether names alone tell the versions', () => {
    for (const settled of [emptyHead('p'), emptyHead('pq'), after])
      expect(isSettled(lengthOf(encodeHeadState(settled)))).toBe(true)
    for (const other of [prepared, abandoned(prepared, AT)])
      expect(isSettled(lengthOf(encodeHeadState(other)))).toBe(false)
  })

  it('is refused when it is damaged or of a later program', () => {
    for (const text of ['', '{', 'null', '{}', '{"format_version":1}'])
      expect(() => decodeHeadState(Buffer.from(text), 'place'), text).toThrow(
        expect.objectContaining({ code: 'FS-LOAD-001' }),
      )
    const later = Buffer.from(JSON.stringify({ format_version: 2 }))
    expect(() => decodeHeadState(later, 'place')).toThrow(
      expect.objectContaining({ code: 'FS-FORMAT-001' }),
    )
  })
})

describe('the text of a page of the history', () => {
  it('is read as it was written, and refused when it is damaged', () => {
    const entries = [moveTo('a', null, '1.0.0'), { deleted: {}, trash: false, at: AT }]
    expect(decodeHistory(encodeHistory(entries), 'place')).toEqual(entries)
    expect(() => decodeHistory(Buffer.from('[{}]'), 'place')).toThrow(
      expect.objectContaining({ code: 'FS-LOAD-001' }),
    )
  })
})

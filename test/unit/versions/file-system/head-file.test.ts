import { describe, expect, it } from 'vitest'
import {
  appendHistory,
  decodeHead,
  decodeHistory,
  encodeHead,
  encodeHistory,
  HEAD_BYTES_MAX,
} from '../../../../src/versions/file-system/head-file.js'
import { headAt, moveTo } from './head-fixtures.js'

const place = { promptId: 'p', path: 'p/.labels.json' }
const stored = { head: headAt('1.0.0', { ['__proto__']: '1.0.1' }), history: 2, moves: 700 }
const checked = { checksums: true }

describe('the file of a head', () => {
  it('is a plain document that ends with a checksum', () => {
    const bytes = encodeHead(stored, { checksum: true })
    const document: unknown = JSON.parse(Buffer.from(bytes).toString())
    expect(Object.keys(Object(document))).toEqual([
      'labels',
      'highest',
      'deprecated',
      'tags',
      'history',
      'moves',
      'checksum',
    ])
    expect(decodeHead(bytes, place, checked)).toEqual(stored)
  })

  it('is refused when it is damaged, with its path', () => {
    const text = Buffer.from(encodeHead(stored, { checksum: true })).toString()
    const changed = text.replace('"version": "1.0.0"', '"version": "1.0.2"')
    const refused = (bytes: string, code: string, reason: string): void => {
      const context: unknown = expect.objectContaining({ path: place.path, prompt_id: 'p', reason })
      expect(() => decodeHead(Buffer.from(bytes), place, checked)).toThrow(
        expect.objectContaining({ code, context }),
      )
    }
    refused(changed, 'FS-LOAD-001', 'checksum')
    refused(text.slice(0, -5), 'FS-LOAD-001', 'json')
    refused('', 'FS-LOAD-001', 'json')
    refused('{"labels":{}}', 'FS-LOAD-002', 'schema')
    const unchecked = { ...stored.head, history: 1, moves: 0 }
    for (const wrong of [{ history: 0 }, { moves: -1 }, { highest: 1 }, { later: 1 }])
      refused(JSON.stringify({ ...unchecked, ...wrong }), 'FS-LOAD-002', 'schema')
    // Edited by hand: without a checksum, the fields decide; and where checksums are off, they always do.
    expect(decodeHead(Buffer.from(JSON.stringify(unchecked)), place, checked).moves).toBe(0)
    const read = decodeHead(Buffer.from(changed), place, { checksums: false })
    expect(read.head.labels['production']?.version).toBe('1.0.2')
  })

  it('has a limit, which the error names', () => {
    const tags = { '1.0.0': ['x'.repeat(HEAD_BYTES_MAX)] }
    const large = { ...stored, head: { ...stored.head, tags } }
    expect(() => encodeHead(large, { checksum: true })).toThrow(/at most 1048576 bytes/)
  })
})

describe('a file of moves', () => {
  const moves = [moveTo('1.0.0'), moveTo('1.0.1', '1.0.0', 'a\nline'), moveTo(null, '1.0.1')]

  it('has one line for each', () => {
    const bytes = encodeHistory(moves)
    expect(Buffer.from(bytes).toString().split('\n').length).toBe(4)
    expect(decodeHistory(bytes, place)).toEqual(moves)
    expect(decodeHistory(new Uint8Array(0), place)).toEqual([])
  })

  it('grows at its end, also when its last line has no end', () => {
    const first = encodeHistory(moves.slice(0, 1))
    const open = first.subarray(0, -1)
    for (const before of [first, open])
      expect(decodeHistory(appendHistory(before, moves.slice(1)), place)).toEqual(moves)
  })

  it('is refused when a line is damaged, with its number', () => {
    const good = Buffer.from(encodeHistory(moves)).toString()
    const refused = (text: string | Uint8Array, message: RegExp, code = 'FS-LOAD-001'): void =>
      expect(() => decodeHistory(Buffer.from(text), place)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
      )
    refused(`${good}{`, /line 4 is not JSON/)
    refused(Uint8Array.of(0xff), /not UTF-8/)
    refused(`{"label":1}\n${good}`, /"line 1\.label"/, 'FS-LOAD-002')
    refused('[]', /"line 1" must be an object/, 'FS-LOAD-002')
  })
})

import { describe, expect, it } from 'vitest'
import type { LostFile } from '../../../src/base/channels.js'
import {
  decodeLostList,
  encodeLostList,
  LOST_FILES_MAX,
  LOST_LIST_BYTES_MAX,
} from '../../../src/format/lost-list.js'

const lost = (path: string): LostFile => ({
  path,
  reason: 'content_gone',
  noticed_at: '2024-05-06T07:08:09.010Z',
})
const many = (count: number, nameBytes = 8): LostFile[] =>
  Array.from({ length: count }, (_, at) => lost(String(at).padStart(nameBytes, 'x')))
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

describe('the list of lost files', () => {
  it('is read as it was written', () => {
    const files = [lost('a'), { ...lost('b/c'), kept_as: '.quarantine/b/c' }]
    expect(decodeLostList(encodeLostList({ files, omitted: 3 }))).toEqual({ files, omitted: 3 })
  })

  it('counts the files beyond its limit, and those that were omitted before', () => {
    const files = many(LOST_FILES_MAX + 5)
    const list = decodeLostList(encodeLostList({ files, omitted: 7 }))
    expect(list?.files).toEqual(files.slice(0, LOST_FILES_MAX))
    expect(list?.omitted).toBe(12)
  })

  it('stays within its bytes, and no file of long names goes uncounted', () => {
    const bytes = encodeLostList({ files: many(LOST_FILES_MAX, 2000), omitted: 1 })
    expect(bytes.length).toBeLessThanOrEqual(LOST_LIST_BYTES_MAX)
    const list = decodeLostList(bytes)
    expect(list?.files.length).toBeGreaterThanOrEqual(250)
    expect((list?.files.length ?? 0) + (list?.omitted ?? 0)).toBe(LOST_FILES_MAX + 1)
  })

  it('passes on the reason of a later version', () => {
    const files = [{ ...lost('a'), reason: 'eaten' }]
    expect(decodeLostList(bytesOf({ files, omitted: 0 }))).toEqual({ files, omitted: 0 })
  })

  it.each([
    ['text that is not JSON', Buffer.from('{')],
    ['text that is not UTF-8', Buffer.from('7b22ff227d', 'hex')],
    ['null', bytesOf(null)],
    ['no files', bytesOf({ omitted: 0 })],
    ['no count', bytesOf({ files: [] })],
    ['a negative count', bytesOf({ files: [], omitted: -1 })],
    ['half a file', bytesOf({ files: [], omitted: 0.5 })],
    ['an entry that is null', bytesOf({ files: [null], omitted: 0 })],
    ['a file without a name', bytesOf({ files: [lost('')], omitted: 0 })],
    ['a place that is a number', bytesOf({ files: [{ ...lost('a'), kept_as: 1 }], omitted: 0 })],
    ['no time', bytesOf({ files: [{ ...lost('a'), noticed_at: '' }], omitted: 0 })],
    ['a long reason', bytesOf({ files: [{ ...lost('a'), reason: 'x'.repeat(65) }], omitted: 0 })],
    ['too many files', bytesOf({ files: many(LOST_FILES_MAX + 1), omitted: 0 })],
    ['too many bytes', Buffer.alloc(LOST_LIST_BYTES_MAX + 1, ' ')],
  ])('is not read from %s', (_, bytes) => {
    expect(decodeLostList(bytes)).toBeUndefined()
  })
})

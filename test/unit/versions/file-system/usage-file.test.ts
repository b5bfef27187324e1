import { describe, expect, it } from 'vitest'
import {
  decodeUsage,
  encodeUsage,
  NO_USAGE,
  USED_DOCUMENTS_MAX,
  withUses,
  type DatedUsage,
} from '../../../../src/versions/file-system/usage-file.js'

const NOW = new Date('2026-11-29T12:00:00.000Z')
const WEEK_MS = 7 * 24 * 3_600_000
const use = (
  prompt_id: string,
  uses: number,
): { prompt_id: string; version: string; uses: number } => ({
  prompt_id,
  version: '1.0.0',
  uses,
})

function counted(...documents: readonly ReturnType<typeof use>[]): DatedUsage {
  return withUses(NO_USAGE, { hits: 8, misses: 2, documents }, NOW)
}

describe('usage', () => {
  it('adds what was counted, the most used first', () => {
    const before = counted(use('a', 1), use('b', 3))
    const usage = withUses(before, { hits: 2, misses: 8, documents: [use('a', 5)] }, NOW)
    expect(usage).toMatchObject({ hits: 10, misses: 10, hit_rate: 0.5 })
    expect(usage.documents).toEqual([
      { prompt_id: 'a', version: '1.0.0', uses: 6, last_used: NOW.toISOString() },
      { prompt_id: 'b', version: '1.0.0', uses: 3, last_used: NOW.toISOString() },
    ])
  })

  it('is worth half after a week, and is forgotten in the end', () => {
    const before = counted(use('a', 16))
    const none = { hits: 0, misses: 0, documents: [] }
    const later = withUses(before, none, new Date(NOW.getTime() + WEEK_MS))
    expect([later.hits, later.documents[0]?.uses]).toEqual([4, 8])
    expect(later.documents[0]?.last_used).toBe(NOW.toISOString())
    const ages = withUses(before, none, new Date(NOW.getTime() + 60 * WEEK_MS))
    expect([ages.hits, ages.documents, ages.hit_rate]).toEqual([0, [], 0])
  })

  it('keeps its worth when the clock is set back', () => {
    const none = { hits: 0, misses: 0, documents: [] }
    const earlier = withUses(counted(use('a', 16)), none, new Date(0))
    expect(earlier.documents[0]?.uses).toBe(16)
  })

  it('keeps the most used of too many documents', () => {
    const many = Array.from({ length: USED_DOCUMENTS_MAX + 10 }, (_, at) => use(`p${at}`, at + 1))
    const { documents } = counted(...many)
    expect(documents).toHaveLength(USED_DOCUMENTS_MAX)
    expect(documents.at(-1)?.uses).toBe(11)
  })

  it('is the same after it was written and read', () => {
    const usage = counted(use('提示', 1.5), use('__proto__', 2))
    expect(decodeUsage(encodeUsage(usage))).toEqual(usage)
  })

  it('is not read from anything else', () => {
    const whole = JSON.parse(Buffer.from(encodeUsage(counted(use('a', 1)))).toString()) as Record<
      string,
      unknown
    >
    const document = { prompt_id: 'a', version: '1.0.0', uses: 1, last_used: NOW.toISOString() }
    for (const changes of [
      { format_version: 2 },
      { at: 'now' },
      { hits: -1 },
      { misses: '7' },
      { hits: 1e300 },
      { documents: {} },
      { documents: [null] },
      { documents: [{ ...document, prompt_id: '' }] },
      { documents: [{ ...document, version: 'x' }] },
      { documents: [{ ...document, uses: -1 }] },
      { documents: [{ ...document, last_used: 0 }] },
    ])
      expect(
        decodeUsage(Buffer.from(JSON.stringify({ ...whole, ...changes }))),
        JSON.stringify(changes),
      ).toBeUndefined()
    for (const text of ['', '[]', '{', 'null'])
      expect(decodeUsage(Buffer.from(text))).toBeUndefined()
  })
})

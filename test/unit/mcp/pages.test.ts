import { describe, expect, it } from 'vitest'
import { cursorAfter, idsAfter, pageOfIds } from '../../../src/mcp/pages.js'

describe('pages of ids', () => {
  it('hold every id once, whatever the ids are', () => {
    const ids = ['a', 'a/b', 'ä', 'z y', '日本'].toSorted()
    const seen: string[] = []
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = pageOfIds(idsAfter(ids, cursor), 2)
      seen.push(...items)
      if (nextCursor === undefined) break
      cursor = nextCursor
    }
    expect(seen).toEqual(ids)
  })

  it('skip nothing when an id before the cursor is gone', () => {
    expect(idsAfter(['c', 'd'], cursorAfter('b'))).toEqual(['c', 'd'])
  })

  it('have no cursor at the end', () => {
    expect(pageOfIds(['a', 'b'], 2)).toEqual({ items: ['a', 'b'], nextCursor: undefined })
    expect(pageOfIds([], 2)).toEqual({ items: [], nextCursor: undefined })
  })

  it.each(['', '!', 'YQ==', Buffer.from('a\0').toString('base64url')])(
    'refuse %j as a cursor',
    (cursor) => {
      expect(() => idsAfter(['a'], cursor)).toThrow(/"cursor" must be one that an earlier page/)
    },
  )
})

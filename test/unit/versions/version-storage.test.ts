import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  listedIds,
  offersPromptIds,
  offersVersionNames,
  pageOf,
  resolveListOptions,
} from '../../../src/versions/version-storage.js'

describe('capabilities', () => {
  it('are those that a storage declares', () => {
    const storage = new MemoryStorage()
    expect([offersVersionNames(storage), offersPromptIds(storage)]).toEqual([true, true])
    const bare = { supports: { batch: true }, listVersionNames: async () => [] }
    expect([offersVersionNames(bare), offersPromptIds(bare)]).toEqual([false, false])
  })
})

describe('resolveListOptions', () => {
  it('takes all, ascending, by default', () => {
    const all = { limit: Number.MAX_SAFE_INTEGER, offset: 0, order: 'ascending' }
    expect(resolveListOptions(undefined, 'list')).toEqual(all)
    expect(resolveListOptions({}, 'list')).toEqual(all)
  })

  it('names the option that is wrong', () => {
    expect(() => resolveListOptions({ limit: -1 }, 'list')).toThrow(RangeError)
    expect(() => resolveListOptions({ limit: '1' as never }, 'list')).toThrow(/Option "limit"/)
    expect(() => resolveListOptions({ ofset: 1 } as never, 'list')).toThrow(/did you mean "offset"/)
  })
})

describe('the ids of a list', () => {
  const ids = ['a', 'holdfast:workflow:a', 'holdfast:x_y']

  it('are those of prompts, and of records if they are asked for', () => {
    expect(listedIds(undefined)(ids)).toEqual(['a', 'holdfast:x_y'])
    expect(listedIds({ records: false })(['a'])).toEqual(['a'])
    expect(listedIds({ records: true })(ids)).toBe(ids)
  })

  it('need right options', () => {
    expect(() => listedIds({ record: true } as never)).toThrow('did you mean "records"')
    expect(() => listedIds({ records: 1 } as never)).toThrow(TypeError)
  })
})

describe('pageOf', () => {
  it('is the slice that one would cut by hand', () => {
    const items = fc.array(fc.nat(), { maxLength: 20 })
    const order = fc.constantFrom('ascending' as const, 'descending' as const)
    fc.assert(
      fc.property(items, fc.nat(25), fc.nat(25), order, (list, limit, offset, direction) => {
        const all = direction === 'ascending' ? list : [...list].reverse()
        const page = pageOf(list, { limit, offset, order: direction })
        expect(page).toEqual(all.slice(offset, offset + limit))
        expect(Object.isFrozen(page)).toBe(true)
      }),
    )
  })

  it('takes the largest limit for all', () => {
    expect(pageOf([1, 2, 3], resolveListOptions({ offset: 1 }, 'list'))).toEqual([2, 3])
  })
})

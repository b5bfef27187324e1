import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import {
  checkCopy,
  COPIED_TOGETHER_MAX,
  CopiedVersion,
  copiesOf,
  offersCopies,
} from '../../../src/versions/version-copies.js'

const COPY = new CopiedVersion(sampleVersion('p', '1.0.0'), null, 1)

describe('a storage that copies can be made of', () => {
  it('is recognised, and any other value is refused by its name', async () => {
    await using storage = new MemoryStorage()
    expect(offersCopies(storage)).toBe(true)
    expect(await copiesOf(storage, 'from').promptIds()).toEqual([])
    for (const other of [undefined, null, 'file:x', {}, new Map()]) {
      expect(offersCopies(other)).toBe(false)
      expect(() => copiesOf(other, 'from')).toThrow(
        /Argument "from" must be a storage of this package/,
      )
    }
  })
})

describe('a copy', () => {
  it('has the number of its document', () => {
    expect(COPY.version).toBe('1.0.0')
  })

  it('saves a limited number of versions in one transaction', () => {
    const save = Array.from({ length: COPIED_TOGETHER_MAX }, () => COPY)
    expect(() => checkCopy({ save })).not.toThrow()
    expect(() => checkCopy({ save: [...save, COPY] })).toThrow(/at most 256 versions/)
  })

  it('removes versions only together with the record that stays', () => {
    expect(() => checkCopy({ save: [], remove: ['1.0.0'] })).toThrow(/"record" that stays/)
    const record = { head: undefined, history: [] }
    expect(() => checkCopy({ save: [], remove: ['1.0.0'], record })).not.toThrow()
  })
})

import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../src/migration/compare.js'
import { differing, PART_VERSIONS, partsOf, transactionsOf } from '../../../src/migration/parts.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { CopiedVersion } from '../../../src/versions/version-copies.js'
import { filled } from './support.js'

describe('parts', () => {
  it('hold all items, in order, and never too many', () => {
    const items = Array.from({ length: 2 * PART_VERSIONS + 1 }, (_, at) => at)
    const parts = partsOf(items)
    expect(parts.map(({ length }) => length)).toEqual([PART_VERSIONS, PART_VERSIONS, 1])
    expect(parts.flat()).toEqual(items)
    expect(partsOf([])).toEqual([])
  })
})

describe('transactions', () => {
  it('hold what no storage refuses, and a larger document alone', () => {
    const sizes = [400_000, 400_000, 400_000, 3_000_000, 10, 10]
    const copies = sizes.map((size, patch) => {
      const document = { prompt_id: 'p', version: `1.0.${patch}`, text: 'x'.repeat(size) }
      return new CopiedVersion(document, null, 1)
    })
    const transactions = transactionsOf(copies)
    expect(transactions.map(({ length }) => length)).toEqual([2, 1, 1, 2])
    expect(transactions.flat()).toEqual(copies)
    expect(transactionsOf([])).toEqual([[]])
  })
})

describe('documents that differ', () => {
  it('are those with another text, and those that one storage lacks', async () => {
    const [one, other] = [await filled(1, 4), await filled(1, 3)]
    await one.copies.change('p0', () => ({
      save: [new CopiedVersion(sampleVersion('p0', '2.0.0'), null, 1)],
    }))
    await other.copies.change('p0', () => ({
      save: [new CopiedVersion(sampleVersion('p0', '2.0.0', { parent_version: '1.0.1' }), null, 1)],
    }))
    const digest = (copy: CopiedVersion): string =>
      digestOf(new CopiedVersion(copy.document, null, 1))
    const names = ['1.0.1', '1.0.2', '1.0.3', '2.0.0', '9.0.0']
    expect(await differing('p0', names, one.copies, other.copies, digest)).toEqual([
      '1.0.3',
      '2.0.0',
    ])
  })
})

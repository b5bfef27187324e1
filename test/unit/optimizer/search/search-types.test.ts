import { expect, it } from 'vitest'
import { search } from '../../../../src/optimizer/search/search.js'
import { SEARCH_ALGORITHMS } from '../../../../src/optimizer/search/search-types.js'
import { lettersSearch } from '../../../support/search-world.js'

it.each(SEARCH_ALGORITHMS)('%s runs, and the result names it', async (algorithm) => {
  const result = await search(lettersSearch({ algorithm }))
  expect(result.algorithm).toBe(algorithm)
  expect(result.proposer).toBe('letters')
})

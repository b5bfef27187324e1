import { expect, it } from 'vitest'
import { prove } from '../../../src/optimizer/search/prove.js'
import { SEARCH_ALGORITHMS } from '../../../src/optimizer/search/search-types.js'
import { evaluateOn, modelsOf, searchOn, startModel, worldAt } from './driver.mjs'

it.each(SEARCH_ALGORITHMS)(
  'a search by %s asks the server for no held-out case and not for the truth, and only the proof does',
  async (algorithm) => {
    const bed = await startModel()
    try {
      for (const family of ['additive', 'several-conflicting']) {
        const world = worldAt(bed.port, family, 11)
        const { result } = await searchOn(world, { algorithm, calls: 120 })
        // The server notes each run and each set that is fetched, in its own process.
        const searched = await world.get('log')
        expect(searched.order.filter((each) => /held_out|truth|population/.test(each))).toEqual([])
        expect(searched.counts['held_out']).toBeUndefined()
        expect(searched.counts['train'] ?? 0).toBeGreaterThanOrEqual(0)
        expect(searched.counts['validation']).toBeGreaterThan(0)
        expect(searched.counts['writer']).toBe(result.calls.proposals)
        expect(searched.counts['requests']).toBe(result.calls.proposals + result.calls.evaluations)
        const [baseline, heldOut] = [await world.get('seed'), await world.get('cases/held_out')]
        const { worker } = modelsOf(world)
        const evaluate = evaluateOn(world, worker)
        await prove({ baseline, winner: result.best.candidate, heldOut, evaluate })
        expect((await world.get('log')).counts['held_out']).toBe(2 * heldOut.length)
      }
    } finally {
      await bed.stop()
    }
  },
)

import { nameAt } from '../plan/document.js'
import { quantiles } from '../plan/sample.js'
import type { Subject } from '../subjects/subject.js'
import { Lanes } from './lanes.js'
import type { Measure } from './measure.js'

/** Saved together and then deleted, one by one. */
const SAVED_TOGETHER = 64

/** Deletes one at a time. The saves before them are not timed. */
export function measureDeletes(subject: Subject): Measure {
  const { remove } = subject
  if (remove === undefined) throw new Error('The subject cannot delete')
  const all = new Lanes(subject)
  const deleteSome = async (): Promise<number[]> => {
    const first = all.saved
    await all.save(SAVED_TOGETHER, SAVED_TOGETHER)
    const latenciesUs: number[] = []
    for (let at = first; at < all.saved; at++) {
      const begin = performance.now()
      if ((await remove(nameAt(at))) !== true) throw new Error('A saved document was not deleted')
      latenciesUs.push((performance.now() - begin) * 1000)
    }
    return latenciesUs
  }
  return {
    settings: subject.settings,
    prepare: async () => {
      await deleteSome()
    },
    run: async (forMs) => {
      const latenciesUs: number[] = []
      let elapsedMs = 0
      do {
        latenciesUs.push(...(await deleteSome()))
        elapsedMs = latenciesUs.reduce((sum, us) => sum + us, 0) / 1000
      } while (elapsedMs < forMs)
      return { operations: latenciesUs.length, elapsedMs, latencyUs: quantiles(latenciesUs) }
    },
    close: async () => await subject.close(),
  }
}

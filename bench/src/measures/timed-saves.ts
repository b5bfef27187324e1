import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { addedNameAt, PROMPTS } from '../plan/document.js'
import { quantiles, type Quantiles, type Sample } from '../plan/sample.js'
import type { Subject } from '../subjects/subject.js'
import { Lanes } from './lanes.js'
import type { Measure } from './measure.js'

/** Saved before the first run, so that every directory is there and the code is warm. */
const PREPARED = 4 * PROMPTS
const PREPARING_LANES = 64
/** Of the timer that looks how late it comes. The histogram counts from one call to the next, this included. */
const DELAY_RESOLUTION_MS = 1
const NS_PER_MS = 1e6

interface SaveOptions {
  readonly lanes: number
  /** Versions of the prepared store. */
  readonly store: number
  readonly watchLoop: boolean
}

/** Saves one by one, by several callers. */
export function measureSaves(subject: Subject, { lanes, store, watchLoop }: SaveOptions): Measure {
  const all = new Lanes(subject, (at) => addedNameAt(at, store))
  return {
    settings: subject.settings,
    prepare: async () => {
      if (subject.runSaves === undefined) await all.save(PREPARED, PREPARING_LANES)
    },
    run: async (forMs) => {
      if (subject.runSaves !== undefined) return await subject.runSaves(forMs, lanes)
      if (!watchLoop) return await saveFor(all, forMs, lanes)
      const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS })
      delays.enable()
      const sample = await saveFor(all, forMs, lanes)
      delays.disable()
      return { ...sample, loopDelayMs: delaysOf(delays) }
    },
    close: async () => await subject.close(),
  }
}

/** One transaction after the other. */
export function measureBatches(subject: Subject, documents: number): Measure {
  const all = new Lanes(subject)
  return {
    settings: subject.settings,
    prepare: async () => {
      if (subject.runSaves === undefined) await all.save(PREPARED, PREPARING_LANES)
    },
    run: async (forMs) => {
      // In C, the saves of all lanes are one write of the journal and one flush, as in a transaction.
      if (subject.runSaves !== undefined) return await subject.runSaves(forMs, documents)
      const latenciesUs: number[] = []
      const begin = performance.now()
      do {
        const before = performance.now()
        await all.saveBatch(documents)
        latenciesUs.push((performance.now() - before) * 1000)
      } while (performance.now() - begin < forMs)
      const elapsedMs = performance.now() - begin
      const operations = latenciesUs.length * documents
      return { operations, elapsedMs, latencyUs: quantiles(latenciesUs) }
    },
    close: async () => await subject.close(),
  }
}

export async function saveFor(all: Lanes, forMs: number, lanes: number): Promise<Sample> {
  const before = all.saved
  const latenciesUs: number[] = []
  const begin = performance.now()
  await all.saveWhile(() => performance.now() - begin < forMs, lanes, latenciesUs)
  const elapsedMs = performance.now() - begin
  return { operations: all.saved - before, elapsedMs, latencyUs: quantiles(latenciesUs) }
}

function delaysOf(histogram: IntervalHistogram): Quantiles {
  const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - DELAY_RESOLUTION_MS)
  return {
    p50: late(histogram.percentile(50)),
    p90: late(histogram.percentile(90)),
    p99: late(histogram.percentile(99)),
    p999: late(histogram.percentile(99.9)),
    max: late(histogram.max),
  }
}

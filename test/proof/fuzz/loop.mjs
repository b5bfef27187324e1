// A worker thread that feeds one decoder until its time is over. What it is about to try is in shared memory first:
// should it hang or die, that input is known.
import { parentPort, workerData } from 'node:worker_threads'
import { getHeapStatistics } from 'node:v8'
import { Random } from '../crash/random.mjs'
import { randomBytes } from './mutate.mjs'
import { TARGETS } from './targets.mjs'

const INPUT_BYTES_MAX = 256 * 1024
/** What any call costs: the heap is measured with everything that Node does beside it. */
const HEAP_BYTES_FREE = 4 * 1024 * 1024
const MEASURE_EVERY = 8

const { title, seed, milliseconds, counters, input } = workerData
const target = TARGETS[title]
const [TRIED, ACCEPTED, LENGTH] = [0, 1, 2]
const random = new Random(seed, title)
const seeds = target.seeds(random)
const until = performance.now() + milliseconds

for (let tried = 1; performance.now() < until; tried++) {
  const bytes = next().subarray(0, INPUT_BYTES_MAX)
  announce(bytes)
  try {
    if (await measured(bytes, tried)) Atomics.add(counters, ACCEPTED, 1)
  } catch (error) {
    parentPort.postMessage({ why: error?.stack ?? String(error) })
    break
  }
  Atomics.store(counters, TRIED, tried)
}

await target.dispose?.()

function next() {
  if (random.chance(0.05)) return randomBytes(random, 300)
  return target.mutate(random.pick(seeds), seeds, random)
}

function announce(bytes) {
  input.set(bytes)
  Atomics.store(counters, LENGTH, bytes.length)
}

async function measured(bytes, tried) {
  if (tried % MEASURE_EVERY !== 0) return await target.check(bytes)
  const before = allocated()
  const accepted = await target.check(bytes)
  const used = allocated() - before
  if (used > HEAP_BYTES_FREE + target.heap * bytes.length)
    throw new Error(`${used} bytes were allocated for an input of ${bytes.length}`)
  return accepted
}

function allocated() {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

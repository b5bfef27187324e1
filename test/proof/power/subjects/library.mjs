// The library as its users have it: the built package, or a copy of it with a bug.
const from = process.env.HOLDFAST_POWER_LIBRARY
export const { DurableDirectory, FileSystemStorage, subscribe } = await (from === undefined
  ? import('holdfast')
  : import(`${from}/index.js`))
export const { FileStorage } = await (from === undefined
  ? import('holdfast/files')
  : import(`${from}/files/index.js`))

/** How long an interval flush is given: many times as long as it is asked for, for a machine that is busy. */
const FLUSH_INTERVAL_MS = 20
export const FLUSHED_AFTER_MS = 600

const KIB = 1024

/** Small segments and a small journal: a short workload goes round them several times, checkpoints in between. */
export function directoryOptions({ disk, durability = 'commit' }, random) {
  const isSoft = durability !== 'commit'
  return {
    disk: disk ?? random.pick(['native', 'portable']),
    durability,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    segmentBytes: random.pick([64 * KIB, 64 * KIB, 128 * KIB, 1024 * KIB]),
    // A checkpoint flushes everything: where that is not done for each commit, they are few.
    journalBytes: random.pick(
      isSoft ? [1024 * KIB, 4096 * KIB] : [64 * KIB, 256 * KIB, 4096 * KIB],
    ),
    checkpointIdleMs: random.pick(isSoft ? [100, 3_600_000] : [3, 20, 2000]),
  }
}

/** Mostly small; some go over what a segment takes in, so that they are flushed in a file of their own. */
export function contentBytes(random) {
  if (random.chance(0.06)) return random.integer(10_000, 60_000)
  return random.chance(0.2) ? random.integer(3000, 8000) : random.integer(10, 1500)
}

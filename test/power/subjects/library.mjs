// The library as its users have it: the built package.
export { DurableDirectory, FileSystemStorage, subscribe } from 'holdfast'

const KIB = 1024

/** Small segments and a small journal: a short workload goes round them several times, checkpoints in between. */
export function directoryOptions(disk, random) {
  return {
    disk,
    segmentBytes: random.pick([64 * KIB, 64 * KIB, 128 * KIB, 1024 * KIB]),
    journalBytes: random.pick([64 * KIB, 256 * KIB, 4096 * KIB]),
    checkpointIdleMs: random.pick([3, 20, 2000]),
  }
}

/** Mostly small; some go over what a segment takes in, so that they are flushed in a file of their own. */
export function contentBytes(random) {
  if (random.chance(0.06)) return random.integer(10_000, 60_000)
  return random.chance(0.2) ? random.integer(3000, 8000) : random.integer(10, 1500)
}

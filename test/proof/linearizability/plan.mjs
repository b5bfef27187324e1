// What a round does, drawn from the seed: how many work, how many are killed, and how the store is opened.
const KIB = 1024
const MIB = 1024 * KIB

export function planOf({ number, seed, random, library, directory, endMaxMs }) {
  const threads = random.pick([0, 0, 1, 2])
  return {
    name: `r${number}`,
    seed: `${seed}/${number}`,
    library,
    directory,
    endMaxMs,
    processes: random.integer(2, 3),
    threads,
    lanes: random.integer(1, threads === 0 ? 4 : 2),
    kills: random.integer(0, 5),
    prompts: Array.from({ length: random.integer(1, 3) }, (_, at) => promptOf(number, at, random)),
    versions: random.integer(2, 6),
    options: {
      enableTrash: random.chance(0.3),
      useIndex: random.chance(0.7),
      useCache: random.chance(0.7),
      segmentBytes: random.pick([64 * KIB, 256 * KIB, 4 * MIB]),
      journalBytes: random.pick([64 * KIB, 512 * KIB, 32 * MIB]),
      checkpointIdleMs: random.pick([5, 50, 2000]),
    },
  }
}

/** Now and then one too long for a directory name: then the store hashes it. */
function promptOf(number, at, random) {
  const id = `round-${number}-${at}`
  return random.chance(0.15) ? `${'long-'.repeat(45)}${id}` : id
}

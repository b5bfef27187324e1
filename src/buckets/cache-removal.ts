/** A document in the directory of a cache. */
export interface CachedDocument {
  readonly promptId: string
  readonly version: string
  /** By which its reads are known. */
  readonly key: string
}

/**
 * The documents that a cache removes: first those that were not read, at random, since other processes may have read
 * them, then those that were not read for the longest time.
 *
 * @param lastRead by key, greater for a later read; a key that was not read is missing
 * @param count how many are removed
 * @returns versions by their prompts
 */
export function chosenForRemoval(
  documents: readonly CachedDocument[],
  lastRead: ReadonlyMap<string, number>,
  count: number,
): ReadonlyMap<string, readonly string[]> {
  const ranked = documents.map((document) => ({
    document,
    rank: lastRead.get(document.key) ?? Math.random() - 1,
  }))
  ranked.sort((left, right) => left.rank - right.rank)
  const chosen = new Map<string, string[]>()
  for (const { document } of ranked.slice(0, count)) {
    const versions = chosen.get(document.promptId)
    if (versions === undefined) chosen.set(document.promptId, [document.version])
    else versions.push(document.version)
  }
  return chosen
}

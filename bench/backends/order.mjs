// The order of versions for the bare statements, which have to give the same answers: as texts, 1.0.10 comes before 1.0.9.

/** @param {readonly string[]} versions of three numbers, each below 100,000 */
export function byPrecedence(versions) {
  return versions
    .map((version) => ({ version, rank: rankOf(version) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ version }) => version)
}

/** @param {readonly string[]} versions at least one */
export function highest(versions) {
  let [best, bestRank] = [versions[0], -1]
  for (const version of versions) {
    const rank = rankOf(version)
    if (rank > bestRank) [best, bestRank] = [version, rank]
  }
  return best
}

function rankOf(version) {
  return version.split('.').reduce((rank, part) => rank * 100_000 + Number(part), 0)
}

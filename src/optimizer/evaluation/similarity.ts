/** The longest n-grams, and how much more recall counts than precision: the defaults of chrF. */
const GRAM_LENGTH_MAX = 6
const BETA = 2

/**
 * How similar a text is to a reference, from 0 to 1: chrF (M. Popović, 2015), the F-score of the n-grams of 1 to 6
 * characters that they share. It counts characters, so it works for languages without spaces, too. White space does not
 * count.
 */
export function similarity(text: string, reference: string): number {
  const given = charactersOf(text)
  const wanted = charactersOf(reference)
  if (given.length === 0 || wanted.length === 0) return Number(given.length === wanted.length)
  const scores: number[] = []
  for (let length = 1; length <= GRAM_LENGTH_MAX; length++) {
    // Neither has n-grams of this length: they say nothing.
    if (given.length < length && wanted.length < length) break
    scores.push(sharedGrams(given, wanted, length))
  }
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function sharedGrams(given: readonly string[], wanted: readonly string[], length: number): number {
  const counts = gramsOf(wanted, length)
  let shared = 0
  for (const [gram, count] of gramsOf(given, length))
    shared += Math.min(count, counts.get(gram) ?? 0)
  if (shared === 0) return 0
  const precision = shared / (given.length - length + 1)
  const recall = shared / (wanted.length - length + 1)
  return ((1 + BETA ** 2) * precision * recall) / (BETA ** 2 * precision + recall)
}

function gramsOf(characters: readonly string[], length: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let at = 0; at + length <= characters.length; at++) {
    const gram = characters.slice(at, at + length).join('')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

function charactersOf(text: string): string[] {
  return Array.from(text.normalize('NFC').replace(/\s/gu, ''))
}

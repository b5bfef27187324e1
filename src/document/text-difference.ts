/** How far two texts are apart. */
export interface TextDifference {
  /** Characters (code points) of the second minus those of the first. */
  readonly character_diff: number
  /** Words of the second minus those of the first. */
  readonly word_diff: number
  /** Shared words over all words of both, each counted once (Jaccard): 1 for the same words, 0 for none in common. */
  readonly similarity: number
  /** Length of the second over that of the first; null when the first is empty and the second is not. */
  readonly length_ratio: number | null
}

/**
 * Compares two texts word by word. Words are found by the rules of Unicode and not by blanks, so that Chinese and
 * Japanese texts have words as well; case does not count.
 */
export function compareTexts(first: string, second: string): TextDifference {
  const lengths = [countCharacters(first), countCharacters(second)] as const
  const words = [wordsOf(first), wordsOf(second)] as const
  return Object.freeze({
    character_diff: lengths[1] - lengths[0],
    word_diff: words[1].length - words[0].length,
    similarity: first === second ? 1 : shareOfCommon(new Set(words[0]), new Set(words[1])),
    length_ratio: ratio(lengths[0], lengths[1]),
  })
}

/** Code points, so that a character outside the first plane counts once. */
export function countCharacters(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return count
}

/** The language is fixed: the answer must not depend on the machine's. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true) words.push(segment.toLowerCase())
  }
  return words
}

function shareOfCommon(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  let common = 0
  for (const word of first) if (second.has(word)) common++
  const all = first.size + second.size - common
  return all === 0 ? 0 : common / all
}

function ratio(first: number, second: number): number | null {
  if (first === 0) return second === 0 ? 1 : null
  return second / first
}

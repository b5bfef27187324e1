/** How much two texts differ. */
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
 * Compares two texts word by word, ignoring case. Words are found by the rules of Unicode and not by blanks, so that
 * Chinese and Japanese texts have words, too.
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

/** Counts code points, so that a character outside the first plane counts once. */
export function countCharacters(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return count
}

/** The language is fixed: the result must not depend on that of the machine. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** The JavaScript engine copies the whole text for each segment, so a long text is segmented in parts. */
const PART_LENGTH = 2048
/** A boundary this close to the end of a part may depend on what follows. */
const LOOKAHEAD_LENGTH = 64

/** The words of a text in lower case, by the rules of Unicode: Chinese, Japanese and Thai have words, too. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (let start = 0, length = PART_LENGTH; start < text.length;) {
    const end = addWords(words, text.slice(start, start + length), start + length >= text.length)
    start += end
    // A segment that is longer than its part is read again, with more of the text that follows.
    length = end < PART_LENGTH / 2 ? length * 2 : PART_LENGTH
  }
  return words
}

/** Returns the boundary up to which the words of a part were added: the next part begins there. */
function addWords(words: string[], part: string, isLast: boolean): number {
  const sure = isLast ? part.length : part.length - LOOKAHEAD_LENGTH
  let last: Intl.SegmentData | undefined
  for (const data of segmenter.segment(part)) {
    if (data.index > sure) return last?.index ?? 0
    if (last?.isWordLike === true) words.push(last.segment.toLowerCase())
    if (data.index >= PART_LENGTH / 2) return data.index
    last = data
  }
  if (!isLast) return last?.index ?? 0
  if (last?.isWordLike === true) words.push(last.segment.toLowerCase())
  return part.length
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

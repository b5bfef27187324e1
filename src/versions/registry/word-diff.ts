import { hunksBetween, type Hunk } from './sequence-diff.js'

/** A piece of two texts: of both, of the first alone, or of the second alone. */
export interface TextPart {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

/**
 * The difference of two texts by lines, and in lines that differ by words. The parts that are not added are the first
 * text, those that are not removed the second. Blanks between two changed words count as changed. Where words are not
 * set apart by blanks (Chinese, Japanese, Thai), each character counts as one.
 */
export async function diffWords(before: string, after: string): Promise<readonly TextPart[]> {
  const parts = new Parts()
  const [lines, otherLines] = [linesOf(before), linesOf(after)]
  let at = 0
  for (const { from, to, otherFrom, otherTo } of await hunksBetween(lines, otherLines)) {
    parts.add('same', lines.slice(at, from))
    await addWords(parts, lines.slice(from, to), otherLines.slice(otherFrom, otherTo))
    at = to
  }
  parts.add('same', lines.slice(at))
  return parts.all()
}

async function addWords(
  parts: Parts,
  lines: readonly string[],
  otherLines: readonly string[],
): Promise<void> {
  const [words, others] = [wordsOf(lines.join('')), wordsOf(otherLines.join(''))]
  let at = 0
  for (const { from, to, otherFrom, otherTo } of acrossBlanks(
    await hunksBetween(words, others),
    words,
  )) {
    parts.add('same', words.slice(at, from))
    parts.add('removed', words.slice(from, to))
    parts.add('added', others.slice(otherFrom, otherTo))
    at = to
  }
  parts.add('same', words.slice(at))
}

/** Joins hunks with nothing but a blank between them: three changed words are one change. */
function acrossBlanks(hunks: readonly Hunk[], words: readonly string[]): readonly Hunk[] {
  const joined: Hunk[] = []
  for (const hunk of hunks) {
    const last = joined.at(-1)
    const isNear = last !== undefined && hunk.from === last.to + 1
    if (last === undefined || !isNear || !/^[^\S\n]+$/.test(words[last.to] ?? '')) joined.push(hunk)
    else joined.splice(-1, 1, { ...last, to: hunk.to, otherTo: hunk.otherTo })
  }
  return joined
}

/** Joins neighbours of the same kind. */
class Parts {
  readonly #parts: { kind: TextPart['kind']; texts: string[] }[] = []

  add(kind: TextPart['kind'], texts: readonly string[]): void {
    const text = texts.join('')
    if (text === '') return
    const last = this.#parts.at(-1)
    if (last?.kind === kind) last.texts.push(text)
    else this.#parts.push({ kind, texts: [text] })
  }

  all(): readonly TextPart[] {
    return this.#parts.map(({ kind, texts }) => ({ kind, text: texts.join('') }))
  }
}

/** A line includes its end. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]+\n?|\n/g) ?? []
}

/** In this order: ends of lines, blanks, words of scripts that have blanks, emoji with their parts, any character. */
const WORD =
  /\r?\n|[^\S\r\n]+|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{M}\p{N}_])+|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f)*|[^]/gu

function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? []
}

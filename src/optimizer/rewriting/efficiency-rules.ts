import { linesOf, type Prose } from './prose.js'
import { capitalized, replacing, type RewritingRule } from './rewriting-rule.js'
import type { TextEdit } from './text-edit.js'

/** Say the same in fewer tokens: no fillers, short phrases, nothing twice, no empty space. Lines stay lines. */
export const EFFICIENCY_RULES: readonly RewritingRule[] = [
  { id: 'efficiency-filler', description: 'A word that adds nothing was dropped', edits: fillers },
  { id: 'efficiency-phrase', description: 'A phrase became a word', edits: phrases },
  {
    id: 'efficiency-repetition',
    description: 'Words that were there twice in a row are there once',
    edits: repetitions,
  },
  {
    id: 'efficiency-space',
    description: 'Empty space was taken out',
    edits: emptySpace,
  },
]

/** Not after "not", where the word carries the meaning, nor after "the": "the very first". */
const FILLER =
  /(?<!\b(?:not|n't|the|only|than) )\b(?:very|really|just|actually|basically|literally|totally|quite|simply) (?=(\p{L}))/giu

function fillers(prose: Prose): readonly TextEdit[] {
  if (prose.language !== 'en') return []
  return replacing(prose, prose.unquoted, FILLER, () => '').map(({ start, end }) => {
    const isCapital = /^[A-Z]/.test(prose.text.slice(start, start + 1))
    return isCapital
      ? { start, end: end + 1, after: capitalized(prose.text.slice(end, end + 1)) }
      : { start, end, after: '' }
  })
}

/** The twelve of the first implementation, and some for Chinese. */
const PHRASES: readonly (readonly [pattern: RegExp, after: string])[] = [
  [/\bin order to\b/gi, 'to'],
  [/\bdue to the fact that\b/gi, 'because'],
  [/\bat this point in time\b/gi, 'now'],
  [/\bin the event that\b/gi, 'if'],
  [/\bfor the purpose of\b/gi, 'to'],
  [/\bwith regard to\b/gi, 'about'],
  [/\bin accordance with\b/gi, 'following'],
  [/\bprior to\b/gi, 'before'],
  [/\bsubsequent to\b/gi, 'after'],
  [/\bin spite of\b/gi, 'despite'],
  [/\bnotwithstanding\b/gi, 'despite'],
  [/\bby means of\b/gi, 'by'],
  [/为了能够/g, '为了'],
  [/以便能够/g, '以便'],
  [/在这种情况下的时候/g, '此时'],
]

function phrases(prose: Prose): readonly TextEdit[] {
  return PHRASES.flatMap(([pattern, after]) =>
    replacing(prose, prose.unquoted, pattern, ([found]) =>
      /^[A-Z]/.test(found) ? capitalized(after) : after,
    ),
  )
}

/** How many words in a row count as a repetition: from three, as in the first implementation. */
const REPEATED_WORDS = [3, 4, 5, 6, 7, 8]

/** Within a line, and with nothing but one blank between the words. */
function repetitions(prose: Prose): readonly TextEdit[] {
  const edits: TextEdit[] = []
  for (const { start, line } of linesOf(prose.unquoted)) {
    const words = Array.from(line.matchAll(/\p{L}[\p{L}\p{M}\p{N}'’-]*/gu))
    for (let at = 0; at < words.length; at++) {
      const count = REPEATED_WORDS.find((length) => isRepeated(words, at, length, line))
      const middle = words[at + (count ?? 0) - 1]
      const last = words[at + 2 * (count ?? 0) - 1]
      if (count === undefined || middle === undefined || last === undefined) continue
      const from = middle.index + middle[0].length
      edits.push({ start: start + from, end: start + last.index + last[0].length, after: '' })
      at += 2 * count - 1
    }
  }
  return edits
}

function isRepeated(
  words: readonly RegExpExecArray[],
  at: number,
  count: number,
  line: string,
): boolean {
  const last = words[at + 2 * count - 1]
  if (last === undefined) return false
  for (let offset = 0; offset < 2 * count - 1; offset++) {
    const [word, next] = [words[at + offset], words[at + offset + 1]]
    const twin = offset < count ? words[at + offset + count] : word
    if (word?.[0].toLowerCase() !== twin?.[0].toLowerCase()) return false
    // What is protected between the words is blank here, too: several blanks are not a repetition.
    if (word === undefined || next?.index !== word.index + word[0].length + 1) return false
    if (line[next.index - 1] !== ' ') return false
  }
  return true
}

/** Several blanks within a line of prose, and more than one empty line. Tables and indentation stay. */
function emptySpace(prose: Prose): readonly TextEdit[] {
  const within = Array.from(linesOf(prose.text)).flatMap(({ start, line }) =>
    line.includes('|') || line.includes('\t')
      ? []
      : Array.from(line.matchAll(/(?<=\S) {2,200}(?=\S)/g), ({ 0: blanks, index }) => ({
          start: start + index,
          end: start + index + blanks.length,
          after: ' ',
        })),
  )
  const lines = Array.from(prose.text.matchAll(/\n(?:[ \t]{0,40}\n){2,500}/g), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    after: '\n\n',
  }))
  return [...within, ...lines].filter(({ start, end }) =>
    prose.ranges.every((range) => range.end <= start || range.start >= end),
  )
}

import { HEADINGS } from './headings.js'
import { hasHeading, isInside, linesOf, weightOf, type Prose } from './prose.js'
import { capitalized, replacing, type RewritingRule } from './rewriting-rule.js'
import type { TextEdit } from './text-edit.js'

/** A text with fewer letters than this needs no heading. The first implementation's 200 characters have as many. */
const HEADING_FROM = 160
/** A sentence with more words than this is split, as in the first implementation. */
const SENTENCE_WORDS_MAX = 40

/** Make it clear what is asked: headings, requests as instructions, words that say something, shorter sentences. */
export const CLARITY_RULES: readonly RewritingRule[] = [
  {
    id: 'clarity-imperative',
    description: 'A request became an instruction',
    edits: imperative,
  },
  {
    id: 'clarity-vague',
    description: 'A vague word became a definite one, or was dropped',
    edits: vagueWords,
  },
  {
    id: 'clarity-sentence',
    description: 'A long sentence was split at its semicolon',
    edits: longSentences,
  },
  {
    id: 'clarity-heading',
    description: 'A long text without headings got them',
    edits: headings,
  },
]

/** "Could you summarize it?" at the very beginning: "Summarize it." */
function imperative(prose: Prose): readonly TextEdit[] {
  if (prose.language !== 'en') return []
  const [found] = replacing(prose, prose.unquoted, REQUEST, ([, verb = '']) => capitalized(verb))
  if (found === undefined) return []
  const end = /[.?!\n]/.exec(prose.unquoted.slice(found.end))
  const at = found.end + (end?.index ?? 0)
  const mark = end?.[0] === '?' ? [{ start: at, end: at + 1, after: '.' }] : []
  return [found, ...mark]
}

const REQUEST =
  /^(?:(?:maybe|perhaps|please)[ ,]{1,2})?(?:(?:can|could|would|will) you|you (?:could|can|might|may)|i (?:want|need|would like) you to)(?: (?:please|possibly|maybe|perhaps))? ([a-z])/gi

/** English words only: in other languages, no replacement is right everywhere. */
const VAGUE: readonly (readonly [pattern: RegExp, after: string])[] = [
  // Not "some of", and no part of a number: "some 20".
  [/\bsome (?=(?!of\b|other\b|more\b|time\b|kind\b|sort\b)[a-z]{3,40}s\b)/gi, 'specific '],
  [/\bmaybe (?=[a-z])/gi, 'if applicable, '],
  [/\bstuff\b/gi, 'content'],
  [/\bthings\b(?! (?:like|such))/gi, 'items'],
  [/\ba bit (?=[a-z])(?!of\b)/gi, 'slightly '],
  // As a noun, after an article, it means a type.
  [
    /(?<!\b(?:a|an|the|this|that|each|any|every|what|which|some|one|no|same|certain|new) )\b(?:kind|sort) of (?!thing)/gi,
    '',
  ],
  [/\bprobably (?=[a-z])/gi, 'likely '],
]

function vagueWords(prose: Prose): readonly TextEdit[] {
  if (prose.language !== 'en') return []
  return VAGUE.flatMap(([pattern, after]) =>
    replacing(prose, prose.unquoted, pattern, ([found]) =>
      /^[A-Z]/.test(found) ? capitalized(after) : after,
    ),
  )
}

function longSentences(prose: Prose): readonly TextEdit[] {
  return Array.from(prose.unquoted.matchAll(/[^.!?。！？\n]{1,4000}/g)).flatMap((sentence) => {
    const isLong = (sentence[0].match(/[\p{L}\p{N}]+/gu)?.length ?? 0) > SENTENCE_WORDS_MAX
    const marks = isLong ? Array.from(sentence[0].matchAll(/; (?=\p{Ll})/gu)) : []
    return marks.map(({ index }) => {
      const start = sentence.index + index
      return {
        start,
        end: start + 3,
        after: `. ${capitalized(prose.text.slice(start + 2, start + 3))}`,
      }
    })
  })
}

/** Two parts where there is more than one paragraph and nothing that a heading could divide, else one heading on top. */
function headings(prose: Prose): readonly TextEdit[] {
  if (prose.language === undefined || hasHeading(prose) || weightOf(prose) <= HEADING_FROM)
    return []
  const { task, instructions, details } = HEADINGS[prose.language]
  const second = secondParagraph(prose)
  const top = second === undefined ? `${task} ${instructions}` : instructions
  const title = prose.language === 'en' ? top : second === undefined ? task : instructions
  return [
    { start: 0, end: 0, after: `## ${title}\n\n` },
    ...(second === undefined ? [] : [{ start: second, end: second, after: `## ${details}\n\n` }]),
  ]
}

/** Where the second paragraph begins. Tags and statements enclose paragraphs, so that a heading would divide them. */
function secondParagraph(prose: Prose): number | undefined {
  if (prose.ranges.some(({ kind }) => kind === 'tag' || kind === 'statement')) return undefined
  let isFirst = true
  let wasBlank = false
  for (const { start, line } of linesOf(prose.text)) {
    const isBlank = line.trim() === ''
    if (!isFirst && wasBlank && !isBlank && !isInside(prose, start)) return start
    if (!isBlank) isFirst = false
    wasBlank = isBlank
  }
  return undefined
}

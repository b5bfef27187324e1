import { wordsOf } from '../../versions/prompts/text-difference.js'
import { languagesOf, type Language } from './languages.js'
import { proseOf, type Prose } from './prose.js'
import { estimateTokens } from './tokens.js'

/** A text as the rules of Holdfast read it. */
export interface ReadText {
  readonly text: string
  readonly prose: Prose
  /** Those of the prose, the main one first; empty where the rules know none of them. */
  readonly languages: readonly Language[]
  /** The words of the prose in lower case: placeholders, code, addresses and tags have none. */
  readonly words: readonly string[]
  /** The words of each sentence that is not a header: lines end sentences. */
  readonly sentences: readonly number[]
  readonly tokens: number
  readonly hasHeader: boolean
  readonly hasList: boolean
  readonly hasSteps: boolean
  readonly lines: number
}

/** Reads a text once, for all rules. */
export function readText(text: string): ReadText {
  const prose = proseOf(text)
  const lines = prose.outline.split('\n').filter((line) => line.trim() !== '')
  return {
    text,
    prose,
    languages: languagesOf(prose.text),
    words: wordsOf(prose.text),
    sentences: sentencesOf(prose.text),
    tokens: estimateTokens(text),
    hasHeader: lines.some((line) => HEADERS.some((header) => header.test(line))),
    hasList: lines.some((line) => BULLET.test(line)) || lines.some((line) => STEP.test(line)),
    hasSteps: lines.some((line) => STEP.test(line)),
    lines: lines.length,
  }
}

/** Markdown, a bold line, 【…】, a tag alone on its line, or a short line that ends with a colon. */
const HEADERS: readonly RegExp[] = [
  /^\s{0,3}#{1,6}\s/,
  /^\s{0,12}\*\*[^*\n]{1,80}\*\*[:：]?\s{0,12}$/,
  /^\s{0,12}[【[][^】\]\n]{1,40}[】\]]/,
  /^\s{0,12}<\/?[\w-]{1,60}>\s{0,12}$/,
  /^[^:：\n]{1,40}[:：]\s{0,12}$/,
]
const BULLET = /^\s{0,60}[-*+•·‣▪●○–]\s{0,12}\S/
/** `1.`, `1)`, `1、`, `(1)`, `①`, `一、`, `第一步`, `Step 1`. */
const STEP =
  /^\s{0,60}(?:\*\*)?(?:[(（]?\p{Nd}{1,3}[.)、．）:：]|[①-⑳]|[一二三四五六七八九十]{1,3}[、.．]|第[一二三四五六七八九十\p{Nd}]{1,3}[步章节]|step \p{Nd})/iu

/** Ends of sentences: those of Latin text before a blank, those of East Asian text everywhere. */
const ENDS = /[.!?](?=\s)|[。！？；｡…।]|\n/

function sentencesOf(prose: string): number[] {
  return prose
    .split('\n')
    .filter((line) => !HEADERS.some((header) => header.test(line)))
    .flatMap((line) => line.split(ENDS))
    .map((sentence) => wordsOf(sentence).length)
    .filter((words) => words > 0)
}

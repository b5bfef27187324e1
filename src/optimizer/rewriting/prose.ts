import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { languageOf } from './language.js'
import { masked, protectedRanges, type ProtectedRange } from './protected-ranges.js'

/** Languages that rules have words for. */
export type RuleLanguage = 'en' | 'zh' | 'ja' | 'ko' | 'es' | 'fr' | 'de' | 'pt' | 'ru'

/** A text as rules see it. */
export interface Prose {
  readonly text: string
  readonly syntax: TextSyntax
  /** The text with blanks for all that is protected: offsets are the same. */
  readonly visible: string
  /** As `visible`, without what is in quotation marks either: examples keep their words. */
  readonly unquoted: string
  readonly ranges: readonly ProtectedRange[]
  /** Undefined where it is not clear, or rules have no words for it. */
  readonly language: RuleLanguage | undefined
}

/** Reads a text for rules. */
export function proseOf(text: string, syntax: TextSyntax): Prose {
  const ranges = protectedRanges(text, syntax)
  const visible = masked(text, ranges)
  const unquoted = visible.replace(QUOTED, (part) => ' '.repeat(part.length))
  return { text, syntax, visible, unquoted, ranges, language: languageIn(visible) }
}

const QUOTED =
  /"[^"\n]{1,500}"|“[^”\n]{1,500}”|「[^」\n]{1,500}」|『[^』\n]{1,500}』|«[^»\n]{1,500}»/g

const LATIN: Readonly<Record<string, RuleLanguage>> = {
  English: 'en',
  Spanish: 'es',
  French: 'fr',
  German: 'de',
  Portuguese: 'pt',
}

/** More than this share of a text decides about its language. */
const SHARE_MIN = 0.6

function languageIn(visible: string): RuleLanguage | undefined {
  const { scripts, languages } = languageOf(visible)
  const share = (name: string): number => scripts.get(name) ?? 0
  if (share('Kana') > 0.1) return 'ja'
  if (share('Chinese characters') > SHARE_MIN) return 'zh'
  if (share('Hangul') > SHARE_MIN) return 'ko'
  if (share('Cyrillic letters') > SHARE_MIN) return 'ru'
  if (share('Latin letters') <= SHARE_MIN) return undefined
  const [[name, most] = ['', 0]] = [...languages].toSorted(([, left], [, right]) => right - left)
  return most > SHARE_MIN ? LATIN[name] : undefined
}

/** Whether nothing protected is between two offsets. */
export function isFree({ ranges }: Prose, start: number, end: number): boolean {
  return ranges.every((range) => range.end <= start || range.start >= end)
}

/** Whether an insertion at an offset would be within something protected. */
export function isInside({ ranges }: Prose, at: number): boolean {
  return ranges.some(({ start, end }) => start < at && at < end)
}

/** Lines of a text with their offsets, line ends not included. */
export function* linesOf(
  text: string,
): Generator<{ readonly start: number; readonly line: string }> {
  let start = 0
  for (const line of text.split('\n')) {
    yield { start, line }
    start += line.length + 1
  }
}

/** Whether a line is a heading of Markdown. */
export const HEADING: RegExp = /^#{1,6}[ \t]+\S/

/** Whether a text has a heading outside of code. */
export function hasHeading({ visible }: Prose): boolean {
  return visible.split('\n').some((line) => HEADING.test(line))
}

/** How many letters the prose has. Characters that say more count as several. */
export function weightOf({ visible }: Prose): number {
  return languageOf(visible).letters
}

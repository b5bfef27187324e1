import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { languageOf, mainLanguageOf, type Language } from '../analysis/languages.js'
import { masked, protectedRanges, type ProtectedRange } from './protected-ranges.js'

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
  readonly language: Language | undefined
}

/** Reads a text for rules. */
export function proseOf(text: string, syntax: TextSyntax): Prose {
  const ranges = protectedRanges(text, syntax)
  const visible = masked(text, ranges)
  const unquoted = visible.replace(QUOTED, (part) => ' '.repeat(part.length))
  return { text, syntax, visible, unquoted, ranges, language: mainLanguageOf(visible) }
}

const QUOTED =
  /"[^"\n]{1,500}"|“[^”\n]{1,500}”|「[^」\n]{1,500}」|『[^』\n]{1,500}』|«[^»\n]{1,500}»/g

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

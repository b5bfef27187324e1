/**
 * Texts as the first implementation's language reads them. Its blanks, letters and digits are not those of JavaScript,
 * and scores that are to be equal depend on them.
 */

/** Blank there and not here, and the other way round: U+FEFF becomes a mark that neither counts as a blank or letter. */
const OTHER_BLANKS = ['\u001c', '\u001d', '\u001e', '\u001f', '\u0085']
const NOT_BLANK = '\ufeff'
const MARK = '\u2060'

/** A text of the same length in which `\s` finds what is blank there. The other functions expect it. */
export function upstreamText(text: string): string {
  return OTHER_BLANKS.reduce((blank, mark) => blank.replaceAll(mark, ' '), text).replaceAll(
    NOT_BLANK,
    MARK,
  )
}

const ENDS_OF_SENTENCES = /[.!?]+/

/** The parts between blanks. */
export function upstreamWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** The parts between `.`, `!` and `?` that are not blank. */
export function upstreamSentences(text: string): string[] {
  return text.split(ENDS_OF_SENTENCES).filter((part) => upstreamWords(part).length > 0)
}

/** Whether a line begins with `#`, and a blank follows. */
export function hasHeader(text: string): boolean {
  return /(?:^|\n)#+\s/.test(text)
}

/** Whether a line begins with one of the marks `- * + .` or one digit, and a blank follows: a class of characters. */
export function hasMark(text: string): boolean {
  return /(?:^|\n)[-*\p{Nd}+.]\s/u.test(text)
}

/** Whether a line begins with `-` or `*`, and a blank follows. */
export function hasBullet(text: string): boolean {
  return /(?:^|\n)[-*]\s/.test(text)
}

/** Whether a line begins with digits and a full stop, and a blank follows. */
export function hasNumber(text: string): boolean {
  return /(?:^|\n)\p{Nd}+\.\s/u.test(text)
}

/** Whether digits occur without a letter, digit or `_` beside them: in Chinese text, mostly not. */
export function hasInteger(text: string): boolean {
  return /(?<![\p{L}\p{N}_])\p{Nd}+(?![\p{L}\p{N}_])/u.test(text)
}

/** The vague terms of a text in lower case, in the order of the list and of the text. */
export function vagueTerms(text: string): string[] {
  return VAGUE.flatMap((pattern) => Array.from(text.matchAll(pattern), ([term]) => term))
}

const VAGUE: readonly RegExp[] = [
  /(?<![\p{L}\p{N}_])some(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])maybe(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])possibly(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])perhaps(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])somehow(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])somewhat(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])kind of(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])sort of(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])a bit(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])stuff(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])things(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])etc(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])(?:and )?so on(?![\p{L}\p{N}_])/gu,
  /(?<![\p{L}\p{N}_])whatever(?![\p{L}\p{N}_])/gu,
]

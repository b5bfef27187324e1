import type { ScalarStyle } from './yaml-scalars.js'
import type { TextRange, YamlScalar } from './yaml-tree.js'
import { typeOfPlain } from './yaml-types.js'
import { blockScalar, endOfBlock } from './write-block-scalar.js'

/** A scalar in the file, and where it is in its text. */
export interface WrittenScalar {
  /** What is replaced. */
  readonly range: TextRange
  readonly characters: string
  readonly style: ScalarStyle
}

/**
 * A text as YAML in place of a scalar: in the style that the scalar has, if the text can be written in it, else in
 * double quotes on one line. Pure.
 *
 * @param source the whole text of the file
 * @param text must be well-formed: without lone surrogates
 */
export function writeScalar(source: string, scalar: YamlScalar, text: string): WrittenScalar {
  const range = scalar.alias ?? { start: scalar.start, end: scalar.end }
  // An empty value has no blank of its own behind its colon or its dash.
  const before = range.start === range.end && /\S$/.test(source.charAt(range.start - 1)) ? ' ' : ''
  const isBlock =
    scalar.alias === undefined && (scalar.style === 'literal' || scalar.style === 'folded')
  const lineBreak = lineBreakOf(source, range)
  const written = isBlock
    ? blockScalar(source.slice(range.start, range.end), { text, scalar, lineBreak })
    : inOneOf(scalar, text, lineBreak)
  if (written !== undefined) return { range, characters: before + written, style: scalar.style }
  return writeQuoted(source, scalar, text)
}

/** A text in double quotes on one line, which can hold every text. */
export function writeQuoted(source: string, scalar: YamlScalar, text: string): WrittenScalar {
  const range = scalar.alias ?? { start: scalar.start, end: scalar.end }
  const raw = source.slice(range.start, range.end)
  const before = range.start === range.end && /\S$/.test(source.charAt(range.start - 1)) ? ' ' : ''
  const isBlock =
    scalar.alias === undefined && (scalar.style === 'literal' || scalar.style === 'folded')
  // The range of a block scalar ends behind its last line breaks, which stay.
  const behind = isBlock ? endOfBlock(raw) : ''
  return { range, characters: before + doubleQuoted(text) + behind, style: 'double' }
}

function inOneOf(
  { style, indent, inFlow }: YamlScalar,
  text: string,
  lineBreak: string,
): string | undefined {
  if (style === 'plain') return isPlain(text, inFlow) ? text : undefined
  return style === 'single' ? singleQuoted(text, Math.max(indent, 0) + 2, lineBreak) : undefined
}

/** What a file breaks its lines with: the scalar's own way, else that of the first line. */
function lineBreakOf(source: string, { start, end }: TextRange): string {
  const found = /\r\n?|\n/.exec(source.slice(start, end)) ?? /\r\n?|\n/.exec(source)
  return found?.[0] ?? '\n'
}

/** Characters that only an escape can write: they are control characters, line breaks of YAML 1.1, or not seen. */
// A tab, in the text of a line, is none of them.
const ESCAPED_ONLY =
  /[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

/** Whether every character of a text can be written without an escape. */
export function isPrintable(text: string): boolean {
  return !ESCAPED_ONLY.test(text)
}

/** Every reader takes it as a text: what begins with a digit, a sign or an indicator is not among these. */
function isPlain(text: string, inFlow: boolean): boolean {
  return (
    /^[\p{L}_$(/<]/u.test(text) &&
    !/\s$|[\t\n]|:(?:\s|$)|\s#/.test(text) &&
    !(inFlow && /[,?[\]{}]|:/.test(text)) &&
    isPrintable(text) &&
    typeOfPlain(text) === 'str' &&
    !/^(?:y|n|Y|N)$/.test(text)
  )
}

/**
 * One line break becomes two, since one alone is a space. Undefined where that loses something: blanks beside a line
 * break, or characters that need an escape.
 */
function singleQuoted(text: string, indentation: number, lineBreak: string): string | undefined {
  if (!isPrintable(text) || /[ \t]\n|\n[ \t]/.test(text)) return undefined
  const lines = text.replaceAll("'", "''").replaceAll(/\n+/g, (breaks) => {
    return lineBreak.repeat(breaks.length + 1) + ' '.repeat(indentation)
  })
  return `'${lines}'`
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\u0000', '\\0'],
  ['\u0085', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
])

function doubleQuoted(text: string): string {
  let written = ''
  for (const character of text) {
    const isPlainCharacter = character !== '"' && character !== '\\' && character >= ' '
    if (isPlainCharacter && isPrintable(character)) written += character
    else written += SHORT_ESCAPES.get(character) ?? hexadecimal(character)
  }
  return `"${written}"`
}

function hexadecimal(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code <= 0xffff
    ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
    : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`
}

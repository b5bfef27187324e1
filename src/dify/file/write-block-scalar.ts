import type { YamlScalar } from './yaml-tree.js'

/** What a block scalar is written from. */
export interface BlockText {
  readonly text: string
  readonly scalar: YamlScalar
  readonly lineBreak: string
}

/** Characters that a block scalar cannot hold: those that need an escape, and other line breaks than a line feed. */
// The same as in write-scalar.ts, which imports this file.
const ESCAPED_ONLY =
  /[^\t\n\u0020-\u007e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u

/** An indicator of the indentation has one digit. */
const INDICATOR_MAX = 9

/**
 * A text as a literal or folded block scalar in place of another one: with its indentation, the comment of its first
 * line, and the empty lines behind it. Undefined if the text cannot be written so.
 *
 * @param raw the scalar as it is in the file, from `|` or `>` on
 */
export function blockScalar(
  raw: string,
  { text, scalar, lineBreak }: BlockText,
): string | undefined {
  if (scalar.inFlow || ESCAPED_ONLY.test(text) || !/[^\n]/.test(text)) return undefined
  let length = text.length
  while (text.charAt(length - 1) === '\n') length -= 1
  const body = text.slice(0, length)
  const endings = text.length - body.length
  const indentation = indentationOf(raw, scalar)
  const [, comment = ''] = /^[|>][-+\d]*([^\r\n]*)/.exec(raw) ?? []
  // Without it, the blanks that the text begins with would count as indentation.
  const needsIndicator = /^\n*[ \t]/.test(body)
  const digit = indentation - Math.max(scalar.indent, 0)
  if (needsIndicator && digit > INDICATOR_MAX) return undefined
  const chomping = endings === 0 ? '-' : endings === 1 ? '' : '+'
  const indicators = `${needsIndicator ? digit : ''}${chomping}`
  const header = `${scalar.style === 'literal' ? '|' : '>'}${indicators}${comment}`
  const lines = scalar.style === 'literal' ? body.split('\n') : foldedLines(body)
  const written = lines.map((line) => (line === '' ? '' : ' '.repeat(indentation) + line))
  return [header, ...written].join(lineBreak) + endOf(raw, endings, lineBreak)
}

/** That of the first line with text, if the scalar has one. */
function indentationOf(raw: string, { indent }: YamlScalar): number {
  const min = Math.max(indent, 0) + 1
  const header = /^[|>][-+]?([1-9])/.exec(raw)
  if (header !== null) return Math.max(indent, 0) + Number(header[1])
  const first = /[\r\n]( +)[^ \r\n]/.exec(raw)?.[1]?.length ?? 0
  return first >= min ? first : min + 1
}

/** Between two lines of text, one line break would be a space; beside lines that begin with a blank it stays. */
function foldedLines(body: string): string[] {
  const lines: string[] = []
  let [previous, empty]: [string | undefined, number] = [undefined, 0]
  for (const line of body.split('\n')) {
    if (line === '') empty += 1
    else {
      const isFolded = previous !== undefined && !/^[ \t]/.test(previous) && !/^[ \t]/.test(line)
      for (let count = empty + (isFolded ? 1 : 0); count > 0; count--) lines.push('')
      lines.push(line)
      previous = line
      empty = 0
    }
  }
  return lines
}

/** The empty lines behind the scalar stay, unless they would be part of the text. */
function endOf(raw: string, endings: number, lineBreak: string): string {
  if (endings > 1) return lineBreak.repeat(endings)
  const isKept = /^[|>]\d?\+/.test(raw)
  const behind = endOfBlock(raw)
  if (isKept || behind === '') return behind === '' && endings === 0 ? '' : lineBreak
  return behind
}

/** The last line break of a block scalar, with the empty lines behind it; '' at the end of a file without one. */
export function endOfBlock(raw: string): string {
  let at = raw.length
  while (at > 0 && ' \t\r\n'.includes(raw.charAt(at - 1))) at -= 1
  const blank = raw.slice(at)
  const first = blank.search(/[\r\n]/)
  return first === -1 ? '' : blank.slice(first)
}

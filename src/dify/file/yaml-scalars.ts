import { type Cursor, isBlankOrEnd, isBreak, YamlError } from './yaml-cursor.js'

/** How a scalar is written. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded'

/** A scalar as it was read. */
export interface ScannedScalar {
  readonly value: string
  readonly style: ScalarStyle
  readonly start: number
  /** Of a block scalar: behind the last line break that belongs to it. */
  readonly end: number
}

/** What of the surroundings decides where a scalar ends. */
export interface ScalarSurroundings {
  /** Column of the block collection around it; -1 at the top. */
  readonly indent: number
  readonly inFlow: boolean
  /** Called for what Dify's reader takes, but YAML 1.2 does not, or the other way round. */
  readonly onNote: (kind: 'under_indented' | 'tab', offset: number) => void
}

const SPACE = 0x20
const TAB = 0x09
const QUOTE = 0x27
const DOUBLE_QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const HASH = 0x23

/** Reads a scalar without quotes. The cursor is at its first character, which may begin one. */
export function scanPlain(cursor: Cursor, around: ScalarSurroundings): ScannedScalar {
  const start = cursor.index
  let [end, value, spaces] = [start, '', '']
  while (cursor.peek() !== HASH) {
    const length = plainLength(cursor, around.inFlow)
    if (length === 0) break
    value += spaces + cursor.text.slice(cursor.index, cursor.index + length)
    cursor.skip(length)
    end = cursor.index
    const next = plainSpaces(cursor, around)
    if (next === undefined || next === '') break
    spaces = next
    if (!around.inFlow && cursor.column <= around.indent) break
  }
  return { value, style: 'plain', start, end }
}

/** How many characters come before a blank, the end of a key, or an indicator of a flow collection. */
function plainLength(cursor: Cursor, inFlow: boolean): number {
  let length = 0
  for (;;) {
    const code = cursor.peek(length)
    if (isBlankOrEnd(code)) return length
    if (inFlow && isPlainEndInFlow(code)) return length
    if (code === COLON) {
      const next = cursor.peek(length + 1)
      if (isBlankOrEnd(next) || (inFlow && isFlowIndicator(next))) return length
    }
    length += 1
  }
}

/** `,` `[` `]` `{` `}` */
export function isFlowIndicator(code: number): boolean {
  return code === 0x2c || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d
}

/** Whether the name of an anchor or an alias goes on with this code. */
export function isNameCharacter(code: number): boolean {
  return !isBlankOrEnd(code) && !isFlowIndicator(code) && code !== COLON
}

function isPlainEndInFlow(code: number): boolean {
  return isFlowIndicator(code) || code === 0x3f
}

/** The blanks between two parts of a plain scalar, folded. Undefined where a document ends. */
function plainSpaces(cursor: Cursor, around: ScalarSurroundings): string | undefined {
  const start = cursor.index
  cursor.skipBlanks(true)
  const blanks = cursor.text.slice(start, cursor.index)
  if (blanks.includes('\t')) around.onNote('tab', start + blanks.indexOf('\t'))
  if (!isBreak(cursor.peek())) return blanks
  const first = cursor.takeBreak()
  if (cursor.isAtDocumentMark()) return undefined
  let breaks = ''
  for (;;) {
    cursor.skipBlanks(false)
    if (!isBreak(cursor.peek())) break
    breaks += cursor.takeBreak()
    if (cursor.isAtDocumentMark()) return undefined
  }
  return folded(first, breaks)
}

/** One line break is a space; of several, the first is dropped. Separators of lines and paragraphs stay. */
function folded(first: string, breaks: string): string {
  return (first === '\n' ? (breaks === '' ? ' ' : '') : first) + breaks
}

/** Reads a scalar in quotes. The cursor is at the opening one. Its other lines may begin in any column. */
export function scanQuoted(cursor: Cursor, surroundings: ScalarSurroundings): ScannedScalar {
  const start = cursor.index
  const around = notedOnce(surroundings)
  const double = cursor.peek() === DOUBLE_QUOTE
  cursor.skip(1)
  const parts: string[] = []
  for (;;) {
    const code = cursor.peek()
    if (code === -1) throw new YamlError('a text in quotes does not end', start)
    if (code === SPACE || code === TAB || isBreak(code)) {
      parts.push(quotedSpaces(cursor, around))
    } else if (code === (double ? DOUBLE_QUOTE : QUOTE)) {
      cursor.skip(1)
      if (double || cursor.peek() !== QUOTE) break
      parts.push("'")
      cursor.skip(1)
    } else if (double && code === BACKSLASH) parts.push(escaped(cursor, around))
    else parts.push(quotedRun(cursor))
  }
  return { value: parts.join(''), style: double ? 'double' : 'single', start, end: cursor.index }
}

/** One note for a text is enough. */
function notedOnce(around: ScalarSurroundings): ScalarSurroundings {
  let isNoted = false
  return {
    indent: around.indent,
    inFlow: around.inFlow,
    onNote: (kind, offset) => {
      if (!isNoted) around.onNote(kind, offset)
      isNoted = true
    },
  }
}

function quotedRun(cursor: Cursor): string {
  const start = cursor.index
  let code = cursor.peek()
  do {
    cursor.skip(1)
    code = cursor.peek()
  } while (!isBlankOrEnd(code) && code !== QUOTE && code !== DOUBLE_QUOTE && code !== BACKSLASH)
  return cursor.text.slice(start, cursor.index)
}

function quotedSpaces(cursor: Cursor, around: ScalarSurroundings): string {
  const start = cursor.index
  cursor.skipBlanks(true)
  if (!isBreak(cursor.peek())) return cursor.text.slice(start, cursor.index)
  const first = cursor.takeBreak()
  return folded(first, quotedBreaks(cursor, around))
}

/** Empty lines, and the indentation of the line behind them. */
function quotedBreaks(cursor: Cursor, around: ScalarSurroundings): string {
  let breaks = ''
  for (;;) {
    if (cursor.isAtDocumentMark())
      throw new YamlError('a document ends within a text in quotes', cursor.index)
    cursor.skipBlanks(true)
    if (!isBreak(cursor.peek())) break
    breaks += cursor.takeBreak()
  }
  if (cursor.column <= around.indent && cursor.peek() !== -1)
    around.onNote('under_indented', cursor.index)
  return breaks
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\u001b'],
  [' ', ' '],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
])
const HEXADECIMAL_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])

function escaped(cursor: Cursor, around: ScalarSurroundings): string {
  const start = cursor.index
  cursor.skip(1)
  if (isBreak(cursor.peek())) {
    cursor.takeBreak()
    return quotedBreaks(cursor, around)
  }
  const name = cursor.text.charAt(cursor.index)
  cursor.skip(1)
  const single = ESCAPES.get(name)
  if (single !== undefined) return single
  const digits = HEXADECIMAL_DIGITS.get(name)
  if (digits === undefined)
    throw new YamlError('an escape "\\" is followed by no known name', start)
  const written = cursor.text.slice(cursor.index, cursor.index + digits)
  const code = /^[0-9a-fA-F]+$/.test(written) ? Number.parseInt(written, 16) : Number.NaN
  if (written.length !== digits || !(code <= 0x10ffff))
    throw new YamlError(`an escape "\\${name}" needs ${digits} hexadecimal digits`, start)
  cursor.skip(digits)
  return String.fromCodePoint(code)
}

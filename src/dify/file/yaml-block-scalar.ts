import { type Cursor, isBreak, YamlError } from './yaml-cursor.js'
import type { ScalarSurroundings, ScannedScalar } from './yaml-scalars.js'

/** What happens to the line breaks at the end of a block scalar: one stays, none, or all. */
export type Chomping = 'clip' | 'strip' | 'keep'

/** The first line of a block scalar, such as `|2-`. */
export interface BlockHeader {
  readonly chomping: Chomping
  /** The written indentation, from 1 to 9; undefined if the first line with text decides. */
  readonly indentation: number | undefined
}

const SPACE = 0x20
const FOLDED = 0x3e

/** Reads a scalar that begins with `|` or `>`. The cursor is there. */
export function scanBlockScalar(cursor: Cursor, around: ScalarSurroundings): ScannedScalar {
  const start = cursor.index
  const isFolded = cursor.peek() === FOLDED
  cursor.skip(1)
  const { chomping, indentation } = scanHeader(cursor)
  endHeaderLine(cursor, around)
  const indentMin = Math.max(1, around.indent + 1)
  let empty: Empty
  let indent = indentMin
  if (indentation === undefined) {
    const found = firstIndentation(cursor)
    empty = found
    indent = Math.max(indentMin, found.indent)
  } else {
    indent = indentMin + indentation - 1
    empty = emptyLines(cursor, indent)
  }
  const lines = new BlockLines(isFolded)
  let end = empty.end ?? cursor.index
  while (cursor.column === indent && cursor.peek() !== -1) {
    lines.add(takeLine(cursor), empty.breaks)
    end = cursor.index
    lines.endsWith(cursor.takeBreak())
    end = cursor.index
    empty = emptyLines(cursor, indent)
    end = empty.end ?? end
  }
  return {
    value: lines.chomped(chomping, empty.breaks),
    style: isFolded ? 'folded' : 'literal',
    start,
    end,
  }
}

/** Puts the lines of a block scalar together. */
class BlockLines {
  readonly #folded: boolean
  readonly #parts: string[] = []
  #break = ''
  #isText = false

  constructor(isFolded: boolean) {
    this.#folded = isFolded
  }

  add(line: string, emptyBefore: string): void {
    const isText = !/^[ \t]/.test(line)
    // A fold joins two lines of text only: those that begin with a blank keep their breaks.
    if (this.#folded && this.#break === '\n' && this.#isText && isText) {
      if (emptyBefore === '') this.#parts.push(' ')
    } else this.#parts.push(this.#break)
    this.#parts.push(emptyBefore, line)
    this.#isText = isText
  }

  endsWith(lineBreak: string): void {
    this.#break = lineBreak
  }

  chomped(chomping: Chomping, emptyBehind: string): string {
    const text = this.#parts.join('')
    if (chomping === 'strip') return text
    return text + this.#break + (chomping === 'keep' ? emptyBehind : '')
  }
}

function takeLine(cursor: Cursor): string {
  const start = cursor.index
  while (cursor.peek() !== -1 && !isBreak(cursor.peek())) cursor.skip(1)
  return cursor.text.slice(start, cursor.index)
}

function scanHeader(cursor: Cursor): BlockHeader {
  let chomping: Chomping = 'clip'
  let indentation: number | undefined
  for (let seen = 0; seen < 2; seen++) {
    const character = cursor.text.charAt(cursor.index)
    if (chomping === 'clip' && (character === '+' || character === '-'))
      chomping = character === '+' ? 'keep' : 'strip'
    else if (indentation === undefined && /^[1-9]$/.test(character)) indentation = Number(character)
    else break
    cursor.skip(1)
  }
  return { chomping, indentation }
}

/** Behind the header there may be a comment. */
function endHeaderLine(cursor: Cursor, around: ScalarSurroundings): void {
  const start = cursor.index
  const blanks = cursor.skipBlanks(true)
  const tab = cursor.text.slice(start, cursor.index).indexOf('\t')
  if (tab >= 0) around.onNote('tab', start + tab)
  if (blanks > 0 && cursor.text.charAt(cursor.index) === '#') takeLine(cursor)
  if (cursor.peek() !== -1 && !isBreak(cursor.peek()))
    throw new YamlError('behind "|" or ">" there is something other than a comment', start)
  cursor.takeBreak()
}

/** Empty lines; `end` is behind the last of them, undefined if there are none. */
interface Empty {
  readonly breaks: string
  readonly end: number | undefined
}

/** The widest indentation of the empty lines and of the first line with text decides. */
function firstIndentation(cursor: Cursor): Empty & { readonly indent: number } {
  let [breaks, indent] = ['', 0]
  let end: number | undefined
  for (;;) {
    cursor.skipBlanks(false)
    indent = Math.max(indent, cursor.column)
    if (!isBreak(cursor.peek())) return { breaks, indent, end }
    breaks += cursor.takeBreak()
    end = cursor.index
  }
}

function emptyLines(cursor: Cursor, indent: number): Empty {
  let breaks = ''
  let end: number | undefined
  for (;;) {
    while (cursor.column < indent && cursor.peek() === SPACE) cursor.skip(1)
    if (!isBreak(cursor.peek())) return { breaks, end }
    breaks += cursor.takeBreak()
    end = cursor.index
  }
}

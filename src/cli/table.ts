import Table from 'cli-table3'
import type { Colors } from 'picocolors/types.js'
import { printable } from './printable.js'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Whether the other columns are made narrower first: a time in two lines cannot be copied. */
  readonly whole?: boolean
}

/** Before the second and later lines of a sentence. */
const INDENT = '  '
/** The borders and the padding that one column costs. */
const COLUMN_EXTRA = 3
const COLUMN_MIN = 8
/** The table library compares each row with all others, and passes its rows as arguments of a call. */
const ROWS_AT_ONCE = 256

/**
 * A table of texts that is at most `width` columns wide: longer texts are wrapped, never cut, because half an id is
 * useless. The widest columns shrink first.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  options: { readonly width: number; readonly colors: Colors },
): string {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))))
  const widths = fitWidths(columns, cells, options.width)
  const lines: string[] = []
  for (let at = 0; at === 0 || at < cells.length; at += ROWS_AT_ONCE) {
    const table = new Table({
      head:
        at > 0
          ? []
          : columns.map(({ title }, index) => options.colors.bold(wrap(title, widths[index]))),
      colWidths: widths.map((width) => width + COLUMN_EXTRA - 1),
      colAligns: columns.map(({ align }) => align ?? 'left'),
      style: { head: [], border: [], compact: true },
    })
    for (const row of cells.slice(at, at + ROWS_AT_ONCE))
      table.push(row.map((cell, index) => wrap(cell, widths[index])))
    // The lower border of one part and the upper border of the next do not belong to the whole table.
    if (at > 0) lines.pop()
    const part = table.toString().split('\n')
    for (const line of at > 0 ? part.slice(1) : part) lines.push(line)
  }
  return lines.join('\n')
}

function fitWidths(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  total: number,
): readonly number[] {
  const widths = columns.map(({ title }, index) =>
    cells.reduce(
      (widest, row) => Math.max(widest, displayWidth(row[index] ?? '')),
      displayWidth(title),
    ),
  )
  const available = total - columns.length * COLUMN_EXTRA - 1
  let excess = sum(widths) - available
  for (const isShrunk of [(column: Column) => column.whole !== true, () => true])
    for (; excess > 0; excess--) {
      const widest = widestOf(columns, widths, isShrunk)
      const width = widths[widest] ?? 0
      if (width <= COLUMN_MIN) break
      widths[widest] = width - 1
    }
  return widths
}

/** The place of the widest column among those that may shrink; -1 for none. */
function widestOf(
  columns: readonly Column[],
  widths: readonly number[],
  isShrunk: (column: Column) => boolean,
): number {
  let widest = -1
  for (const [at, column] of columns.entries())
    if (isShrunk(column) && (widths[at] ?? 0) > (widths[widest] ?? 0)) widest = at
  return widest
}

function wrap(text: string, width: number | undefined): string {
  return wrapText(text, Math.max(width ?? COLUMN_MIN, 2)).join('\n')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Characters that take two columns: CJK, kana, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Characters that take none: combining marks and formatting. */
const NARROWLESS = /[\p{Mn}\p{Me}\p{Cf}]/u

/** How many terminal columns a text without control characters takes. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Breaks a text into lines of at most `width` columns: after a blank, else anywhere, since ids have no blanks. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const character of text) {
    const next = characterWidth(character)
    if (used + next > width && line !== '') {
      const end = character === ' ' ? line.length : line.lastIndexOf(' ') + 1 || line.length
      lines.push(line.slice(0, end).trimEnd())
      line = line.slice(end)
      used = displayWidth(line)
      // The blank at which the line is broken is not shown.
      if (character === ' ' && line === '') continue
    }
    line += character
    used += next
  }
  return [...lines, line]
}

/**
 * Breaks a text after blanks into lines of at most `width` columns; the second and later lines are indented. A word that
 * is longer, such as a path, stays whole, so that it can be copied.
 */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line.trim() !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = `${INDENT}${word}`
    } else line = longer
  }
  return [...lines, line]
}

function characterWidth(character: string): number {
  if (WIDE.test(character)) return 2
  return NARROWLESS.test(character) ? 0 : 1
}

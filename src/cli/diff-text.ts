import type { Colors } from 'picocolors/types.js'
import type { FieldChange, TextChange } from '../versions/registry/diff.js'
import { linesOf as linesWithEnds } from '../versions/registry/word-diff.js'
import { printableContent, printableJson } from './printable.js'

/** What the display of a difference needs of a DocumentDiff. */
interface Difference {
  readonly texts: readonly TextChange[]
  readonly fields: readonly FieldChange[]
}

/**
 * A difference for people: texts by lines, everything else by paths. In colours the changed words are in the line, what
 * was removed in red and what was added in green; without them the old line begins with `-` and the new one with `+`.
 */
export function diffText({ texts, fields }: Difference, colors: Colors): string {
  const display = colors.isColorSupported ? inWords : inLines
  return [
    ...texts.flatMap((change) => [
      colors.bold(path(change.path)),
      ...shortened(display(change, colors)),
    ]),
    ...fields.map((change) => fieldText(change, colors)),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

/** A line of a text that changed. */
interface Line {
  readonly text: string
  readonly isChanged: boolean
}

/** How many equal lines are shown before and after a changed one. */
const CONTEXT_LINES = 3

/** Leaves out lines that are far from any change. */
function shortened(lines: readonly Line[]): readonly string[] {
  const shown = new Set<number>()
  for (const [at, { isChanged }] of lines.entries())
    for (let near = at - CONTEXT_LINES; isChanged && near <= at + CONTEXT_LINES; near++)
      shown.add(near)
  return lines.flatMap(({ text }, at) => {
    if (shown.has(at)) return [text]
    return at === 0 || shown.has(at - 1) ? [' …'] : []
  })
}

function inWords({ parts }: TextChange, { red, green, strikethrough }: Colors): readonly Line[] {
  const styles = { same: String, removed: (text: string) => red(strikethrough(text)), added: green }
  const lines: Line[] = []
  let [text, isChanged] = ['', false]
  const end = (): void => {
    lines.push({ text: ` ${text}`, isChanged })
    ;[text, isChanged] = ['', false]
  }
  for (const { kind, text: part } of parts)
    for (const [at, piece] of printableContent(part).split('\n').entries()) {
      if (at > 0) end()
      if (piece !== '') text += styles[kind](piece)
      // A changed line end is a change of both lines, also of an empty one.
      if (kind !== 'same') isChanged = true
    }
  if (text !== '') end()
  return lines
}

function inLines({ parts }: TextChange): readonly Line[] {
  const blocks: (readonly Line[])[] = []
  let [before, after] = ['', '']
  const end = (): void => {
    if (before === after) blocks.push(linesOf(before, ' '))
    else blocks.push(linesOf(before, '-'), linesOf(after, '+'))
    ;[before, after] = ['', '']
  }
  for (const { kind, text } of parts) {
    if (kind === 'same') {
      if (isEnded(before) && isEnded(after)) end()
      for (const piece of linesWithEnds(text)) {
        before += piece
        after += piece
        if (piece.endsWith('\n')) end()
      }
    } else if (kind === 'removed') before += text
    else after += text
  }
  end()
  return blocks.flat()
}

function isEnded(text: string): boolean {
  return text === '' || text.endsWith('\n')
}

function linesOf(text: string, mark: ' ' | '-' | '+'): readonly Line[] {
  const isChanged = mark !== ' '
  return linesWithEnds(text).flatMap((piece) => {
    const isWhole = piece.endsWith('\n')
    const line = { text: mark + printableContent(isWhole ? piece.slice(0, -1) : piece), isChanged }
    // Otherwise two lines that differ in this alone would look the same.
    return isWhole ? [line] : [line, { text: '\\ No line end', isChanged }]
  })
}

function fieldText(change: FieldChange, { red, green, bold }: Colors): string {
  const name = bold(path(change.path))
  switch (change.kind) {
    case 'added':
      return `${name} added: ${green(printableJson(change.after, 0))}`
    case 'removed':
      return `${name} removed: ${red(printableJson(change.before, 0))}`
    case 'changed':
      return `${name}: ${red(printableJson(change.before, 0))} -> ${green(printableJson(change.after, 0))}`
    case 'moved':
      return `${name} moved from ${path(change.from)}`
  }
}

/** The path of the whole prompt is empty. */
function path(pointer: string): string {
  return pointer === '' ? '/' : printableContent(pointer)
}

import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { indentedCode } from './indented-code.js'

/** What a protected part is. `statement` is `{% … %}`; `inline_code` is between backticks; `json` an example of data. */
export type ProtectedKind =
  'placeholder' | 'statement' | 'code' | 'inline_code' | 'url' | 'tag' | 'json'

/** A part of a text that no rewriting may change. */
export interface ProtectedRange {
  readonly kind: ProtectedKind
  /** Offsets in UTF-16 units; `end` is behind the last one. */
  readonly start: number
  readonly end: number
}

/**
 * The parts of a text that a rewriting must keep as they are, ordered by their start. They may overlap: a placeholder
 * within a block of code is in the list by itself, too, since Dify fills it there as well. Linear in the text's length.
 *
 * Placeholders are: everything between double braces, in any spelling, and an unpaired pair of braces; `{name}`,
 * `$name`, `${name}`, `%s`, `%(name)s`, `<%= name %>`, `[NAME]`; names in full-width braces, which look like placeholders
 * and are none.
 */
export function protectedRanges(text: string, syntax: TextSyntax): readonly ProtectedRange[] {
  const placeholders = placeholderRanges(text, syntax)
  const fences = fenceRanges(text)
  const comments = commentRanges(masked(text, fences))
  const unfenced = masked(text, [...fences, ...comments])
  const indented = indentedCode(unfenced)
  const outside = masked(unfenced, indented)
  const inline = matches(outside, INLINE_CODE, 'inline_code')
  const unfilled = masked(outside, [...placeholders, ...inline])
  return [
    ...placeholders,
    ...fences,
    ...comments,
    ...indented,
    ...inline,
    ...matches(unfilled, TAG, 'tag'),
    ...urlRanges(text),
    ...jsonRanges(unfilled),
  ].sort((left, right) => left.start - right.start || right.end - left.end)
}

/** The text with each unit of the ranges replaced by a blank, line ends kept: what is left is prose. */
export function masked(text: string, ranges: readonly ProtectedRange[]): string {
  let result = ''
  let at = 0
  for (const { start, end } of [...ranges].sort((left, right) => left.start - right.start)) {
    if (end <= at) continue
    const from = Math.max(start, at)
    result += text.slice(at, from) + text.slice(from, end).replace(/[^\n]/g, ' ')
    at = end
  }
  return result + text.slice(at)
}

const INLINE_CODE = /(?<!`)(`{1,2})(?!`)[^`\n]{1,20000}\1(?!`)/g
/** Names of tags may be of any script: `<用户输入>` is common in prompts. `<|name|>` marks the parts of a chat. */
const TAG = /<[/?!]?[\p{L}_][^<>\n]{0,20000}>|<\|[^|<>\n]{1,100}\|>/gu
const SINGLE_BRACES =
  /\$\{[^{}\n]{1,2000}\}|(?<![{$])\{[ \t]{0,8}(?:[\p{L}_][\p{L}\p{M}\p{N}_.[\]-]{0,63}|\d{1,2})(?:![ars])?(?::[<>=^+,.%\da-z]{1,12})?[ \t]{0,8}\}(?!\})|%\([A-Za-z_]\w{0,63}\)[sdfr]|｛{1,2}[^｛｝\n]{1,100}｝{1,2}/gu
/**
 * Names of shells, formats of C, tags of ERB and EJS, words in capitals between brackets. A percentage, a price, a check
 * box, a footnote and the text of a link are none of them.
 */
const NAMES =
  /(?<![\w$\\])\$[A-Za-z_]\w{0,63}|(?<![\d%])%(?:\d{1,2}\$)?[-+#0]?\d{0,3}(?:\.\d{1,2})?[sdifgxr](?![\p{L}\p{N}])|<%[^%>\n]{1,2000}%>|\[[A-Z](?:[A-Z\d]|[_ -](?=[A-Z\d])){1,40}\](?!\()/gu
/**
 * Addresses may lack their scheme if they have a path. The end of one in Chinese or Japanese is where its letters begin,
 * since no blank is there.
 */
const URL =
  /\b(?:(?:https?|ftp|wss?|file):\/\/|mailto:|www\.)[^\s<>"'`，。；、（）【】「」\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]{1,2000}|(?<=\]\()[^()\s]{1,500}(?=[)\s])|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}|(?<![\w.@/-])(?:[a-z\d-]{1,63}\.){1,5}[a-z]{2,24}(?::\d{1,5})?\/[\w%#?&=/.~+-]{1,2000}/giu

function placeholderRanges(text: string, syntax: TextSyntax): readonly ProtectedRange[] {
  const outputs = pairs(text, '{{', '}}', 'placeholder')
  const statements = pairs(masked(text, outputs), '{%', '%}', 'statement')
  const rest = masked(text, [...outputs, ...statements])
  // In the other syntaxes, `{#` is text.
  const comments = syntax === 'jinja2' ? pairs(rest, '{#', '#}', 'statement') : []
  const open = masked(rest, comments)
  const single = matches(open, SINGLE_BRACES, 'placeholder')
  const names = matches(masked(open, single), NAMES, 'placeholder')
  return [...outputs, ...statements, ...comments, ...single, ...names]
}

/** Each closing mark with the nearest opening one before it; marks without a partner are ranges of their own. */
function pairs(text: string, open: string, close: string, kind: ProtectedKind): ProtectedRange[] {
  const found: ProtectedRange[] = []
  const range = (start: number, end: number): void => void found.push({ kind, start, end })
  const strays = (start: number, end: number): void => {
    for (let at = text.indexOf(open, start); at >= 0 && at + open.length <= end;) {
      range(at, at + open.length)
      at = text.indexOf(open, at + open.length)
    }
  }
  let from = 0
  for (;;) {
    const closing = text.indexOf(close, from)
    if (closing < 0) break
    const opening = text.slice(from, closing).lastIndexOf(open)
    strays(from, opening < 0 ? closing : from + opening)
    const end = closing + close.length
    range(opening < 0 ? closing : from + opening, end)
    from = end
  }
  strays(from, text.length)
  return found
}

/** Comments of HTML, of any length. A mark that nothing closes is a range of its own. */
function commentRanges(text: string): readonly ProtectedRange[] {
  const found: ProtectedRange[] = []
  let closing = 0
  for (let start = text.indexOf('<!--'); start >= 0; start = text.indexOf('<!--', start + 4)) {
    const last = found.at(-1)
    if (last !== undefined && start < last.end) continue
    if (closing >= 0) closing = text.indexOf('-->', start + 4)
    found.push({ kind: 'tag', start, end: closing < 0 ? start + 4 : closing + 3 })
  }
  return found
}

/** Blocks between fences, fences included. One that is not closed goes on to the end, as Markdown reads it. */
function fenceRanges(text: string): readonly ProtectedRange[] {
  const found: ProtectedRange[] = []
  let opened: { readonly start: number; readonly fence: string } | undefined
  for (const { 0: line, 1: fence = '', 2: rest = '', index } of text.matchAll(FENCE)) {
    const start = index + line.indexOf(fence)
    if (opened === undefined) opened = { start, fence }
    else if (closes(opened.fence, fence, rest)) {
      found.push({ kind: 'code', start: opened.start, end: start + fence.length })
      opened = undefined
    }
  }
  if (opened !== undefined) found.push({ kind: 'code', start: opened.start, end: text.length })
  return found
}

/** In quotations and in items of lists, too. */
const FENCE =
  /^[ \t]{0,40}(?:(?:>|[-*+]|\d{1,3}[.)])[ \t]{0,8}){0,4}(`{3,200}|~{3,200})(?![`~])([^\n]*)$/gm

function closes(opening: string, fence: string, rest: string): boolean {
  return fence[0] === opening[0] && fence.length >= opening.length && rest.trim() === ''
}

function urlRanges(text: string): readonly ProtectedRange[] {
  return matches(text, URL, 'url').map(({ kind, start, end }) => {
    // The braces of a placeholder belong to the address that it completes.
    const isFilled = text.startsWith('}}', end - 2)
    let last = end
    while (!isFilled && last > start && isBehind(text.slice(start, last))) last--
    return { kind, start, end: last }
  })
}

const TRAILING = new Set('.,;:!?)]}*')

/** Whether the last character belongs to the sentence. A bracket that was opened in the address belongs to that. */
function isBehind(address: string): boolean {
  const last = address.at(-1) ?? ''
  if (last !== ')') return TRAILING.has(last)
  return address.split('(').length < address.split(')').length
}

/** Objects, and lists of objects, texts or numbers: as JSON, Python or JavaScript write them. */
function jsonRanges(text: string): readonly ProtectedRange[] {
  const ends = bracketPairs(text)
  const found: ProtectedRange[] = []
  let covered = 0
  for (const { index: start } of text.matchAll(JSON_START)) {
    const end = ends.get(start)
    if (start < covered || end === undefined) continue
    found.push({ kind: 'json', start, end: end + 1 })
    covered = end + 1
  }
  return found
}

const JSON_START =
  /\{(?=\s{0,200}(?:["']|[A-Za-z_$][\w$]{0,64}[ \t]{0,8}:[ \t\n]))|\[(?=\s{0,200}(?:[{"']|-?\d{1,20}(?:\.\d{1,20})?[ \t]{0,8},))/g

function bracketPairs(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  const open: number[] = []
  for (const { 0: bracket, index } of text.matchAll(/[{}[\]]/g)) {
    if (bracket === '{' || bracket === '[') open.push(index)
    else if (text[open.at(-1) ?? -1] === (bracket === '}' ? '{' : '['))
      ends.set(open.pop() ?? 0, index)
  }
  return ends
}

function matches(text: string, pattern: RegExp, kind: ProtectedKind): ProtectedRange[] {
  return Array.from(text.matchAll(pattern), ({ 0: part, index }) => ({
    kind,
    start: index,
    end: index + part.length,
  }))
}

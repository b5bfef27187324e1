import type { ProtectedRange } from './protected-ranges.js'

/** What code has and prose mostly does not: marks of programs, and words that lines of code begin with. */
const CODE_SIGN =
  /[;{}=|\\$]|\w\(|::|->|^[ \t]{0,40}(?:[#>/]|(?:def|class|import|from|return|if|for|while|const|let|var|function|SELECT|INSERT|UPDATE|npm|npx|pip|curl|git|cd|sudo|echo|docker) )/
const INDENTED = /^(?: {4}|\t)/
const ITEM = /^[ \t]{0,40}(?:[-*+•·]|\(?\d{1,3}[.)、）])[ \t]*\S/

/**
 * Blocks of code that are marked by their indentation alone, as Markdown has them: lines that begin with four blanks or
 * a tab, behind an empty line. What belongs to the item of a list is not code, and neither are indented sentences: a
 * block has at least one line with a sign of code, and the text has lines that are not indented.
 *
 * @param text without what is between fences
 */
export function indentedCode(text: string): readonly ProtectedRange[] {
  const lines = linesIn(text)
  if (lines.every(({ line }) => line.trim() === '' || INDENTED.test(line))) return []
  const found: ProtectedRange[] = []
  for (let at = 0; at < lines.length; at++) {
    const last = beginsAt(lines, at) ? endOfBlock(lines, at) : undefined
    if (last === undefined) continue
    const block = lines.slice(at, last + 1)
    const [first, end] = [block[0], block.at(-1)]
    if (first !== undefined && end !== undefined && block.some(({ line }) => CODE_SIGN.test(line)))
      found.push({ kind: 'code', start: first.start, end: end.start + end.line.trimEnd().length })
    at = last
  }
  return found
}

interface Line {
  readonly start: number
  readonly line: string
  /** The last line above it with a text and without indentation. */
  readonly above: string
}

function linesIn(text: string): readonly Line[] {
  let [start, above] = [0, '']
  return text.split('\n').map((line) => {
    const made = { start, line, above }
    start += line.length + 1
    if (line.trim() !== '' && !INDENTED.test(line)) above = line
    return made
  })
}

/** Behind an empty line, or at the start; an indented line below an item goes on with it. */
function beginsAt(lines: readonly Line[], at: number): boolean {
  const [before, { line = '', above = '' } = {}] = [lines[at - 1], lines[at]]
  const isIndented = INDENTED.test(line) && line.trim() !== ''
  const isApart = before === undefined || before.line.trim() === ''
  return isIndented && isApart && !ITEM.test(line) && !ITEM.test(above)
}

/** The last line of the block: empty lines within it belong to it. */
function endOfBlock(lines: readonly Line[], first: number): number {
  let last = first
  for (let at = first + 1; at < lines.length; at++) {
    const { line = '' } = lines[at] ?? {}
    if (line.trim() === '') continue
    if (!INDENTED.test(line)) break
    last = at
  }
  return last
}

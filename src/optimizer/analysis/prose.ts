/** A text without what is not prose. */
export interface Prose {
  /** The prose; code, placeholders, addresses, tags and examples of JSON are replaced by a blank or a line break. */
  readonly text: string
  /** Lines, headers and lists are those of this: the text without code blocks and examples. */
  readonly outline: string
  /** Code blocks and examples of JSON. */
  readonly examples: number
  /** `{{…}}` and, in Jinja2, `{% … %}`. */
  readonly placeholders: number
}

/**
 * Separates the prose of a prompt from its code blocks, inline code, placeholders, addresses, tags and examples of JSON:
 * none of them is language, and no rule about words applies to them. Takes a time that grows with the text only.
 */
export function proseOf(text: string): Prose {
  const { outline, examples } = withoutBlocks(text)
  let placeholders = 0
  const words = outline
    .replace(PLACEHOLDER, () => {
      placeholders++
      return ' '
    })
    .replace(URL, ' ')
    .replace(INLINE_CODE, ' ')
    .replace(TAG, ' ')
  return { text: words, outline, examples, placeholders }
}

/** Dify's references and names, expressions and statements of Jinja2, its comments. None spans braces. */
const PLACEHOLDER = /\{\{[^{}]{0,500}\}\}|\{%[^{}%]{0,500}%\}/g
const URL = /\bhttps?:\/\/[^\s<>"'`)\]，。；）】]+/g
const INLINE_CODE = /`[^`\n]{1,200}`/g
const TAG = /<\/?[A-Za-z][\w.:-]{0,60}(?: [^<>\n]{0,200})?\/?>/g
const FENCE = /^[ \t]{0,12}(?:`{3,}|~{3,})/

interface Blocks {
  readonly outline: string
  readonly examples: number
}

/**
 * Removes fenced code, and lines from one that opens a JSON object or list to the one that closes it. Where nothing is
 * left, the author has put the whole prompt into a fence: only the fences are removed.
 */
function withoutBlocks(text: string): Blocks {
  const lines = text.split(/\r?\n/)
  const kept: string[] = []
  let examples = 0
  const marks = marksOf(lines)
  for (let at = 0; at < lines.length; at++) {
    const end = endOfBlock(lines, marks, at)
    if (end === undefined) {
      kept.push(lines[at] ?? '')
      continue
    }
    examples++
    at = end
  }
  if (kept.some((line) => HAS_WORD.test(line))) return { outline: kept.join('\n'), examples }
  const inside = lines.filter((line) => !FENCE.test(line))
  return inside.some((line) => HAS_WORD.test(line))
    ? { outline: inside.join('\n'), examples: 0 }
    : { outline: '', examples }
}

const HAS_WORD = /[\p{L}\p{Nd}]/u

/** How many brackets a line opens less those that it closes, and how many quotes it has. */
interface Marks {
  readonly depth: number
  readonly quotes: number
}

function marksOf(lines: readonly string[]): readonly Marks[] {
  return lines.map((line) => ({
    depth: count(line, '{') + count(line, '[') - count(line, '}') - count(line, ']'),
    quotes: count(line, '"'),
  }))
}

/** The last line of the block that begins at a line. */
function endOfBlock(
  lines: readonly string[],
  marks: readonly Marks[],
  start: number,
): number | undefined {
  return FENCE.test(lines[start] ?? '') ? endOfFence(lines, start) : endOfJson(lines, marks, start)
}

/** A fence that is never closed ends with the text, as in Markdown. */
function endOfFence(lines: readonly string[], start: number): number {
  const mark =
    FENCE.exec(lines[start] ?? '')?.[0]
      .trim()
      .slice(0, 3) ?? '```'
  for (let at = start + 1; at < lines.length; at++)
    if (lines[at]?.trimStart().startsWith(mark) === true) return at
  return lines.length - 1
}

/** Longer examples are read as prose, so that text without a closing bracket is not searched again for each line. */
const JSON_LINES_MAX = 200

function endOfJson(
  lines: readonly string[],
  marks: readonly Marks[],
  start: number,
): number | undefined {
  const first = (lines[start] ?? '').trim()
  if (!/^(?:\{(?![{%#])|\[(?=$|[{["\]]))/.test(first)) return undefined
  let depth = 0
  let quotes = 0
  for (let at = start; at < Math.min(lines.length, start + JSON_LINES_MAX); at++) {
    depth += marks[at]?.depth ?? 0
    quotes += marks[at]?.quotes ?? 0
    if (depth <= 0) return quotes > 0 ? at : undefined
  }
  return undefined
}

function count(line: string, mark: string): number {
  let found = 0
  for (let at = line.indexOf(mark); at !== -1; at = line.indexOf(mark, at + 1)) found++
  return found
}

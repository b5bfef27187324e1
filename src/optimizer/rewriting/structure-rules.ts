import { HEADINGS, SAYS_OUTPUT } from './headings.js'
import { hasHeading, HEADING, isInside, linesOf, weightOf, type Prose } from './prose.js'
import type { RewritingRule } from './rewriting-rule.js'
import { LIST_ITEM } from './protected-parts.js'
import type { TextEdit } from './text-edit.js'

/** A text with fewer letters than this is not divided into parts. */
const PARTS_FROM = 60

/** Give the text parts that can be seen: steps as a list, a heading, an expected output, air around headings. */
export const STRUCTURE_RULES: readonly RewritingRule[] = [
  {
    id: 'structure-steps',
    description: 'Sentences that are steps became a numbered list',
    edits: steps,
  },
  {
    id: 'structure-parts',
    description: 'The text became a part with a heading, and what is expected another one',
    edits: parts,
  },
  {
    id: 'structure-headings',
    description: 'A heading got an empty line before it',
    edits: emptyLines,
  },
]

/** Sentences that begin with one of these follow each other in time. The words stay. */
const STEP =
  /(?:^|(?<=[.!?] )|(?<=[。！？]))(?:first|firstly|second|secondly|third|thirdly|then|next|finally|after that|lastly)\b|(?:^|(?<=[。！？；]))(?:首先|第一步?|第二步?|第三步?|其次|然后|接着|再次|最后)[，,、：: ]?/gimu
/** With fewer, the words may say something else. */
const STEPS_MIN = 3

/** Steps within one line of prose, where the text has no numbered list yet. */
function steps(prose: Prose): readonly TextEdit[] {
  if (/^[ \t]{0,40}\d{1,3}[.)、]/m.test(prose.visible)) return []
  return Array.from(linesOf(prose.unquoted)).flatMap(({ start, line }) => {
    const found = Array.from(line.matchAll(STEP))
    const isItem = Array.from(line.matchAll(LIST_ITEM)).length > 0 || HEADING.test(line)
    if (found.length < STEPS_MIN || isItem) return []
    return found.flatMap(({ index }, at) => {
      const before = start + index - (line[index - 1] === ' ' ? 1 : 0)
      const newLine = index === 0 ? '' : '\n'
      const edit = { start: before, end: start + index, after: `${newLine}${at + 1}. ` }
      return isInside(prose, before) ? [] : [edit]
    })
  })
}

function parts(prose: Prose): readonly TextEdit[] {
  if (prose.language === undefined || hasHeading(prose) || weightOf(prose) <= PARTS_FROM) return []
  const { task, output, outputText } = HEADINGS[prose.language]
  const { text } = prose
  const isSaid = SAYS_OUTPUT.test(prose.visible)
  const end = text.trimEnd().length
  // A block of code that is not closed goes on to the end: nothing can follow it.
  const isOpen = prose.ranges.some(({ kind, end: last }) => kind === 'code' && last === text.length)
  return [
    { start: 0, end: 0, after: `# ${task}\n\n` },
    ...(isSaid || isOpen ? [] : [{ start: end, end, after: `\n\n# ${output}\n\n${outputText}` }]),
  ]
}

function emptyLines(prose: Prose): readonly TextEdit[] {
  const lines = Array.from(linesOf(prose.visible))
  return lines.flatMap(({ start, line }, index) => {
    const above = lines[index - 1]?.line.trim() ?? ''
    const isCrowded = HEADING.test(line) && above !== '' && !isInside(prose, start)
    return isCrowded ? [{ start, end: start, after: '\n' }] : []
  })
}

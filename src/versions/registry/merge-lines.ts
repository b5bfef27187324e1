import { mergeSequences, type Range } from './merge-sequences.js'
import { linesOf } from './word-diff.js'

/** Lines that both sides changed, each otherwise. */
export interface TextConflict {
  readonly base: string
  readonly ours: string
  readonly theirs: string
}

/**
 * Merges two changed texts over the one that both began with, line by line, as `git merge-file` does: changes of
 * neighbouring lines are a conflict, too. Ends of lines belong to their lines.
 *
 * @returns the merged text, with the lines of the base at conflicts
 */
export async function mergeLines(
  base: string,
  ours: string,
  theirs: string,
): Promise<{ readonly merged: string; readonly conflicts: readonly TextConflict[] }> {
  const lines = { base: linesOf(base), ours: linesOf(ours), theirs: linesOf(theirs) }
  const conflicts: TextConflict[] = []
  const merged: string[] = []
  const textOf = (side: keyof typeof lines, range: Range): string =>
    lines[side].slice(...range).join('')
  for (const part of await mergeSequences(lines.base, lines.ours, lines.theirs)) {
    if (part.kind === 'merged') {
      merged.push(part.items.join(''))
      continue
    }
    const conflict = {
      base: textOf('base', part.base),
      ours: textOf('ours', part.ours),
      theirs: textOf('theirs', part.theirs),
    }
    merged.push(conflict.base)
    conflicts.push(conflict)
  }
  return { merged: merged.join(''), conflicts }
}

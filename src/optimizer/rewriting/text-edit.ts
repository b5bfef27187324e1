import type { OptimizationChange } from '../../versions/prompts/prompt-version.js'

/** One change of a text: what is between two offsets becomes `after`. An insertion has equal offsets. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly after: string
}

/** The text with all edits, which must not overlap and are ordered by their start. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = ''
  let at = 0
  for (const { start, end, after } of edits) {
    result += text.slice(at, start) + after
    at = end
  }
  return result + text.slice(at)
}

/** Edits in order of their start, without those that overlap an earlier one or change nothing. */
export function orderedEdits(text: string, edits: readonly TextEdit[]): readonly TextEdit[] {
  const ordered = edits
    .filter(({ start, end, after }) => text.slice(start, end) !== after)
    .toSorted((left, right) => left.start - right.start || left.end - right.end)
  let free = 0
  return ordered.filter(({ start, end }) => {
    const fits = start >= free
    if (fits) free = Math.max(end, start + 1)
    return fits
  })
}

/** What a rule has changed, for the record: its places are those of the first text, before all stages. */
export function changesOf(
  rule: { readonly id: string; readonly description: string },
  text: string,
  edits: readonly TextEdit[],
  stages: readonly (readonly TextEdit[])[],
): readonly OptimizationChange[] {
  return edits.map(({ start, end, after }) => ({
    rule_id: rule.id,
    description: rule.description,
    location: [originOf(start, stages), originOf(end, stages)] as const,
    before: text.slice(start, end),
    after,
  }))
}

/** Where an offset was before the stages of edits; within a replaced part, the start of that part. */
function originOf(offset: number, stages: readonly (readonly TextEdit[])[]): number {
  let at = offset
  for (const edits of stages.toReversed()) {
    let shift = 0
    for (const { start, end, after } of edits) {
      if (start + shift > at) break
      if (at < start + shift + after.length) {
        at = start + shift
        break
      }
      shift += after.length - (end - start)
    }
    at -= shift
  }
  return at
}

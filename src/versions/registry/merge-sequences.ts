import { hunksBetween, type Hunk } from './sequence-diff.js'

/** A part of a three-way merge of lists, in order. */
export type MergedPart =
  /** Items of the result. */
  | { readonly kind: 'merged'; readonly items: readonly string[] }
  /** Both sides changed the same part, each otherwise: ranges `[from, to)` of the three lists. */
  | {
      readonly kind: 'conflict'
      readonly base: Range
      readonly ours: Range
      readonly theirs: Range
    }

export type Range = readonly [from: number, to: number]

/**
 * Merges two changed lists of texts over the one that both began with, as `git merge-file` merges lines: a part that
 * one side changed is taken from it, one that both changed in the same way is taken once, and parts that overlap or
 * touch are a conflict.
 */
export async function mergeSequences(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): Promise<readonly MergedPart[]> {
  const changes = {
    ours: await hunksBetween(base, ours),
    theirs: await hunksBetween(base, theirs),
  }
  const parts: MergedPart[] = []
  const shift = { ours: 0, theirs: 0 }
  let at = 0
  for (const region of regionsOf(changes.ours, changes.theirs)) {
    const mine = rangeIn(region, region.ours, shift.ours)
    const other = rangeIn(region, region.theirs, shift.theirs)
    parts.push({ kind: 'merged', items: base.slice(at, region.from) })
    parts.push(resolve(region, { base, ours, theirs }, mine, other))
    shift.ours = mine[1] - region.to
    shift.theirs = other[1] - region.to
    at = region.to
  }
  parts.push({ kind: 'merged', items: base.slice(at) })
  return parts
}

/** A part `[from, to)` of the base that a side changed, and the hunks of each side in it. */
interface Region {
  from: number
  to: number
  readonly ours: Hunk[]
  readonly theirs: Hunk[]
}

interface Lists {
  readonly base: readonly string[]
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

/** Joins hunks that overlap or touch. Those of one side never touch. */
function regionsOf(ours: readonly Hunk[], theirs: readonly Hunk[]): readonly Region[] {
  const tagged = [
    ...ours.map((hunk) => ({ hunk, isOurs: true })),
    ...theirs.map((hunk) => ({ hunk, isOurs: false })),
  ].sort((left, right) => left.hunk.from - right.hunk.from || left.hunk.to - right.hunk.to)
  const regions: Region[] = []
  for (const { hunk, isOurs } of tagged) {
    let region = regions.at(-1)
    if (region === undefined || hunk.from > region.to) {
      region = { from: hunk.from, to: hunk.to, ours: [], theirs: [] }
      regions.push(region)
    }
    region.to = Math.max(region.to, hunk.to)
    ;(isOurs ? region.ours : region.theirs).push(hunk)
  }
  return regions
}

/** Where a region is in a changed list. `shift` is how far the list is ahead of the base before it. */
function rangeIn(region: Region, hunks: readonly Hunk[], shift: number): Range {
  const [first, last] = [hunks[0], hunks.at(-1)]
  if (first === undefined || last === undefined) return [region.from + shift, region.to + shift]
  return [first.otherFrom - (first.from - region.from), last.otherTo + (region.to - last.to)]
}

function resolve(region: Region, lists: Lists, ours: Range, theirs: Range): MergedPart {
  const [mine, other] = [lists.ours.slice(...ours), lists.theirs.slice(...theirs)]
  if (region.theirs.length === 0) return { kind: 'merged', items: mine }
  if (region.ours.length === 0) return { kind: 'merged', items: other }
  const isSame = mine.length === other.length && mine.every((item, at) => item === other[at])
  if (isSame) return { kind: 'merged', items: mine }
  return { kind: 'conflict', base: [region.from, region.to], ours, theirs }
}

/** A part of one list that another list has otherwise: `[from, to)` became `[otherFrom, otherTo)`. */
export interface Hunk {
  readonly from: number
  readonly to: number
  readonly otherFrom: number
  readonly otherTo: number
}

/**
 * Most edits that are searched for a shortest difference. The search takes time and memory by their square; beyond it,
 * everything between the first and the last difference counts as replaced.
 */
const EDITS_MAX = 1000

/**
 * The parts in which two lists of texts differ, in order. Between two of them there is at least one common text. What
 * can be moved is as far down as possible: an inserted line before its equal comes after it, as in git.
 */
export async function hunksBetween(
  one: readonly string[],
  other: readonly string[],
): Promise<readonly Hunk[]> {
  const head = commonHead(one, other)
  const tail = commonTail(one, other, head)
  const [to, otherTo] = [one.length - tail, other.length - tail]
  if (head === to && head === otherTo) return []
  const middle = { from: head, to, otherFrom: head, otherTo }
  const pairs = head === to || head === otherTo ? [] : await commonPairs(one, other, middle)
  return slide(one, other, gapsOf(pairs, middle))
}

function commonHead(one: readonly string[], other: readonly string[]): number {
  let at = 0
  while (at < one.length && at < other.length && one[at] === other[at]) at++
  return at
}

function commonTail(one: readonly string[], other: readonly string[], head: number): number {
  const most = Math.min(one.length, other.length) - head
  let count = 0
  while (count < most && one.at(-1 - count) === other.at(-1 - count)) count++
  return count
}

/** Two equal texts, one in each list, by their indexes. */
type Pair = readonly [at: number, otherAt: number]

/** The longest common part of the two middles, without order changed; none if the search would take too long. */
async function commonPairs(
  one: readonly string[],
  other: readonly string[],
  { from, to, otherFrom, otherTo }: Hunk,
): Promise<readonly Pair[]> {
  // Texts that one list alone has are in no common part. Without them, two texts that share nothing cost nothing.
  const left = indexesOf(one, from, to, new Set(other.slice(otherFrom, otherTo)))
  const right = indexesOf(other, otherFrom, otherTo, new Set(one.slice(from, to)))
  const { diffArrays } = await import('diff')
  const changes = diffArrays(
    left.map((at) => one[at]),
    right.map((at) => other[at]),
    { maxEditLength: EDITS_MAX },
  )
  const pairs: Pair[] = []
  let [at, otherAt] = [0, 0]
  for (const { added, removed, count } of changes ?? []) {
    if (!added && !removed)
      for (let step = 0; step < count; step++)
        pairs.push([left[at + step] ?? 0, right[otherAt + step] ?? 0])
    if (!added) at += count
    if (!removed) otherAt += count
  }
  return pairs
}

function indexesOf(
  list: readonly string[],
  from: number,
  to: number,
  wanted: ReadonlySet<string>,
): number[] {
  const found: number[] = []
  for (let at = from; at < to; at++) if (wanted.has(list[at] ?? '')) found.push(at)
  return found
}

function gapsOf(pairs: readonly Pair[], middle: Hunk): readonly Hunk[] {
  const gaps: Hunk[] = []
  let [from, otherFrom] = [middle.from, middle.otherFrom]
  for (const [to, otherTo] of [...pairs, [middle.to, middle.otherTo] as const]) {
    if (to > from || otherTo > otherFrom) gaps.push({ from, to, otherFrom, otherTo })
    from = to + 1
    otherFrom = otherTo + 1
  }
  return gaps
}

/** Moves each insertion and deletion down as far as equal texts allow, or up or down to another hunk, and joins them. */
function slide(one: readonly string[], other: readonly string[], gaps: readonly Hunk[]): Hunk[] {
  const down: Hunk[] = []
  for (let hunk of gaps.toReversed()) {
    for (;;) {
      const next = down.at(-1)
      if (next?.from === hunk.to) hunk = joined(hunk, down.pop() ?? hunk)
      else if (canMoveDown(one, other, hunk)) hunk = moved(hunk, 1)
      else break
    }
    down.push(hunk)
  }
  const joinedUp: Hunk[] = []
  for (const hunk of down.toReversed()) {
    const previous = joinedUp.at(-1)
    const up = previous === undefined ? undefined : movedUpTo(previous.to, one, other, hunk)
    if (previous === undefined || up === undefined) joinedUp.push(hunk)
    else joinedUp.splice(-1, 1, joined(previous, up))
  }
  return joinedUp
}

function joined(first: Hunk, second: Hunk): Hunk {
  const { from, otherFrom } = first
  return { from, to: second.to, otherFrom, otherTo: second.otherTo }
}

function moved({ from, to, otherFrom, otherTo }: Hunk, by: 1 | -1): Hunk {
  return { from: from + by, to: to + by, otherFrom: otherFrom + by, otherTo: otherTo + by }
}

/** An insertion moves past a text that is equal to its first, a deletion likewise; a replacement stays. */
function canMoveDown(one: readonly string[], other: readonly string[], hunk: Hunk): boolean {
  const { from, to, otherFrom, otherTo } = hunk
  if (from === to) return otherTo < other.length && other[otherTo] === other[otherFrom]
  return otherFrom === otherTo && to < one.length && one[to] === one[from]
}

/** `undefined` if it cannot be moved so far up. */
function movedUpTo(
  from: number,
  one: readonly string[],
  other: readonly string[],
  given: Hunk,
): Hunk | undefined {
  let hunk = given
  while (hunk.from > from) {
    const up = moved(hunk, -1)
    if (!canMoveDown(one, other, up)) return undefined
    hunk = up
  }
  return hunk
}

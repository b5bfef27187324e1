import { isDeepStrictEqual } from 'node:util'
import { keyOf } from './json-pointer.js'
import { hunksBetween, type Hunk } from './sequence-diff.js'

/** Arrays whose lengths have a greater product are compared as wholes: the table of their elements would be too big. */
export const ARRAY_PRODUCT_MAX = 1_000_000

/**
 * Decides which elements of two documents are the same ones, also changed. Elements that are equal, and equal values of
 * fields, become the same object in both documents; those that changed get a text that they have in common.
 *
 * In arrays of objects with an `id` of their own, the id decides. In others, elements correspond if they are equal, and
 * between those, in order, if they have the same role.
 *
 * @param one a document that has no object twice, like `other`, which is modified; names of fields begin with a dot
 */
export async function matchElements(
  one: unknown,
  other: unknown,
): Promise<ReadonlyMap<object, string>> {
  const identities = new Map<object, string>()
  await matchParts(one, other, identities)
  return identities
}

type Identities = Map<object, string>
type List = readonly unknown[]
type Fields = Record<string, unknown>
type Pair = readonly [at: number, otherAt: number]

async function matchParts(one: unknown, other: unknown, identities: Identities): Promise<void> {
  if (Array.isArray(one) && Array.isArray(other)) await matchArrays(one, other, identities)
  else if (isFields(one) && isFields(other)) await matchFields(one, other, identities)
}

async function matchFields(one: Fields, other: Fields, identities: Identities): Promise<void> {
  for (const [name, value] of Object.entries(one)) {
    if (isDeepStrictEqual(value, other[name])) other[name] = value
    else await matchParts(value, other[name], identities)
  }
}

async function matchArrays(one: List, other: unknown[], identities: Identities): Promise<void> {
  if (one.length * other.length > ARRAY_PRODUCT_MAX) return
  const keys = [one.map(keyOf), other.map(keyOf)] as const
  const pairs =
    haveIds(one) && haveIds(other) ? pairById(one, other) : await pairByOrder(one, other, keys)
  for (const [at, otherAt] of pairs) {
    const [element, otherElement] = [one[at], other[otherAt]]
    if (keys[0][at] === keys[1][otherAt]) other[otherAt] = element
    else if (isContainer(element) && isContainer(otherElement)) {
      const identity = String(identities.size)
      identities.set(element, identity).set(otherElement, identity)
      await matchParts(element, otherElement, identities)
    }
  }
}

function pairById(one: List, other: List): readonly Pair[] {
  const places = new Map(other.map((element, at) => [idOf(element), at]))
  return one.flatMap((element, at) => {
    const otherAt = places.get(idOf(element))
    return otherAt === undefined ? [] : [[at, otherAt] as const]
  })
}

async function pairByOrder(
  one: List,
  other: List,
  keys: readonly [readonly string[], readonly string[]],
): Promise<readonly Pair[]> {
  const hunks = await hunksBetween(...keys)
  const pairs = pairsBetween(hunks, one.length)
  const left = new Set<number>()
  const places = new Map<string | undefined, number[]>()
  for (const { from, to, otherFrom, otherTo } of hunks) {
    for (let at = from; at < to; at++) left.add(at)
    for (let at = otherFrom; at < otherTo; at++) {
      const equal = places.get(keys[1][at])
      if (equal === undefined) places.set(keys[1][at], [at])
      else equal.push(at)
    }
  }
  const taken = new Set<number>()
  // Moved as they are.
  for (const at of left) {
    const otherAt = places.get(keys[0][at])?.shift()
    if (otherAt === undefined) continue
    pairs.push([at, otherAt])
    left.delete(at)
    taken.add(otherAt)
  }
  return [...pairs, ...hunks.flatMap((hunk) => pairAlike(one, other, hunk, left, taken))]
}

/** The equal elements around the hunks. */
function pairsBetween(hunks: readonly Hunk[], length: number): Pair[] {
  const pairs: Pair[] = []
  let [at, shift] = [0, 0]
  for (const { from, to, otherTo } of [...hunks, { from: length, to: length, otherTo: 0 }]) {
    for (; at < from; at++) pairs.push([at, at + shift])
    at = to
    shift = otherTo - to
  }
  return pairs
}

function pairAlike(
  one: List,
  other: List,
  { from, to, otherFrom, otherTo }: Hunk,
  left: ReadonlySet<number>,
  taken: ReadonlySet<number>,
): Pair[] {
  const pairs: Pair[] = []
  let otherAt = otherFrom
  for (let at = from; at < to; at++) {
    if (!left.has(at)) continue
    let next = otherAt
    while (next < otherTo && (taken.has(next) || !areAlike(one[at], other[next]))) next++
    if (next === otherTo) continue
    pairs.push([at, next])
    otherAt = next + 1
  }
  return pairs
}

function areAlike(one: unknown, other: unknown): boolean {
  if (isFields(one) && isFields(other)) return one['.role'] === other['.role']
  return Array.isArray(one) && Array.isArray(other)
}

function haveIds(list: List): boolean {
  const ids = list.map(idOf)
  return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length
}

function idOf(element: unknown): string | undefined {
  const id = isFields(element) ? element['.id'] : undefined
  return typeof id === 'string' ? id : undefined
}

function isFields(value: unknown): value is Fields {
  return isContainer(value) && !Array.isArray(value)
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

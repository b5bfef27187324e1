import type { JsonObject, JsonValue } from '../../document/json.js'
import { keyOf, type Path } from './json-pointer.js'
import { mergeSequences, type MergedPart, type Range } from './merge-sequences.js'
import type { All, MergeValues, Sides } from './merge.js'

type List = readonly JsonValue[]

/** Whether each element of the three arrays is an object with a text `id` that no other in its array has. */
export function haveIds(sides: All<List>): boolean {
  return [sides.base, sides.ours, sides.theirs].every((list) => {
    const ids = list.map(idOf)
    return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length
  })
}

/**
 * Merges arrays by the ids of their elements. `undefined` if the order is in conflict, or if an element was moved here
 * and moved otherwise or removed there.
 */
export async function mergeById(
  sides: All<List>,
  path: Path,
  merge: MergeValues,
): Promise<List | undefined> {
  const [base, ours, theirs] = [byId(sides.base), byId(sides.ours), byId(sides.theirs)]
  const parts = await mergeSequences([...base.keys()], [...ours.keys()], [...theirs.keys()])
  const order = parts.flatMap((part) => (part.kind === 'merged' ? part.items : []))
  const isMovedTwice = new Set(order).size < order.length
  if (isMovedTwice || parts.some((part) => part.kind === 'conflict')) return undefined
  const merged = new Map<string, JsonValue>()
  const places = new Map([...base.keys()].map((id, at) => [id, at]))
  for (const id of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const elements = { base: base.get(id), ours: ours.get(id), theirs: theirs.get(id) }
    if (isMovedAndRemoved(elements, order.includes(id))) return undefined
    const value = await merge(elements, [...path, places.get(id) ?? order.indexOf(id)])
    if (value !== undefined) merged.set(id, value)
  }
  return order.filter((id) => merged.has(id)).map((id) => merged.get(id) ?? null)
}

/**
 * Merges arrays by their equal elements. `undefined` for parts that both sides changed, unless their elements
 * correspond one to one.
 */
export async function mergeAligned(
  sides: All<List>,
  path: Path,
  merge: MergeValues,
): Promise<List | undefined> {
  const keys = {
    base: sides.base.map(keyOf),
    ours: sides.ours.map(keyOf),
    theirs: sides.theirs.map(keyOf),
  }
  const parts = await mergeSequences(keys.base, keys.ours, keys.theirs)
  if (repeats(parts, keys)) return undefined
  const conflicts = parts.filter((part) => part.kind === 'conflict')
  const known = new Set(keys.base)
  if (!conflicts.every((part) => correspond(part, sides, keys, known))) return undefined
  const values = new Map<string, JsonValue>()
  for (const side of ['base', 'ours', 'theirs'] as const)
    for (const [at, key] of keys[side].entries()) values.set(key, sides[side][at] ?? null)
  const merged: JsonValue[] = []
  for (const part of parts) {
    if (part.kind === 'merged') for (const key of part.items) merged.push(values.get(key) ?? null)
    else for (const value of await mergeEach(part, sides, path, merge)) merged.push(value)
  }
  return merged
}

type Conflict = MergedPart & { readonly kind: 'conflict' }
type Keys = Readonly<Record<keyof Sides, readonly string[]>>

async function mergeEach(
  part: Conflict,
  sides: All<List>,
  path: Path,
  merge: MergeValues,
): Promise<List> {
  const merged: JsonValue[] = []
  for (const [step, elements] of elementsOf(part, sides).entries())
    merged.push((await merge(elements, [...path, part.base[0] + step])) ?? null)
  return merged
}

/** An element in both places where it was moved to would be there twice. */
function repeats(parts: readonly MergedPart[], keys: Keys): boolean {
  const merged = parts.flatMap((part) => (part.kind === 'merged' ? part.items : []))
  const [ours, theirs] = [countsOf(keys.ours), countsOf(keys.theirs)]
  return [...countsOf(merged)].some(
    ([key, count]) => count > Math.max(ours.get(key) ?? 0, theirs.get(key) ?? 0),
  )
}

function countsOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Whether the elements of a part are the same ones in all three arrays, as far as that is certain. */
function correspond(part: Conflict, sides: All<List>, keys: Keys, known: Set<string>): boolean {
  const length = lengthOf(part.base)
  if (lengthOf(part.ours) !== length || lengthOf(part.theirs) !== length) return false
  return elementsOf(part, sides).every((elements, step) => {
    const key = keys.base[part.base[0] + step]
    const changed = [keys.ours[part.ours[0] + step], keys.theirs[part.theirs[0] + step]]
    const isMoved = changed.some((each) => each !== key && known.has(each ?? ''))
    return !isMoved && areAlike(elements)
  })
}

function areAlike({ base, ours, theirs }: All<JsonValue>): boolean {
  if ([base, ours, theirs].every((element) => typeof element === 'string')) return true
  if (![base, ours, theirs].every(isObject)) return false
  const roles = new Set([base, ours, theirs].map((element) => (element as JsonObject)['role']))
  return roles.size === 1
}

function elementsOf(part: Conflict, sides: All<List>): readonly All<JsonValue>[] {
  return sides.base.slice(...part.base).map((base, step) => ({
    base,
    ours: sides.ours[part.ours[0] + step] ?? null,
    theirs: sides.theirs[part.theirs[0] + step] ?? null,
  }))
}

/** Whether the order has an element that one side removed, or lacks one that both sides have. */
function isMovedAndRemoved({ base, ours, theirs }: Sides, isInOrder: boolean): boolean {
  const isRemoved = base !== undefined && (ours === undefined || theirs === undefined)
  return isRemoved ? isInOrder : !isInOrder
}

function byId(list: List): ReadonlyMap<string, JsonValue> {
  return new Map(list.map((element) => [idOf(element) ?? '', element]))
}

function idOf(element: JsonValue): string | undefined {
  const id = isObject(element) ? element['id'] : undefined
  return typeof id === 'string' ? id : undefined
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lengthOf([from, to]: Range): number {
  return to - from
}

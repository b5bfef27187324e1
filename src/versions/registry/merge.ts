import { isDeepStrictEqual } from 'node:util'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import { pointerOf, type Path } from './json-pointer.js'
import { mergeAligned, mergeById, haveIds } from './merge-arrays.js'
import { mergeLines, type TextConflict } from './merge-lines.js'

/** A place that both sides changed, each otherwise. A value that is missing does not exist there. */
export interface MergeConflict {
  /** JSON Pointer. Indexes of arrays are those of the base. */
  readonly path: string
  readonly base?: JsonValue
  readonly ours?: JsonValue
  readonly theirs?: JsonValue
  /** For a text: the lines in conflict, in order; lines around them have been merged or are equal. */
  readonly lines?: readonly TextConflict[]
}

/** Either a merged document and no conflict, or conflicts and no document. */
export type MergeResult<Document> =
  | { readonly merged: Document; readonly conflicts: readonly [] }
  | {
      readonly merged: undefined
      readonly conflicts: readonly [MergeConflict, ...MergeConflict[]]
    }

/**
 * Merges two changed documents over the one that both began with. A value that one side changed is taken from it, one
 * that both changed in the same way is taken once. Where both changed, objects are merged by their fields, texts by
 * their lines (as `git merge-file` does), and arrays:
 *
 * - by the `id` of their elements, if each is an object with an `id` of its own;
 * - otherwise by their equal elements. Elements at the same places between these are merged with each other if both
 *   sides have as many as the base and none was moved; messages also need the same role.
 *
 * Everything else is a conflict: a value changed here and removed there, the same field added with other values, two
 * insertions at the same place, an element moved to two places. With a conflict there is no merged document.
 *
 * @returns frozen values
 * @throws TypeError for a document that JSON cannot hold
 */
export async function mergeDocuments<Document>(
  base: Document,
  ours: Document,
  theirs: Document,
): Promise<MergeResult<Document>> {
  const merger = new Merger()
  const sides = {
    base: json(base, 'base'),
    ours: json(ours, 'ours'),
    theirs: json(theirs, 'theirs'),
  }
  const merged = await merger.merge(sides, [])
  const [first, ...others] = merger.conflicts
  // It has the shape of the three: each part of it is a part of one of them.
  if (first === undefined) return { merged: freezeJson(merged) as Document, conflicts: [] }
  return { merged: undefined, conflicts: [first, ...others] }
}

/** A value of the three documents; `undefined` where it does not exist. */
export interface Sides<Value = JsonValue> {
  readonly base: Value | undefined
  readonly ours: Value | undefined
  readonly theirs: Value | undefined
}

/** Merges the values at a path, or reports a conflict; the result is `undefined` for a value that was removed. */
export type MergeValues = (sides: Sides, path: Path) => Promise<JsonValue | undefined>

class Merger {
  readonly conflicts: MergeConflict[] = []

  readonly merge: MergeValues = async (sides, path) => {
    const { base, ours, theirs } = sides
    if (isDeepStrictEqual(ours, theirs)) return ours
    if (isDeepStrictEqual(base, ours)) return theirs
    if (isDeepStrictEqual(base, theirs)) return ours
    return await this.#mergeParts(sides, path)
  }

  async #mergeParts(sides: Sides, path: Path): Promise<JsonValue | undefined> {
    if (all(sides, isText)) {
      const { merged, conflicts } = await mergeLines(sides.base, sides.ours, sides.theirs)
      return conflicts.length === 0 ? merged : this.#refuse(sides, path, conflicts)
    }
    if (all(sides, isObject)) return await this.#mergeFields(sides, path)
    if (all(sides, isArray)) {
      const mergeArrays = haveIds(sides) ? mergeById : mergeAligned
      return (await mergeArrays(sides, path, this.merge)) ?? this.#refuse(sides, path)
    }
    return this.#refuse(sides, path)
  }

  async #mergeFields(sides: All<JsonObject>, path: Path): Promise<JsonObject> {
    const { base, ours, theirs } = sides
    const names = new Set([base, ours, theirs].flatMap((side) => Object.keys(side)))
    const fields: [string, JsonValue][] = []
    for (const name of names) {
      const values = { base: own(base, name), ours: own(ours, name), theirs: own(theirs, name) }
      const merged = await this.merge(values, [...path, name])
      if (merged !== undefined) fields.push([name, merged])
    }
    return Object.fromEntries(fields)
  }

  #refuse(sides: Sides, path: Path, lines?: readonly TextConflict[]): JsonValue | undefined {
    const known = Object.entries(sides).filter(([, value]) => value !== undefined)
    this.conflicts.push({
      path: pointerOf(path),
      ...Object.fromEntries(known),
      ...(lines === undefined ? {} : { lines }),
    })
    return sides.base
  }
}

/** The same value of the three documents, which exists in each. */
export interface All<Value> extends Sides<Value> {
  readonly base: Value
  readonly ours: Value
  readonly theirs: Value
}

function all<Value extends JsonValue>(
  sides: Sides,
  is: (value: JsonValue | undefined) => value is Value,
): sides is All<Value> {
  return is(sides.base) && is(sides.ours) && is(sides.theirs)
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string'
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function json(document: unknown, name: string): JsonValue {
  return freezeJson(document, name) as JsonValue
}

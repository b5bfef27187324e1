import type { ArrayDelta, Delta } from 'jsondiffpatch'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonValue } from '../../document/json.js'
import { pointerOf, type Path } from './json-pointer.js'
import { structuralDifference } from './structural-diff.js'
import { diffWords, type TextPart } from './word-diff.js'

export type { TextPart } from './word-diff.js'

/** An operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string }

/** A text that changed. */
export interface TextChange {
  /** JSON Pointer; indexes of arrays are those of the second document. */
  readonly path: string
  readonly parts: readonly TextPart[]
}

/** Anything else that changed. Of a removed element, the last index is that of the first document. */
export type FieldChange =
  | { readonly path: string; readonly kind: 'added'; readonly after: JsonValue }
  | { readonly path: string; readonly kind: 'removed'; readonly before: JsonValue }
  | {
      readonly path: string
      readonly kind: 'changed'
      readonly before: JsonValue
      readonly after: JsonValue
    }
  /** An element of an array that is at another place among the others; `from` is the old place. */
  | { readonly path: string; readonly kind: 'moved'; readonly from: string }

/** What changed between two documents. It is JSON. */
export interface DocumentDiff {
  readonly same: boolean
  readonly texts: readonly TextChange[]
  readonly fields: readonly FieldChange[]
  /** Everything that changed as a JSON Patch (RFC 6902) from the first document to the second. */
  readonly patch: readonly PatchOperation[]
}

/**
 * Compares two documents: texts by words, everything else by structure. Elements of arrays are found again by their
 * `id` if all have one, otherwise by their equal neighbours; a changed message is one with the same role between them.
 *
 * @returns a frozen value
 * @throws TypeError for a document that JSON cannot hold
 */
export async function diffDocuments(before: unknown, after: unknown): Promise<DocumentDiff> {
  const documents = [json(before, 'before'), json(after, 'after')] as const
  const { delta, patch, decode } = await structuralDifference(...documents)
  const changes = new Changes(decode)
  await changes.collect(delta, [])
  const { texts, fields } = changes
  return freezeJson({ same: delta === undefined, texts, fields, patch })
}

/** Walks a delta. Names of fields in it begin with a dot, see `structuralDifference`. */
class Changes {
  readonly texts: TextChange[] = []
  readonly fields: FieldChange[] = []
  readonly #decode: (value: unknown) => JsonValue

  constructor(decode: (value: unknown) => JsonValue) {
    this.#decode = decode
  }

  async collect(delta: Delta, path: Path): Promise<void> {
    if (delta === undefined) return
    if (Array.isArray(delta)) await this.#addValue(delta, path)
    else if (isArrayDelta(delta)) await this.#collectElements(delta, path)
    else
      for (const [name, part] of Object.entries(delta))
        await this.collect(part as Delta, [...path, name.slice(1)])
  }

  async #collectElements(delta: ArrayDelta, path: Path): Promise<void> {
    for (const [key, part] of Object.entries(delta)) {
      if (key === '_t') continue
      const index = Number(key.replace('_', ''))
      const place = [...path, index]
      if (Array.isArray(part) && part[2] === MOVED)
        this.fields.push({
          path: pointerOf([...path, part[1] as number]),
          kind: 'moved',
          from: pointerOf(place),
        })
      else await this.collect(part as Delta, place)
    }
  }

  async #addValue(delta: readonly unknown[], place: Path): Promise<void> {
    const path = pointerOf(place)
    if (delta.length === 1)
      return void this.fields.push({ path, kind: 'added', after: this.#decode(delta[0]) })
    const before = this.#decode(delta[0])
    if (delta.length === 3) return void this.fields.push({ path, kind: 'removed', before })
    const after = this.#decode(delta[1])
    if (typeof before === 'string' && typeof after === 'string')
      this.texts.push({ path, parts: await diffWords(before, after) })
    else this.fields.push({ path, kind: 'changed', before, after })
  }
}

/** What marks a moved element in a delta. */
const MOVED = 3

function isArrayDelta(delta: object): delta is ArrayDelta {
  return Reflect.get(delta, '_t') === 'a'
}

function json(document: unknown, name: string): JsonValue {
  return freezeJson(document, name) as JsonValue
}

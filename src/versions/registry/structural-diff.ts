import type { Delta, DiffContext } from 'jsondiffpatch'
import type { Op } from 'jsondiffpatch/formatters/jsonpatch'
import type { JsonValue } from '../../document/json.js'
import type { PatchOperation } from './diff.js'
import { ARRAY_PRODUCT_MAX, matchElements } from './match-elements.js'

export interface StructuralDifference {
  /** Names of fields begin with a dot, in its values too. */
  readonly delta: Delta
  readonly patch: readonly PatchOperation[]
  /** A value of the delta with its own names. */
  readonly decode: (value: unknown) => JsonValue
}

/**
 * The difference of two JSON values as `jsondiffpatch` writes it. It treats some names of fields in a special way
 * (`__proto__`, `_t`, those that every object inherits), so it sees each with a dot before it.
 */
export async function structuralDifference(
  before: JsonValue,
  after: JsonValue,
): Promise<StructuralDifference> {
  const [{ create }, { format }] = await Promise.all([
    import('jsondiffpatch'),
    import('jsondiffpatch/formatters/jsonpatch'),
  ])
  const [one, other] = [encode(before), encode(after)]
  const identities = await matchElements(one, other)
  const patcher = create({ objectHash: (element: object) => identities.get(element) })
  patcher.processor.pipes.diff.before('arrays', replaceLongArrays)
  const delta = patcher.diff(one, other)
  return { delta, patch: format(delta).map(decodeOperation), decode }
}

/** A copy without shared parts, so that each element has its own identity. */
function encode(value: JsonValue): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(encode)
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [`.${name}`, encode(item)]))
}

function decode(value: unknown): JsonValue {
  if (typeof value !== 'object' || value === null) return value as JsonValue
  if (Array.isArray(value)) return value.map(decode)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.slice(1), decode(item)]),
  )
}

function decodeOperation(operation: Op): PatchOperation {
  const path = decodePointer(operation.path)
  switch (operation.op) {
    case 'add':
    case 'replace':
      return { op: operation.op, path, value: decode(operation.value) }
    case 'move':
      return { op: 'move', from: decodePointer(operation.from), path }
    case 'remove':
      return { op: 'remove', path }
  }
}

function decodePointer(pointer: string): string {
  return pointer.replaceAll('/.', '/')
}

/** Runs before the comparison of two arrays. */
function replaceLongArrays(context: DiffContext): void {
  const { left, right } = context
  if (!Array.isArray(left) || !Array.isArray(right)) return
  if (left.length * right.length > ARRAY_PRODUCT_MAX) context.setResult([left, right]).exit()
}
replaceLongArrays.filterName = 'long arrays'

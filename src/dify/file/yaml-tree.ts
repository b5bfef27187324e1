import type { ScalarStyle } from './yaml-scalars.js'
import { type ScalarType, valueOfType } from './yaml-types.js'

/** A part of the text, in UTF-16 code units from its start. */
export interface TextRange {
  readonly start: number
  /** Behind the last character. */
  readonly end: number
}

/** How large a node is once aliases are unfolded. */
export interface NodeSize {
  readonly values: number
  readonly characters: number
  readonly depth: number
}

interface NodeFields extends TextRange {
  readonly size: NodeSize
  /** Where the alias is that the node was reached by. */
  readonly alias?: TextRange | undefined
}

/** A scalar: a text, a number, a boolean, null or a time. */
export interface YamlScalar extends NodeFields {
  readonly kind: 'scalar'
  /** The characters that it consists of, whatever its type. */
  readonly text: string
  readonly type: ScalarType
  readonly style: ScalarStyle
  /** The column of the block collection around it; -1 at the top. */
  readonly indent: number
  readonly inFlow: boolean
}

/** A mapping. Merge keys are applied, and of keys that occur twice there is the last one. */
export interface YamlMap extends NodeFields {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlNode>
}

export interface YamlList extends NodeFields {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
}

/** A node of a parsed file, with its place. */
export type YamlNode = YamlScalar | YamlMap | YamlList

/** The field of a mapping; undefined if it is missing, or the node is not a mapping. */
export function fieldOf(
  node: YamlNode | undefined,
  ...names: readonly string[]
): YamlNode | undefined {
  let at = node
  for (const name of names) at = at?.kind === 'map' ? at.entries.get(name) : undefined
  return at
}

/** The text of a scalar that YAML 1.1 reads as one; undefined for everything else, such as a number. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.type === 'str' ? node.text : undefined
}

/** The characters of any scalar except null: ids are written as numbers, too, and must not lose a digit. */
export function sourceOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.type !== 'null' ? node.text : undefined
}

/** The step of a JSON pointer (RFC 6901) to a field or an item. */
export function pointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The node that a JSON pointer leads to. */
export function nodeAt(root: YamlNode, pointer: string): YamlNode | undefined {
  if (pointer === '') return root
  let at: YamlNode | undefined = root
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (at?.kind === 'map') at = at.entries.get(name)
    else
      at = at?.kind === 'list' && /^(?:0|[1-9]\d*)$/.test(name) ? at.items[Number(name)] : undefined
  }
  return at
}

/** The pointer of the deepest node that an offset is in, not counting what is there by an alias. */
export function pointerAt(root: YamlNode, offset: number): string {
  let [at, pointer] = [root, '']
  for (;;) {
    const found = childAt(at, offset)
    if (found === undefined) return pointer
    pointer += pointerStep(found[0])
    at = found[1]
  }
}

function childAt(node: YamlNode, offset: number): readonly [string | number, YamlNode] | undefined {
  if (node.kind === 'scalar') return undefined
  const children = node.kind === 'map' ? node.entries.entries() : node.items.entries()
  for (const [step, child] of children)
    if (child.alias === undefined && child.start <= offset && offset < child.end)
      return [step, child]
  return undefined
}

/** What becomes of numbers: their value where that loses nothing, or always their text in the file. */
export type NumbersAs = 'value' | 'text'

/** The plain values of nodes, frozen. A node that is reached by several aliases has one value. */
export class PlainValues {
  readonly #numbers: NumbersAs
  readonly #made = new Map<object, unknown>()

  constructor(numbers: NumbersAs) {
    this.#numbers = numbers
  }

  of(node: YamlNode): unknown {
    if (node.kind === 'scalar') return this.#scalar(node)
    const shared = node.kind === 'map' ? node.entries : node.items
    const made = this.#made.get(shared)
    if (made !== undefined) return made
    const value =
      node.kind === 'map'
        ? this.#record(node.entries)
        : Object.freeze(node.items.map((item) => this.of(item)))
    this.#made.set(shared, value)
    return value
  }

  #scalar({ text, type }: YamlScalar): unknown {
    const isNumber = type === 'int' || type === 'float'
    return isNumber && this.#numbers === 'text' ? text : valueOfType(text, type)
  }

  /** Assigning to `__proto__` would set the prototype instead of making a property. */
  #record(entries: ReadonlyMap<string, YamlNode>): Record<string, unknown> {
    const record: Record<string, unknown> = {}
    for (const [name, node] of entries) {
      const value = this.of(node)
      if (name !== '__proto__') record[name] = value
      else Object.defineProperty(record, name, { value, enumerable: true })
    }
    return Object.freeze(record)
  }
}

import { shortened } from '../base/values.js'
import { shown } from '../base/options.js'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { YAML_DEPTH_MAX, YamlError } from './yaml-document.js'

/** Most values once aliases and merge keys are unfolded. */
const VALUES_MAX = 1_000_000
/** Most characters of text once aliases and merge keys are unfolded. */
const CHARACTERS_MAX = 32 * 1024 * 1024

const MERGE_KEY = '<<'
const MERGE_TAG = 'tag:yaml.org,2002:merge'

/** What a node unfolds to: its value, and how large that would be without aliases. */
interface Unfolded {
  readonly value: unknown
  readonly values: number
  readonly characters: number
  readonly depth: number
  /** A mapping's, for merge keys. */
  readonly entries?: Entries
  /** A list's, for merge keys. */
  readonly items?: readonly Unfolded[]
}

type Entries = ReadonlyMap<string, Unfolded>

/**
 * The plain value of a composed document. Merge keys (`<<`) are applied as Dify's own parser applies them. Numbers come
 * back as the text that is in the file. Aliases share their value: what they unfold to is limited, not their number.
 *
 * @throws YamlError for a key that occurs twice, an alias without an anchor, and a value that unfolds past the limits
 */
export function valueOf(document: Document.Parsed): unknown {
  return new Unfolder().unfold(document.contents).value
}

class Unfolder {
  /** Undefined while the node of the anchor is being unfolded. */
  readonly #anchors = new Map<string, Unfolded | undefined>()
  #merged = 0

  unfold(node: unknown): Unfolded {
    if (isAlias(node)) return this.#target(node)
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined
    if (anchor === undefined) return this.#own(node)
    this.#anchors.set(anchor, undefined)
    const unfolded = this.#own(node)
    this.#anchors.set(anchor, unfolded)
    return unfolded
  }

  #target({ source }: Alias): Unfolded {
    const target = this.#anchors.get(source)
    if (target !== undefined) return target
    const name = shortened(source)
    throw new YamlError(
      this.#anchors.has(source)
        ? `the alias *${name} is part of what it refers to`
        : `the alias *${name} has no anchor before it`,
    )
  }

  #own(node: unknown): Unfolded {
    if (isMap(node)) return this.#map(node as YAMLMap<Node, Node | null>)
    if (isSeq(node)) {
      const items = node.items.map((item) => this.unfold(item))
      const value = items.map((item) => item.value)
      return { ...sizeOf(items), value, items }
    }
    const value = isScalar(node) ? scalarValue(node) : null
    return { value, values: 1, characters: typeof value === 'string' ? value.length : 0, depth: 0 }
  }

  #map(map: YAMLMap<Node, Node | null>): Unfolded {
    const own = new Map<string, Unfolded>()
    const entries = new Map<string, Unfolded>()
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) this.#merge(this.unfold(value), entries)
      else {
        const name = this.#keyName(key)
        if (own.has(name)) throw new YamlError(`the key ${shown(name)} occurs twice`)
        own.set(name, this.unfold(value))
      }
    }
    for (const [name, entry] of own) entries.set(name, entry)
    return { ...sizeOf([...entries.values()]), value: recordOf(entries), entries }
  }

  /**
   * A mapping's own keys win over merged ones, an earlier mapping of a list over a later one, a later `<<` over an
   * earlier one.
   */
  #merge(source: Unfolded, into: Map<string, Unfolded>): void {
    for (const { entries } of (source.items ?? [source]).toReversed()) {
      if (entries === undefined) throw new YamlError('a merge key "<<" takes mappings only')
      this.#merged += entries.size
      if (this.#merged > VALUES_MAX) throw unfoldsTooFar()
      for (const [name, entry] of entries) into.set(name, entry)
    }
  }

  #keyName(key: Node): string {
    const scalar: unknown = isAlias(key) ? this.unfold(key).value : key
    if (typeof scalar === 'string') return scalar
    if (!isScalar(scalar)) throw new YamlError('a key is a list or a mapping, expected a text')
    if (scalar.anchor !== undefined) this.unfold(scalar)
    return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? '')
  }
}

/** A plain `<<`; quoted, or with a tag, it is a text like any other. */
function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || key.source !== MERGE_KEY) return false
  return key.tag === MERGE_TAG || (key.tag === undefined && key.type === 'PLAIN')
}

function scalarValue({ value, source }: Scalar): unknown {
  return typeof value === 'number' || typeof value === 'bigint' ? (source ?? String(value)) : value
}

function sizeOf(parts: readonly Unfolded[]): Omit<Unfolded, 'value'> {
  let [values, characters, depth] = [1, 0, 0]
  for (const part of parts) {
    values += part.values
    characters += part.characters
    depth = Math.max(depth, part.depth + 1)
  }
  if (values > VALUES_MAX || characters > CHARACTERS_MAX || depth > YAML_DEPTH_MAX) {
    throw unfoldsTooFar()
  }
  return { values, characters, depth }
}

/** Assigning to `__proto__` would set the prototype instead of making a property. */
function recordOf(entries: Entries): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  for (const [name, { value }] of entries) {
    if (name !== '__proto__') record[name] = value
    else Object.defineProperty(record, name, { value, enumerable: true })
  }
  return record
}

function unfoldsTooFar(): YamlError {
  return new YamlError(
    `its aliases unfold to more than ${VALUES_MAX} values, ${CHARACTERS_MAX} characters or ${YAML_DEPTH_MAX} levels`,
  )
}

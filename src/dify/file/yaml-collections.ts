import { YamlError } from './yaml-cursor.js'
import { type OnYamlNote, YAML_DEPTH_MAX } from './yaml-tokens.js'
import type { NodeSize, TextRange, YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-tree.js'
import type { ScalarType } from './yaml-types.js'

/** Most values once aliases and merge keys are unfolded. */
export const VALUES_MAX: number = 1_000_000
/** Most characters of text once aliases and merge keys are unfolded. */
const CHARACTERS_MAX = 32 * 1024 * 1024

/** The keys of one mapping while it is read: its own, and those of merge keys, which its own ones replace. */
export class MapEntries {
  readonly #onNote: OnYamlNote
  readonly #own: Map<string, YamlNode> = new Map()
  readonly #merged: Map<string, YamlNode> = new Map()

  constructor(onNote: OnYamlNote) {
    this.#onNote = onNote
  }

  set({ text, start, alias }: YamlScalar, value: YamlNode): void {
    if (this.#own.has(text)) this.#onNote('duplicate_key', alias?.start ?? start, text)
    this.#own.set(text, value)
  }

  /** An earlier mapping of a list replaces a later one, a later `<<` an earlier one. Returns how many keys there were. */
  merge(source: YamlNode): number {
    const sources = source.kind === 'list' ? source.items.toReversed() : [source]
    let count = 0
    for (const each of sources) {
      if (each.kind !== 'map')
        throw new YamlError('a merge key "<<" takes mappings only', source.start)
      count += each.entries.size
      for (const [name, entry] of each.entries) this.#merged.set(name, entry)
    }
    return count
  }

  map(range: TextRange): YamlMap {
    const entries = this.#merged.size === 0 ? this.#own : new Map([...this.#merged, ...this.#own])
    return { kind: 'map', entries, ...range, size: sizeOf(entries.values()) }
  }
}

/** A list of nodes. */
export function listOf(items: readonly YamlNode[], range: TextRange): YamlList {
  return { kind: 'list', items, ...range, size: sizeOf(items) }
}

/** What a key or an item without a value has: null. */
export function emptyAt(at: number, type: ScalarType = 'null'): YamlScalar {
  const size = { values: 1, characters: 0, depth: 0 }
  const place = { start: at, end: at, indent: -1, inFlow: true }
  return { kind: 'scalar', text: '', type, style: 'plain', ...place, size }
}

function sizeOf(parts: Iterable<YamlNode>): NodeSize {
  let [values, characters, depth] = [1, 0, 0]
  for (const { size } of parts) {
    values += size.values
    characters += size.characters
    depth = Math.max(depth, size.depth + 1)
  }
  if (values > VALUES_MAX || characters > CHARACTERS_MAX || depth > YAML_DEPTH_MAX)
    throw unfoldsTooFar()
  return { values, characters, depth }
}

/** The refusal of a file whose aliases multiply what is in it. */
export function unfoldsTooFar(): YamlError {
  return new YamlError(
    `its aliases unfold to more than ${VALUES_MAX} values, ${CHARACTERS_MAX} characters or ${YAML_DEPTH_MAX} levels`,
  )
}

import type { ParsedYaml } from '../../dify/file/parsed-yaml.js'
import { type DifyFile, parsedYamlOf } from '../../dify/workflow/dify-file.js'
import type { TextPlace } from '../../dify/file/text-places.js'
import { fieldOf, type YamlNode } from '../../dify/file/yaml-tree.js'
import type { Fault } from './finding.js'

/** Looks up where in a file what rules point at is. */
export class FaultPlaces {
  readonly #parsed: ParsedYaml
  /** Where the placeholders and words of a value begin, by its pointer. */
  readonly #found = new Map<string, Occurrences>()

  constructor(file: DifyFile) {
    this.#parsed = parsedYamlOf(file)
  }

  of({ pointer, within, place }: Fault): TextPlace {
    if (place !== undefined) return place
    const { root, places, text } = this.#parsed
    const node = nodeAt(root, pointer)
    const { start, end } = node.alias ?? node
    if (within === undefined) return places.at(start)
    const found = this.#found.get(pointer) ?? new Occurrences(text.slice(start, end))
    this.#found.set(pointer, found)
    return places.at(start + (found.of(within) ?? 0))
  }
}

/** What occurs in a value. There may be tens of thousands of placeholders, so that they are looked up all at once. */
class Occurrences {
  readonly #source: string
  readonly #indexes = new Map<RegExp, ReadonlyMap<string, readonly number[]>>()

  constructor(source: string) {
    this.#source = source
  }

  /** Undefined where the text is written in another way, such as with escapes or over two lines. */
  of({ text, occurrence }: NonNullable<Fault['within']>): number | undefined {
    const pattern = TOKENS.find(({ whole }) => whole.test(text))?.each
    if (pattern !== undefined) return this.#index(pattern).get(text)?.[occurrence]
    let at = this.#source.indexOf(text)
    for (let count = 0; count < occurrence && at !== -1; count++)
      at = this.#source.indexOf(text, at + text.length)
    return at === -1 ? undefined : at
  }

  #index(pattern: RegExp): ReadonlyMap<string, readonly number[]> {
    const known = this.#indexes.get(pattern)
    if (known !== undefined) return known
    const index = new Map<string, number[]>()
    for (const { 0: token, index: at } of this.#source.matchAll(pattern)) {
      const places = index.get(token) ?? []
      index.set(token, places)
      places.push(at)
    }
    this.#indexes.set(pattern, index)
    return index
  }
}

/** Kinds of text that occur often: how one of them is recognised, and all of them are found. */
const TOKENS: readonly { readonly whole: RegExp; readonly each: RegExp }[] = [
  { whole: /^\{\{[^{}\n]{0,400}\}\}$/, each: /\{\{[^{}\n]{0,400}\}\}/g },
  { whole: /^\w+$/, each: /\w+/g },
]

/** The value at a pointer; where it is missing, the nearest one around it. */
function nodeAt(root: YamlNode, pointer: string): YamlNode {
  let at = root
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const next = at.kind === 'list' ? at.items[Number(name)] : fieldOf(at, name)
    if (next === undefined) return at
    at = next
  }
  return at
}

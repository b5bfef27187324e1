import { shortened } from '../../base/values.js'
import { shown } from '../../base/options.js'
import { YamlError } from './yaml-cursor.js'
import { YamlScanner } from './yaml-scanner.js'
import { emptyAt, listOf, MapEntries, unfoldsTooFar, VALUES_MAX } from './yaml-collections.js'
import type { OnYamlNote, Token, TokenType } from './yaml-tokens.js'
import type { YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-tree.js'
import { faultOfValue, type ScalarType, typeOfPlain } from './yaml-types.js'

/**
 * Reads one YAML document as PyYAML's `safe_load` reads it, with the place of every value. Time and memory grow with
 * the length of the text: depth, and what aliases unfold to, have limits.
 *
 * @throws YamlError for what is not one well-formed document
 */
export function readYaml(text: string, onNote: OnYamlNote): YamlNode {
  return new YamlReader(text, onNote).read()
}

class YamlReader {
  readonly #scanner: YamlScanner
  readonly #onNote: OnYamlNote
  /** Undefined while the node of the anchor is being read. */
  readonly #anchors = new Map<string, YamlNode | undefined>()
  #merged = 0

  constructor(text: string, onNote: OnYamlNote) {
    this.#onNote = onNote
    this.#scanner = new YamlScanner(text, onNote)
  }

  read(): YamlNode {
    const scanner = this.#scanner
    while (scanner.isAt('document-end')) scanner.next()
    if (scanner.isAt('document-start')) scanner.next()
    const isEmpty = scanner.isAt('document-start', 'document-end', 'end')
    const root = isEmpty ? emptyAt(scanner.peek().start) : this.#node('block')
    while (scanner.isAt('document-end')) scanner.next()
    if (scanner.isAt('end')) return root
    if (scanner.isAt('document-start'))
      throw new YamlError('it holds more than one document', scanner.peek().start)
    throw this.#unexpected('the end of the document')
  }

  #node(place: 'block' | 'block-or-list' | 'flow'): YamlNode {
    const scanner = this.#scanner
    if (scanner.isAt('alias')) return this.#target(scanner.next())
    let anchor: Token | undefined
    let tag: Token | undefined
    while (
      (anchor === undefined && scanner.isAt('anchor')) ||
      (tag === undefined && scanner.isAt('tag'))
    ) {
      const token = scanner.next()
      if (token.type === 'anchor') anchor = token
      else tag = token
    }
    const name = anchor?.name
    if (name !== undefined) this.#anchors.set(name, undefined)
    const node = this.#content(place, tag, anchor)
    if (name !== undefined) this.#anchors.set(name, node)
    return node
  }

  #content(
    place: 'block' | 'block-or-list' | 'flow',
    tag: Token | undefined,
    anchor: Token | undefined,
  ): YamlNode {
    const token = this.#scanner.peek()
    if (token.type === 'scalar') return this.#scalar(this.#scanner.next(), tag)
    if (tag !== undefined && COLLECTIONS.has(token.type)) this.#checkCollectionTag(tag)
    if (token.type === 'flow-sequence') return this.#flowList()
    if (token.type === 'flow-mapping') return this.#flowMap()
    if (place !== 'flow') {
      if (token.type === 'block-sequence') return this.#blockList()
      if (token.type === 'block-mapping') return this.#blockMap()
      if (place === 'block-or-list' && token.type === 'entry') return this.#listWithoutIndent()
    }
    if (anchor === undefined && tag === undefined) throw this.#unexpected('a value')
    const type = tag === undefined ? 'null' : this.#typeOfTagged('', tag)
    return emptyAt(Math.max(anchor?.end ?? 0, tag?.end ?? 0), type)
  }

  #target({ name = '', start, end }: Token): YamlNode {
    const target = this.#anchors.get(name)
    if (target !== undefined) return { ...target, alias: { start, end } }
    throw new YamlError(
      this.#anchors.has(name)
        ? `the alias *${shortened(name)} is part of what it refers to`
        : `the alias *${shortened(name)} has no anchor before it`,
      start,
    )
  }

  #scalar(token: Token, tag: Token | undefined): YamlScalar {
    const { scalar, indent = -1 } = token
    if (scalar === undefined) throw this.#unexpected('a value')
    const { value, style, start, end } = scalar
    return {
      kind: 'scalar',
      text: value,
      type: this.#typeOf(token, tag),
      style,
      start,
      end,
      indent,
      inFlow: token.inFlow === true,
      size: { values: 1, characters: value.length, depth: 0 },
    }
  }

  #typeOf({ scalar, start }: Token, tag: Token | undefined): ScalarType {
    const { value = '', style = 'plain' } = scalar ?? {}
    const type = tag === undefined ? typeOfUntagged(value, style) : this.#typeOfTagged(value, tag)
    // As a key, it is a text.
    const isBare = tag === undefined && style === 'plain' && value === '='
    const fault =
      isBare && !this.#scanner.isAt('value')
        ? 'a "=" without quotes is a tag of its own'
        : faultOfValue(value, type)
    if (fault !== undefined) this.#onNote('unfit_value', start, fault)
    return type
  }

  #typeOfTagged(value: string, { name = '', start }: Token): ScalarType {
    // As PyYAML has it, "!" alone asks for the type that the text would have without quotes.
    if (name === '!') return typeOfPlain(value)
    const type = SCALAR_TAGS.get(coreTag(name))
    if (type === undefined) this.#onNote('unknown_tag', start, name)
    return type ?? 'str'
  }

  #checkCollectionTag({ name = '', start }: Token): void {
    if (!COLLECTION_TAGS.has(coreTag(name))) this.#onNote('unknown_tag', start, name)
  }

  #blockList(): YamlList {
    const { start } = this.#scanner.next()
    const items = this.#blockItems('block-end')
    return listOf(items, { start, end: this.#take('block-end', 'an item of the list').start })
  }

  /** A list in a mapping may be in the mapping's own column. */
  #listWithoutIndent(): YamlList {
    const { start } = this.#scanner.peek()
    const items = this.#blockItems('key', 'value', 'block-end')
    return listOf(items, { start, end: this.#scanner.peek().start })
  }

  #blockItems(...ends: readonly TokenType[]): YamlNode[] {
    const items: YamlNode[] = []
    while (this.#scanner.isAt('entry')) {
      const { end } = this.#scanner.next()
      items.push(this.#scanner.isAt('entry', ...ends) ? emptyAt(end) : this.#node('block'))
    }
    return items
  }

  #blockMap(): YamlMap {
    const { start } = this.#scanner.next()
    const entries = new MapEntries(this.#onNote)
    while (this.#scanner.isAt('key')) {
      const { end } = this.#scanner.next()
      const key = this.#blockPart(end)
      const isSet = this.#scanner.isAt('value')
      const value = isSet
        ? this.#blockPart(this.#scanner.next().end)
        : emptyAt(this.#scanner.peek().start)
      this.#put(entries, key, value)
    }
    return entries.map({ start, end: this.#take('block-end', 'a key').start })
  }

  #blockPart(end: number): YamlNode {
    return this.#scanner.isAt('key', 'value', 'block-end')
      ? emptyAt(end)
      : this.#node('block-or-list')
  }

  #flowList(): YamlList {
    const { start } = this.#scanner.next()
    const items: YamlNode[] = []
    while (!this.#scanner.isAt('flow-sequence-end')) {
      if (items.length > 0) this.#take('flow-entry', '"," or "]"')
      if (this.#scanner.isAt('key')) items.push(this.#flowPair('flow-sequence-end'))
      else if (!this.#scanner.isAt('flow-sequence-end')) items.push(this.#node('flow'))
    }
    return listOf(items, { start, end: this.#scanner.next().end })
  }

  /** A mapping with one key, without braces. */
  #flowPair(closing: TokenType): YamlMap {
    const { start } = this.#scanner.peek()
    const entries = new MapEntries(this.#onNote)
    this.#flowEntry(entries, closing)
    return entries.map({ start, end: this.#scanner.peek().start })
  }

  #flowMap(): YamlMap {
    const { start } = this.#scanner.next()
    const entries = new MapEntries(this.#onNote)
    let isFirst = true
    while (!this.#scanner.isAt('flow-mapping-end')) {
      if (!isFirst) this.#take('flow-entry', '"," or "}"')
      isFirst = false
      if (this.#scanner.isAt('key')) this.#flowEntry(entries, 'flow-mapping-end')
      else if (!this.#scanner.isAt('flow-mapping-end')) {
        const key = this.#node('flow')
        this.#put(entries, key, emptyAt(key.end))
      }
    }
    return entries.map({ start, end: this.#scanner.next().end })
  }

  #flowEntry(entries: MapEntries, closing: TokenType): void {
    const scanner = this.#scanner
    const { end } = scanner.next()
    const key = scanner.isAt('value', 'flow-entry', closing) ? emptyAt(end) : this.#node('flow')
    let value: YamlNode = emptyAt(key.end)
    if (scanner.isAt('value')) {
      const token = scanner.next()
      value = scanner.isAt('flow-entry', closing) ? emptyAt(token.end) : this.#node('flow')
    }
    this.#put(entries, key, value)
  }

  #put(entries: MapEntries, key: YamlNode, value: YamlNode): void {
    if (key.kind !== 'scalar')
      throw new YamlError('a key is a list or a mapping, expected a text', key.start)
    if (key.type !== 'merge') return entries.set(key, value)
    this.#merged += entries.merge(value)
    if (this.#merged > VALUES_MAX) throw unfoldsTooFar()
  }

  #take(type: TokenType, expected: string): Token {
    if (!this.#scanner.isAt(type)) throw this.#unexpected(expected)
    return this.#scanner.next()
  }

  #unexpected(expected: string): YamlError {
    return new YamlError(`expected ${expected}`, this.#scanner.peek().start)
  }
}

function typeOfUntagged(value: string, style: YamlScalar['style']): ScalarType {
  return style === 'plain' ? typeOfPlain(value) : 'str'
}

const CORE = 'tag:yaml.org,2002:'
const SCALAR_TAGS: ReadonlyMap<string, ScalarType> = new Map([
  ['str', 'str'],
  ['int', 'int'],
  ['float', 'float'],
  ['bool', 'bool'],
  ['null', 'null'],
  ['timestamp', 'timestamp'],
  ['merge', 'merge'],
  ['binary', 'binary'],
])
const COLLECTIONS: ReadonlySet<TokenType> = new Set([
  'flow-sequence',
  'flow-mapping',
  'block-sequence',
  'block-mapping',
])
const COLLECTION_TAGS: ReadonlySet<string> = new Set(['map', 'seq', ''])

/** `str` for `!!str` and `!<tag:yaml.org,2002:str>`; '' for `!`. */
function coreTag(name: string): string {
  if (name.startsWith('!!')) return name.slice(2)
  if (name.startsWith(`!<${CORE}`)) return name.slice(2 + CORE.length, -1)
  return name === '!' ? '' : `!${shown(name)}`
}

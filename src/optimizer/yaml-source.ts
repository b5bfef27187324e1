import { TextDecoder } from 'node:util'
import {
  Composer,
  Lexer,
  Parser,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { WorkflowError } from './workflow-error.js'
import { shortened } from '../base/values.js'
import { shown } from '../base/options.js'

/** The largest workflow file that is read by default, in bytes. The largest real one seen has 100 KB. */
export const WORKFLOW_BYTES_MAX: number = 1024 * 1024

/**
 * The value of one YAML document. Numbers are returned as their text in the file: node ids are written as long digit
 * strings, sometimes without quotes, and must not lose a digit.
 * Throws WorkflowError OPT-EXT-003 for anything but one well-formed YAML document in UTF-8 of at most `bytesMax`.
 */
export function parseYaml(source: Uint8Array | string, file: string, bytesMax: number): unknown {
  try {
    return valueOf(composeYaml(decoded(source, bytesMax), bytesMax))
  } catch (cause) {
    if (cause instanceof YamlError) throw refusal(file, cause)
    throw cause
  }
}

function decoded(source: Uint8Array | string, bytesMax: number): string {
  const bytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength
  if (bytes > bytesMax) throw new YamlError(`it has ${bytes} bytes, the limit is ${bytesMax}`)
  if (typeof source === 'string') return source
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch (cause) {
    throw new YamlError('it is not UTF-8 text', { cause })
  }
}

function refusal(file: string, { message, cause }: YamlError): WorkflowError {
  return new WorkflowError('OPT-EXT-003', `${file} cannot be parsed as YAML: ${message}`, {
    context: { file, reason: message },
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * Deepest nesting of a file; real workflows have about 15 levels. The composer is recursive, and if V8 has to compile a
 * regular expression for it at the end of the stack, the whole process aborts.
 */
const YAML_DEPTH_MAX = 100

/** Real workflows have at most one token for every three bytes. */
const BYTES_PER_TOKEN_MIN = 2

/** A text is not one well-formed YAML document within the limits. The message is the reason. */
class YamlError extends Error {
  override readonly name = 'YamlError'
}

/**
 * Composes a text with a single YAML document, in time and memory that grow with the length of the text only. Depth and
 * number of tokens are checked while the text is parsed, before anything recursive sees it. Unique keys are left to the
 * caller: the composer compares each key with all others.
 *
 * @throws YamlError
 */
function composeYaml(text: string, bytesMax: number): Document.Parsed {
  const composer = strictComposer(text)
  let document: Document.Parsed | undefined
  const keep = (next: Document.Parsed): void => {
    if (document !== undefined) throw new YamlError('it holds more than one document')
    document = next
  }
  for (const token of parsed(text, bytesMax)) {
    if (token.type === 'error') throw withPlace(token.message, text, token.offset)
    for (const next of composer.next(token)) keep(next)
  }
  for (const next of composer.end(true, text.length)) keep(next)
  if (document === undefined) throw new YamlError('it holds no document')
  return document
}

function* parsed(text: string, bytesMax: number): ReturnType<Parser['parse']> {
  const parser = new Parser()
  const tokensMax = Math.floor(bytesMax / BYTES_PER_TOKEN_MIN)
  let tokens = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (++tokens > tokensMax) throw new YamlError(`it has more than ${tokensMax} tokens`)
    yield* parser.next(lexeme)
    if (parser.stack.length > YAML_DEPTH_MAX)
      throw new YamlError(`it is nested more than ${YAML_DEPTH_MAX} levels deep`)
  }
  yield* parser.end()
}

type Place = number | readonly [number, number] | { readonly offset: number }

/**
 * A composer that fails at the first error. By default it collects errors, with stack traces, for up to every second
 * byte. The schema is fixed, regardless of a %YAML directive: some of the other tags take quadratic time.
 */
function strictComposer(text: string): Composer {
  const composer = new Composer({ schema: 'core', resolveKnownTags: false, uniqueKeys: false })
  let first: YamlError | undefined
  const onError = (place: Place, _code: string, message: string, isWarning?: boolean): void => {
    if (isWarning === true) return
    // The composer catches errors thrown inside a collection, and reports them as errors of that collection.
    first ??= withPlace(message, text, offsetOf(place))
    throw first
  }
  return Object.defineProperty(composer, 'onError', { value: onError })
}

function offsetOf(place: Place): number {
  if (typeof place === 'number') return place
  return 'offset' in place ? place.offset : place[0]
}

function withPlace(message: string, text: string, offset: number): YamlError {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return new YamlError(`${shortened(message)} at line ${line}, column ${column}`)
}

/** Most values once aliases and merge keys are unfolded. */
const VALUES_MAX = 1_000_000
/** Most characters of text once aliases and merge keys are unfolded. */
const CHARACTERS_MAX = 32 * 1024 * 1024

const MERGE_KEY = '<<'
const MERGE_TAG = 'tag:yaml.org,2002:merge'

/** An unfolded node: its value, and how large that would be without aliases. */
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
 * The plain value of a composed document. Merge keys (`<<`) are applied as Dify's own parser applies them. Numbers are
 * returned as their text in the file. Aliases share their value: the unfolded size is limited, not their number.
 *
 * @throws YamlError for a key that occurs twice, an alias without an anchor, and a value that unfolds past the limits
 */
function valueOf(document: Document.Parsed): unknown {
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

/** A plain `<<`; quoted, or with a tag, it is an ordinary text. */
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

/** A YAML mapping as plain data. */
export type YamlRecord = Readonly<Record<string, unknown>>

/** Whether a value is a mapping (and not a list). */
export function isRecord(value: unknown): value is YamlRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  Parser,
} from 'yaml'
import { YamlError } from './yaml-cursor.js'
import { YAML_DEPTH_MAX } from './yaml-tokens.js'
import type { YamlNode } from './yaml-tree.js'

/**
 * Whether another parser of YAML, `yaml`, reads a text to the same keys and the same characters of each scalar. It
 * shares nothing with the reader of this room, and follows YAML 1.2, so it refuses some files that Dify takes:
 * undefined then. Depth and tokens are limited, and the first error ends it.
 */
export function isReadTheSame(text: string, root: YamlNode): boolean | undefined {
  const document = compose(text)
  if (document === undefined) return undefined
  return isSame(document.contents, root, new Set(), document)
}

/** Some of what the parser does takes quadratic time for hostile files; there is one token for three bytes in real ones. */
const TOKENS_MAX = 2_000_000
/** Each is looked up in the whole document. Dify writes none. */
const ALIASES_MAX = 100

function compose(text: string): Document.Parsed | undefined {
  try {
    const composer = strictComposer()
    const documents: Document.Parsed[] = []
    for (const token of tokensOf(text))
      for (const next of composer.next(token)) documents.push(next)
    for (const next of composer.end(true, text.length)) documents.push(next)
    return documents.length === 1 ? documents[0] : undefined
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

/** @throws YamlError always */
function refuse(reason: string): never {
  throw new YamlError(reason)
}

function* tokensOf(text: string): ReturnType<Parser['parse']> {
  const parser = new Parser()
  let [tokens, aliases] = [0, 0]
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('*') && ++aliases > ALIASES_MAX) refuse('a limit')
    if (++tokens > TOKENS_MAX || parser.stack.length > 2 * YAML_DEPTH_MAX) refuse('a limit')
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') refuse(token.message)
      yield token
    }
  }
  yield* parser.end()
}

/** All scalars are texts. It collects errors otherwise, with stack traces, and goes on. */
function strictComposer(): Composer {
  const composer = new Composer({ schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false })
  const onError = (_place: unknown, _code: string, message: string, isWarning?: boolean): void => {
    if (isWarning !== true) refuse(message)
  }
  return Object.defineProperty(composer, 'onError', { value: onError })
}

/** Aliases to the same node are compared once. */
function isSame(other: unknown, node: YamlNode, seen: Set<object>, document: Document): boolean {
  const target = isAlias(other) ? other.resolve(document) : other
  if (target === undefined || target === null) return isEmptyScalar(node)
  if (isAlias(other) && seen.has(target)) return true
  seen.add(target)
  if (isScalar(target)) return node.kind === 'scalar' && textOf(target.value) === node.text
  if (isSeq(target)) {
    return (
      node.kind === 'list' &&
      node.items.length === target.items.length &&
      node.items.every((item, at) => isSame(target.items[at], item, seen, document))
    )
  }
  if (!isMap(target) || node.kind !== 'map') return false
  const last = new Map(
    target.items.map((pair) => [keyOf(pair as Pair<Node, Node>, document), pair]),
  )
  for (const [key, pair] of last) {
    const field = key === undefined ? undefined : node.entries.get(key)
    // A merge key is applied in the other tree.
    if (key === '<<' && field === undefined) continue
    if (field === undefined || !isSame(pair.value, field, seen, document)) return false
  }
  return true
}

function keyOf({ key }: Pair<Node, Node>, document: Document): string | undefined {
  const target = isAlias(key) ? key.resolve(document) : key
  return isScalar(target) ? textOf(target.value) : undefined
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : undefined
}

function isEmptyScalar(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.text === ''
}

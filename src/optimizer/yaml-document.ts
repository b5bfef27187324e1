import { shortened } from '../base/values.js'
import { Composer, Lexer, Parser, type Document } from 'yaml'

/**
 * Deepest nesting of a file; real workflows have about 15 levels. The composer is recursive, and where it makes V8
 * compile a regular expression at the end of the stack, the whole process aborts.
 */
export const YAML_DEPTH_MAX = 100

/** Real workflows have at most one token for every three bytes. */
const BYTES_PER_TOKEN_MIN = 2

/** A text is not one well-formed YAML document within the limits. The message is the reason. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
}

/**
 * Composes a text with a single YAML document, in time and memory that grow with the length of the text only. Depth and
 * number of tokens are checked while the text is parsed, before anything recursive sees it. Unique keys are left to the
 * caller: the composer compares each key with all others.
 *
 * @throws YamlError
 */
export function composeYaml(text: string, bytesMax: number): Document.Parsed {
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
 * One that fails at the first error. Left to itself it collects an error, stack trace included, for as much as every
 * second byte. One schema whatever a %YAML directive says: some of the other tags take quadratic time.
 */
function strictComposer(text: string): Composer {
  const composer = new Composer({ schema: 'core', resolveKnownTags: false, uniqueKeys: false })
  let first: YamlError | undefined
  const onError = (place: Place, _code: string, message: string, isWarning?: boolean): void => {
    if (isWarning === true) return
    // The composer catches what is thrown inside of a collection, and reports it as an error of that collection.
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

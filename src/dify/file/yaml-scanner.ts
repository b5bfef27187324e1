import {
  YAML_DEPTH_MAX,
  type OnYamlNote,
  type Token,
  type TokenType,
  type YamlNoteKind,
} from './yaml-tokens.js'
import { Cursor, isBlankOrEnd, isBreak, YamlError } from './yaml-cursor.js'
import { checkDirective } from './yaml-directives.js'
import { scanBlockScalar } from './yaml-block-scalar.js'
import {
  isFlowIndicator,
  isNameCharacter,
  scanPlain,
  scanQuoted,
  type ScalarSurroundings,
  type ScannedScalar,
} from './yaml-scalars.js'

/** A place that is a key if a `:` follows on the same line. */
interface PossibleKey {
  readonly token: number
  readonly required: boolean
  readonly index: number
  readonly line: number
  readonly column: number
}

/** YAML 1.1, section 7.3: a key without `?` has at most that many characters, and is on one line. */
const KEY_CHARACTERS_MAX = 1024

const CHARACTER = {
  '-': 0x2d,
  '?': 0x3f,
  ':': 0x3a,
  '#': 0x23,
  '%': 0x25,
  tab: 0x09,
} as const

/**
 * Splits YAML 1.1 into tokens, as PyYAML does, which is what Dify reads its files with. It does not check the
 * indentation of the lines of a text in quotes or of a flow collection. Time and memory grow with the length of the
 * text. What PyYAML refuses and YAML 1.2 takes (tabs behind a value) is taken, with a note.
 */
export class YamlScanner implements ScalarSurroundings {
  readonly #cursor: Cursor
  readonly #onNote: OnYamlNote
  readonly #tokens: Token[] = []
  #taken = 0
  #done = false
  #flowLevel = 0
  #indent = -1
  readonly #indents: number[] = []
  #mayBeKey = true
  readonly #keys = new Map<number, PossibleKey>()

  constructor(text: string, onNote: OnYamlNote) {
    this.#cursor = new Cursor(text)
    this.#onNote = onNote
  }

  get indent(): number {
    return this.#indent
  }

  get inFlow(): boolean {
    return this.#flowLevel > 0
  }

  onNote(kind: YamlNoteKind, offset: number): void {
    this.#onNote(kind, offset)
  }

  /** The next token, which stays. */
  peek(): Token {
    while (this.#needsMore()) this.#fetch()
    const [next] = this.#tokens
    if (next === undefined) throw new YamlError('it ends too early', this.#cursor.index)
    return next
  }

  /** The next token, which is taken. */
  next(): Token {
    const token = this.peek()
    this.#tokens.shift()
    this.#taken += 1
    return token
  }

  /** Whether the next token is one of these. */
  isAt(...types: readonly TokenType[]): boolean {
    return types.includes(this.peek().type)
  }

  /** A token may turn out to be a key, so it is known only once that is decided. */
  #needsMore(): boolean {
    if (this.#done) return false
    if (this.#tokens.length === 0) return true
    this.#dropStaleKeys()
    for (const key of this.#keys.values()) if (key.token === this.#taken) return true
    return false
  }

  #fetch(): void {
    this.#toNextToken()
    this.#dropStaleKeys()
    this.#unwind(this.#cursor.column)
    const cursor = this.#cursor
    const code = cursor.peek()
    if (code === -1) return this.#fetchEnd()
    if (cursor.column === 0 && code === CHARACTER['%']) return this.#skipDirective()
    if (cursor.isAtDocumentMark()) return this.#fetchDocumentMark()
    const next = cursor.peek(1)
    if (code === CHARACTER['-'] && isBlankOrEnd(next)) return this.#fetchEntry()
    const isIndicator = this.inFlow || isBlankOrEnd(next)
    if (code === CHARACTER['?'] && isIndicator) return this.#fetchKey()
    if (code === CHARACTER[':'] && isIndicator) return this.#fetchValue()
    this.#fetchByCharacter(cursor.text.charAt(cursor.index), next)
  }

  #fetchByCharacter(character: string, next: number): void {
    switch (character) {
      case '[':
        return this.#openFlow('flow-sequence')
      case '{':
        return this.#openFlow('flow-mapping')
      case ']':
        return this.#closeFlow('flow-sequence-end')
      case '}':
        return this.#closeFlow('flow-mapping-end')
      case ',':
        this.#mayBeKey = true
        this.#dropKey()
        return this.#add('flow-entry', 1)
      case '*':
        return this.#fetchName('alias')
      case '&':
        return this.#fetchName('anchor')
      case '!':
        return this.#fetchTag()
      case "'":
      case '"':
        this.#beginKey()
        this.#mayBeKey = false
        return this.#addScalar(scanQuoted(this.#cursor, this))
      case '|':
      case '>':
        if (!this.inFlow) return this.#fetchBlockScalar()
        break
      case '-':
        return this.#fetchPlain()
      case '?':
      case ':':
        if (!this.inFlow && !isBlankOrEnd(next)) return this.#fetchPlain()
        break
      case '@':
      case '`':
      case '%':
      case '#':
      case '\t':
        break
      default:
        return this.#fetchPlain()
    }
    const name = character === '\t' ? 'a tab' : JSON.stringify(character)
    throw new YamlError(`${name} cannot begin a value`, this.#cursor.index)
  }

  #toNextToken(): void {
    const cursor = this.#cursor
    for (;;) {
      const isLineStart = cursor.column === 0
      const start = cursor.index
      cursor.skipBlanks(!isLineStart || this.inFlow)
      if (isLineStart && !this.inFlow) this.#skipTabsOfEmptyLine()
      const tab = cursor.text.slice(start, cursor.index).indexOf('\t')
      if (tab >= 0) this.onNote('tab', start + tab)
      if (cursor.peek() === CHARACTER['#']) this.#toLineEnd()
      if (cursor.peek() !== -1 && !isBreak(cursor.peek())) return
      if (cursor.takeBreak() === '') return
      if (!this.inFlow) this.#mayBeKey = true
    }
  }

  /** Tabs are not indentation. On a line with nothing else they mean nothing in YAML 1.2. */
  #skipTabsOfEmptyLine(): void {
    const cursor = this.#cursor
    let length = 0
    while (cursor.peek(length) === CHARACTER.tab || cursor.peek(length) === 0x20) length += 1
    const code = cursor.peek(length)
    if (code === -1 || isBreak(code) || code === CHARACTER['#']) cursor.skip(length)
  }

  #toLineEnd(): void {
    while (this.#cursor.peek() !== -1 && !isBreak(this.#cursor.peek())) this.#cursor.skip(1)
  }

  #add(type: TokenType, length: number): void {
    const start = this.#cursor.index
    this.#cursor.skip(length)
    this.#tokens.push({ type, start, end: this.#cursor.index })
  }

  #addScalar(scalar: ScannedScalar): void {
    const { start, end } = scalar
    const { indent, inFlow } = this
    this.#tokens.push({ type: 'scalar', start, end, scalar, indent, inFlow })
  }

  #fetchEnd(): void {
    this.#unwind(-1)
    this.#dropKey()
    this.#keys.clear()
    this.#add('end', 0)
    this.#done = true
  }

  /** `%YAML` and `%TAG`: the version is 1.1 in any case, and tags of other kinds are not read. */
  #skipDirective(): void {
    this.#unwind(-1)
    this.#dropKey()
    this.#mayBeKey = false
    checkDirective(this.#cursor.text, this.#cursor.index)
    this.#toLineEnd()
  }

  #fetchDocumentMark(): void {
    this.#unwind(-1)
    this.#dropKey()
    this.#mayBeKey = false
    this.#add(this.#cursor.startsWith('---') ? 'document-start' : 'document-end', 3)
  }

  #openFlow(type: TokenType): void {
    this.#beginKey()
    this.#flowLevel += 1
    this.#checkDepth()
    this.#mayBeKey = true
    this.#add(type, 1)
  }

  #closeFlow(type: TokenType): void {
    this.#dropKey()
    if (this.#flowLevel === 0)
      throw new YamlError('a bracket is closed that was not opened', this.#cursor.index)
    this.#flowLevel -= 1
    this.#mayBeKey = false
    this.#add(type, 1)
  }

  #checkDepth(): void {
    if (this.#flowLevel + this.#indents.length <= YAML_DEPTH_MAX) return
    throw new YamlError(`it is nested more than ${YAML_DEPTH_MAX} levels deep`, this.#cursor.index)
  }

  #fetchEntry(): void {
    if (!this.inFlow) {
      if (!this.#mayBeKey)
        throw new YamlError('an item of a list is not allowed here', this.#cursor.index)
      this.#indentTo(this.#cursor.column, 'block-sequence')
    }
    this.#mayBeKey = true
    this.#dropKey()
    this.#add('entry', 1)
  }

  #fetchKey(): void {
    if (!this.inFlow) {
      if (!this.#mayBeKey) throw new YamlError('a key is not allowed here', this.#cursor.index)
      this.#indentTo(this.#cursor.column, 'block-mapping')
    }
    this.#mayBeKey = !this.inFlow
    this.#dropKey()
    this.#add('key', 1)
  }

  #fetchValue(): void {
    const key = this.#keys.get(this.#flowLevel)
    if (key !== undefined) {
      this.#keys.delete(this.#flowLevel)
      const place = { start: key.index, end: key.index }
      const at = key.token - this.#taken
      this.#tokens.splice(at, 0, { type: 'key', ...place })
      if (!this.inFlow && this.#indentsTo(key.column))
        this.#tokens.splice(at, 0, { type: 'block-mapping', ...place })
      this.#mayBeKey = false
    } else {
      if (!this.inFlow) {
        if (!this.#mayBeKey)
          throw new YamlError('a value of a key is not allowed here', this.#cursor.index)
        this.#indentTo(this.#cursor.column, 'block-mapping')
      }
      this.#mayBeKey = !this.inFlow
      this.#dropKey()
    }
    this.#add('value', 1)
  }

  #fetchName(type: 'alias' | 'anchor'): void {
    this.#beginKey()
    this.#mayBeKey = false
    const { text, index } = this.#cursor
    let end = index + 1
    while (end < text.length && isNameCharacter(text.charCodeAt(end))) end += 1
    if (end === index + 1) throw new YamlError(`the name of an ${type} is missing`, index)
    this.#cursor.skip(end - index)
    const name = text.slice(index + 1, end)
    if (!/^[\w-]+$/.test(name)) this.#onNote('anchor', index, name)
    this.#tokens.push({ type, start: index, end, name })
  }

  #fetchTag(): void {
    this.#beginKey()
    this.#mayBeKey = false
    const { text, index } = this.#cursor
    let end = index + 1
    const isVerbatim = text.charAt(end) === '<'
    const isPart = (code: number): boolean =>
      !isBlankOrEnd(code) && (isVerbatim || !isFlowIndicator(code))
    while (end < text.length && isPart(text.charCodeAt(end))) end += 1
    this.#cursor.skip(end - index)
    this.#tokens.push({ type: 'tag', start: index, end, name: text.slice(index, end) })
  }

  #fetchBlockScalar(): void {
    this.#mayBeKey = true
    this.#dropKey()
    this.#addScalar(scanBlockScalar(this.#cursor, this))
  }

  #fetchPlain(): void {
    this.#beginKey()
    const scalar = scanPlain(this.#cursor, this)
    this.#mayBeKey = /[\n\r\u0085\u2028\u2029]/.test(
      this.#cursor.text.slice(scalar.end, this.#cursor.index),
    )
    this.#addScalar(scalar)
  }

  #beginKey(): void {
    const { index, line, column } = this.#cursor
    const required = !this.inFlow && this.#indent === column
    if (!this.#mayBeKey) return
    this.#dropKey()
    const token = this.#taken + this.#tokens.length
    this.#keys.set(this.#flowLevel, { token, required, index, line, column })
  }

  #dropKey(): void {
    const key = this.#keys.get(this.#flowLevel)
    if (key?.required === true) throw keyWithoutColon(key)
    this.#keys.delete(this.#flowLevel)
  }

  #dropStaleKeys(): void {
    for (const [level, key] of this.#keys) {
      if (key.line === this.#cursor.line && !this.#isTooFarFrom(key)) continue
      if (key.required) throw keyWithoutColon(key)
      this.#keys.delete(level)
    }
  }

  #isTooFarFrom({ index }: PossibleKey): boolean {
    const length = this.#cursor.index - index
    if (length <= KEY_CHARACTERS_MAX) return false
    return (
      length > 2 * KEY_CHARACTERS_MAX ||
      Array.from(this.#cursor.text.slice(index, this.#cursor.index)).length > KEY_CHARACTERS_MAX
    )
  }

  #indentTo(column: number, type: TokenType): void {
    const start = this.#cursor.index
    if (this.#indentsTo(column)) this.#tokens.push({ type, start, end: start })
  }

  #indentsTo(column: number): boolean {
    if (this.#indent >= column) return false
    this.#indents.push(this.#indent)
    this.#indent = column
    this.#checkDepth()
    return true
  }

  #unwind(column: number): void {
    if (this.inFlow) return
    const start = this.#cursor.index
    while (this.#indent > column) {
      this.#indent = this.#indents.pop() ?? -1
      this.#tokens.push({ type: 'block-end', start, end: start })
    }
  }
}

function keyWithoutColon({ index }: PossibleKey): YamlError {
  return new YamlError('a ":" is missing behind a key, which is on one line', index)
}

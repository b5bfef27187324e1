/** A text is not one well-formed YAML document within the limits. The message is the reason, without the place. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
  /** Where it is, in UTF-16 code units from the start of the text. Undefined if it concerns the whole text. */
  readonly offset: number | undefined

  constructor(reason: string, offset?: number, options?: ErrorOptions) {
    super(reason, options)
    this.offset = offset
  }
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09

/**
 * Whether a character code ends a line in YAML 1.1: line feed, carriage return, next line (U+0085), line separator and
 * paragraph separator. YAML 1.2 has only the first two.
 */
export function isBreak(code: number): boolean {
  return (
    code === LINE_FEED ||
    code === CARRIAGE_RETURN ||
    code === 0x85 ||
    code === 0x2028 ||
    code === 0x2029
  )
}

/** Whether a token may end before this code: a space, a tab, a line break, or the end of the text (-1). */
export function isBlankOrEnd(code: number): boolean {
  return code === SPACE || code === TAB || code === -1 || isBreak(code)
}

/** A place in a text that moves forward only. Knows its line and column. */
export class Cursor {
  readonly text: string
  index: number
  /** From 0. */
  line = 0
  #lineStart: number

  /** A byte order mark at the start is skipped, and has no column. */
  constructor(text: string) {
    this.text = text
    this.index = text.charCodeAt(0) === 0xfeff ? 1 : 0
    this.#lineStart = this.index
  }

  /** From 0, in UTF-16 code units. */
  get column(): number {
    return this.index - this.#lineStart
  }

  /** The code of the character at a distance; -1 behind the end. */
  peek(distance = 0): number {
    const at = this.index + distance
    return at < this.text.length ? this.text.charCodeAt(at) : -1
  }

  /** Whether the text goes on with these characters. */
  startsWith(characters: string): boolean {
    return this.text.startsWith(characters, this.index)
  }

  /** Moves over characters of one line. */
  skip(count: number): void {
    this.index += count
  }

  /** Moves over spaces, and over tabs if `withTabs`. Returns how many characters there were. */
  skipBlanks(withTabs: boolean): number {
    const start = this.index
    for (let code = this.peek(); code === SPACE || (withTabs && code === TAB); code = this.peek())
      this.index += 1
    return this.index - start
  }

  /**
   * Moves over one line break and returns it as YAML reads it: '\n', or the line or paragraph separator itself. ''
   * where there is none.
   */
  takeBreak(): string {
    const code = this.peek()
    if (!isBreak(code)) return ''
    this.index += code === CARRIAGE_RETURN && this.peek(1) === LINE_FEED ? 2 : 1
    this.line += 1
    this.#lineStart = this.index
    return code > 0x85 ? String.fromCharCode(code) : '\n'
  }

  /** Whether a line begins with `---` or `...`, which end a document even within a scalar. */
  isAtDocumentMark(): boolean {
    return (
      this.column === 0 &&
      (this.startsWith('---') || this.startsWith('...')) &&
      isBlankOrEnd(this.peek(3))
    )
  }
}

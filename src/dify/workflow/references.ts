import type { TextSyntax } from './carriers.js'

/** What a reference is to. 'plain' is `{{name}}`; 'output' an input field of a form for people. */
export type ReferenceKind =
  'node' | 'sys' | 'env' | 'conversation' | 'rag' | 'output' | 'special' | 'plain' | 'malformed'

/** A placeholder in a text. */
export interface Reference {
  /** As it is written, with its braces. */
  readonly raw: string
  /** In UTF-16 code units from the start of the text. */
  readonly start: number
  /** Behind the last brace. */
  readonly end: number
  readonly kind: ReferenceKind
  /** The names between the dots: first the id of a node, `sys`, `env` or `conversation`, then fields. */
  readonly parts: readonly string[]
  /**
   * Whether Dify's engine reads it as a reference in a text of this syntax. If not, it reaches the model as it is
   * written: a `{{name}}` in the message of an LLM node, or a node id with `-`, which the editor shows as a reference.
   */
  readonly resolvable: boolean
}

/** The engine's grammar: no blanks, no `-`; up to ten names behind the first one. */
const ENGINE = /^[a-zA-Z0-9_]{1,50}(?:\.[a-zA-Z_][a-zA-Z0-9_]{0,29}){1,10}$/
/** The editor's, which is wider: `-` in the first name, and a number as the second. */
const EDITOR = /^[\w-]{1,50}(?:\.\d+)?(?:\.[a-z_]\w{0,29}){1,10}$/i
const FORM_OUTPUT = /^\$output\.[a-zA-Z_][a-zA-Z0-9_]{0,29}$/
const SPECIAL: ReadonlySet<string> = new Set(['context', 'histories', 'query'])
const APP_VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]{0,29}$/
const JINJA_NAME = /^-?\s*([a-zA-Z_]\w*(?:\.[a-zA-Z_]\w*)*)/

/** Longest text between the braces that is read; the longest reference of the engine has 360 characters. */
const INSIDE_MAX = 400

/**
 * The references in a text, in order. Pure; the time grows with the length of the text.
 *
 * @param syntax how Dify fills in the text (`CarriedText.syntax`)
 */
export function referencesOf(text: string, syntax: TextSyntax): readonly Reference[] {
  const found: Reference[] = []
  let at = text.indexOf('{{')
  while (at !== -1) {
    const reference = referenceAt(text, at, syntax)
    if (reference !== undefined) found.push(reference)
    at = text.indexOf('{{', reference?.end ?? at + 1)
  }
  return found
}

function referenceAt(text: string, start: number, syntax: TextSyntax): Reference | undefined {
  const isHashed = text.charAt(start + 2) === '#'
  const [opening, closing] = isHashed ? ['{{#', '#}}'] : ['{{', '}}']
  const from = start + opening.length
  const length = text.slice(from, from + INSIDE_MAX).indexOf(closing)
  if (length === -1) return undefined
  const inside = text.slice(from, from + length)
  if (inside.includes('{{') || /[\r\n]/.test(inside)) return undefined
  const end = from + length + closing.length
  const raw = text.slice(start, end)
  if (!isHashed && syntax !== 'jinja2' && inside.includes('{')) return undefined
  return { raw, start, end, ...(isHashed ? hashed(inside, syntax) : plain(inside, syntax)) }
}

type Meaning = Pick<Reference, 'kind' | 'parts' | 'resolvable'>

function hashed(inside: string, syntax: TextSyntax): Meaning {
  // Jinja2 fails at the "#".
  const isRead = syntax === 'basic' || syntax === 'app'
  if (SPECIAL.has(inside)) return { kind: 'special', parts: [inside], resolvable: isRead }
  const parts = inside.split('.')
  if (FORM_OUTPUT.test(inside)) return { kind: 'output', parts, resolvable: syntax === 'basic' }
  const isResolvable = ENGINE.test(inside)
  if (!isResolvable && !EDITOR.test(inside))
    return { kind: 'malformed', parts: [inside], resolvable: false }
  return { kind: kindOf(parts[0] ?? ''), parts, resolvable: isResolvable && syntax === 'basic' }
}

function kindOf(first: string): ReferenceKind {
  switch (first) {
    case 'sys':
    case 'env':
    case 'conversation':
    case 'rag':
      return first
    default:
      return 'node'
  }
}

function plain(inside: string, syntax: TextSyntax): Meaning {
  if (syntax === 'jinja2') {
    const name = JINJA_NAME.exec(inside)?.[1]
    if (name === undefined) return { kind: 'malformed', parts: [inside.trim()], resolvable: false }
    return { kind: 'plain', parts: name.split('.'), resolvable: true }
  }
  const resolvable = syntax === 'app' && APP_VARIABLE.test(inside)
  return { kind: 'plain', parts: [inside.trim()], resolvable }
}

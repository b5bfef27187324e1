import { StorageError } from '../../base/errors.js'
import { isErrorNamed } from '../../base/values.js'
import { shown } from '../../base/options.js'
import { isPromptId } from '../../document/prompt-id.js'
import { parseReferenceAfterAt, type Reference } from './reference.js'

/** A place where a prompt includes another. */
export interface Include {
  readonly id: string
  readonly reference: Reference
}

/** A text between includes, or an include. */
export type Piece = string | Include

const INCLUDE = /\{\{>([^{}"\n]*|[ \t]*"(?:[^"\\\n]|\\[^\n])*"[^{}"\n]*)\}\}/g
const QUOTED = /^("(?:[^"\\]|\\.)*")[ \t]*(?:@(.*))?$/
const BARE = /^([^\s"{}]*?)(?:@([^@]*))?$/

/**
 * Cuts a text at its includes: `{{> id }}` for the latest stable version, `{{> id@production }}`, `{{> id@^1.2 }}`.
 * The id ends at the last `@`. One with blanks, braces, quotes or an `@` of its own is written as a JSON text:
 * `{{> "my prompt"@production }}`.
 *
 * @throws StorageError OPT-REF-001 with the reason `syntax` for an include that names no prompt or version
 */
export function splitIncludes(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(INCLUDE)) {
    pieces.push(text.slice(end, match.index), parseInclude(match[0], (match[1] ?? '').trim()))
    end = match.index + match[0].length
  }
  pieces.push(text.slice(end))
  return pieces
}

/** Whether a text includes a prompt. */
export function hasIncludes(text: string): boolean {
  return text.search(INCLUDE) >= 0
}

function parseInclude(whole: string, inner: string): Include {
  const [, name, wanted] = QUOTED.exec(inner) ?? BARE.exec(inner) ?? []
  const id = name?.startsWith('"') === true ? unquote(name) : name
  if (!isPromptId(id))
    throw refusal(whole, 'name a prompt as in {{> id }} or {{> "my id"@production }}')
  try {
    return { id, reference: parseReferenceAfterAt(wanted ?? 'latest') }
  } catch (cause) {
    if (!isErrorNamed(cause, 'TypeError')) throw cause
    throw refusal(whole, cause.message, cause)
  }
}

function unquote(name: string): unknown {
  try {
    return JSON.parse(name)
  } catch (error) {
    if (isErrorNamed(error, 'SyntaxError')) return undefined
    throw error
  }
}

function refusal(whole: string, why: string, cause?: Error): StorageError {
  return new StorageError('OPT-REF-001', `Cannot include ${shown(whole)}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { reason: 'syntax' },
  })
}

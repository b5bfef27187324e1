import { isDeepStrictEqual } from 'node:util'
import { freezeJson } from '../../document/freeze-json.js'
import type { Bump } from '../../document/version-number.js'
import { splitIncludes } from './includes.js'
import { placeholdersIn } from './placeholders.js'
import { formatReference } from './reference.js'
import { bodyOf, isChat, textsOf, withTexts, type PromptBody, type Template } from './template.js'

export interface BumpSuggestion {
  readonly bump: Bump
  /** What changed, the greatest change first, such as `placeholder {{name}} was removed`. */
  readonly reasons: readonly string[]
}

/**
 * Suggests which part of the number a change raises, by what it means for the callers of `compile`:
 *
 * - major: they must change. A placeholder was removed (its value would be surplus), or a text became messages.
 * - minor: the prompt works otherwise. A placeholder was added, roles changed, messages were added or removed, other
 *   prompts are included, or `config` changed.
 * - patch: words changed, or other fields.
 *
 * Documents with a `prompt`, such as a `PromptVersion`, are compared by that field alone. `undefined` when nothing
 * changed.
 */
export function suggestBump(before: Template, after: Template): BumpSuggestion | undefined {
  const old = sideOf(before, 'before')
  const next = sideOf(after, 'after')
  const [major, minor, patch] = [majorChanges, minorChanges, patchChanges].map((each) =>
    each(old, next),
  ) as [string[], string[], string[]]
  const reasons = Object.freeze([...major, ...minor, ...patch])
  if (reasons.length === 0) return undefined
  const bump = major.length > 0 ? 'major' : minor.length > 0 ? 'minor' : 'patch'
  return Object.freeze({ bump, reasons })
}

/** One of the two documents that are compared. */
interface Side {
  readonly whole: object
  readonly body: PromptBody
  readonly placeholders: readonly string[]
  readonly includes: readonly string[]
  readonly roles: readonly unknown[]
}

/** A frozen copy is compared: it has the fields that JSON would have. */
function sideOf(document: Template, name: string): Side {
  const copy = freezeJson(document, name)
  const body = bodyOf(copy, name)
  const whole = 'prompt' in copy ? copy.prompt : copy
  const role: unknown = Reflect.get(whole, 'role')
  return {
    whole,
    body,
    placeholders: placeholdersIn(body).map((placeholder) => placeholder.name),
    includes: includesOf(body),
    roles: isChat(body) ? body.messages.map((message) => message.role) : [role],
  }
}

function includesOf(body: PromptBody): readonly string[] {
  const found = textsOf(body).flatMap((text) =>
    splitIncludes(text).flatMap((piece) =>
      typeof piece === 'string' ? [] : [`${piece.id}@${formatReference(piece.reference)}`],
    ),
  )
  return [...new Set(found)].toSorted()
}

function majorChanges(before: Side, after: Side): string[] {
  const removed = without(before.placeholders, after.placeholders)
  const reasons = removed.map((name) => `placeholder {{${name}}} was removed`)
  if (isChat(before.body) === isChat(after.body)) return reasons
  return [...reasons, `the prompt became ${isChat(after.body) ? 'messages' : 'a text'}`]
}

function minorChanges(before: Side, after: Side): string[] {
  const added = without(after.placeholders, before.placeholders)
  const reasons = added.map((name) => `placeholder {{${name}}} was added`)
  if (isChat(before.body) === isChat(after.body)) {
    const [old, next] = [before.roles, after.roles]
    if (old.length !== next.length)
      reasons.push(`there are ${next.length} messages instead of ${old.length}`)
    else if (!isDeepStrictEqual(old, next)) reasons.push('roles changed')
  }
  if (!isDeepStrictEqual(before.includes, after.includes))
    reasons.push('other prompts or versions are included')
  if (!isDeepStrictEqual(configOf(before), configOf(after))) reasons.push('config changed')
  return reasons
}

function patchChanges(before: Side, after: Side): string[] {
  const reasons: string[] = []
  if (!isDeepStrictEqual(textsOf(before.body), textsOf(after.body))) reasons.push('words changed')
  if (!isDeepStrictEqual(remainderOf(before, after), remainderOf(after, before)))
    reasons.push('other fields changed')
  return reasons
}

function without(all: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return all.filter((name) => !known.has(name))
}

function configOf({ whole }: Side): unknown {
  return Reflect.get(whole, 'config')
}

const COMPARED = new Set(['config', 'role', 'text', 'messages'])

/** What the other comparisons leave: other fields of the prompt, and those of messages if there are as many. */
function remainderOf({ whole, body }: Side, others: Side): unknown {
  const fields = Object.fromEntries(Object.entries(whole).filter(([name]) => !COMPARED.has(name)))
  const isComparable = isChat(body) && isChat(others.body)
  if (!isComparable || body.messages.length !== others.body.messages.length) return fields
  const blank = withTexts(
    body,
    textsOf(body).map(() => ''),
  )
  return freezeJson([fields, blank.messages.map((message) => ({ ...message, role: '' }))])
}

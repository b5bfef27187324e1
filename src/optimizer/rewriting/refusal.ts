import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { wrongArgument } from '../../base/misuse.js'
import { choice } from '../../base/options.js'
import { kindOf, shortened } from '../../base/values.js'
import { PROMPT_TEXT_CHARACTERS_MAX } from '../../versions/prompts/prompt.js'
import { countCharacters } from '../../versions/prompts/text-difference.js'
import { languageChange } from './language-change.js'
import { lostItem } from './list-items.js'
import { LIST_ITEM, protectedParts, type ProtectedParts } from './protected-parts.js'
import { protectedRanges, type ProtectedKind } from './protected-ranges.js'

/** Why a proposal is refused. A renamed placeholder is lost under one name and added under another. */
export type RefusalReason =
  | `${ProtectedKind}_${'lost' | 'added'}`
  | 'statement_order'
  | 'tag_order'
  | 'part_moved'
  | 'list_lost'
  | 'language_changed'
  | 'hidden_character'
  | 'truncated'
  | 'blank'
  | 'too_long'

/** One reason, and the part it is about. */
export interface Refusal {
  readonly reason: RefusalReason
  /** A sentence for people. */
  readonly detail: string
}

/**
 * Why a rewritten text must not replace the text before it: an empty list if it may. The one check of the optimizer,
 * for rules, models, searches and patches alike.
 *
 * Kept exactly, as multisets: placeholders, statements (in their order), blocks of code, addresses, tags, JSON. Code
 * between backticks may be added where the text before has it as prose. Placeholders, code, addresses and JSON stay
 * between the tags that they are between. Each list item survives, in order, with its number, and says nearly the same;
 * new ones may be added. The language stays. No hidden character is added. The text does not end early.
 *
 * Not checked: what the prose says, and in which order placeholders appear between two statements.
 *
 * @throws TypeError for texts that are none, and for an unknown syntax
 */
export function refusalOf(before: string, after: string, syntax: TextSyntax): readonly Refusal[] {
  checkTexts(before, after, syntax)
  if (before === after) return []
  if (!/\S/.test(after)) return /\S/.test(before) ? [refusal('blank', 'nothing is left')] : []
  const parts = [protectedParts(before, syntax), protectedParts(after, syntax)] as const
  return [
    ...KEPT.flatMap((kind) => differences(kind, parts[0][kind], parts[1][kind])),
    ...braces(...parts),
    ...inlineCode(before, ...parts),
    ...order(...parts),
    ...moved(...parts),
    ...lists(...parts, after),
    ...language(...parts),
    ...hidden(...parts),
    ...ending(before, after, syntax),
    ...length(before, after),
  ]
}

const SYNTAXES = ['basic', 'jinja2', 'app', 'plain'] as const
const KEPT = ['placeholder', 'statement', 'code', 'url', 'tag', 'json'] as const

function checkTexts(before: unknown, after: unknown, syntax: unknown): void {
  for (const [name, given] of Object.entries({ before, after }))
    if (typeof given !== 'string')
      throw wrongArgument(`Argument "${name}" must be a text, got ${kindOf(given)}`)
  choice(SYNTAXES)('syntax', syntax)
}

function refusal(reason: RefusalReason, detail: string): Refusal {
  return Object.freeze({ reason, detail })
}

function differences(
  kind: ProtectedKind,
  before: readonly string[],
  after: readonly string[],
): readonly Refusal[] {
  return [
    ...missingFrom(after, before).map((part) => refusal(`${kind}_lost`, `lost: ${quoted(part)}`)),
    ...missingFrom(before, after).map((part) => refusal(`${kind}_added`, `added: ${quoted(part)}`)),
  ]
}

/** What of `wanted` is not in `present`, each as often as it is missing. */
function missingFrom(present: readonly string[], wanted: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const part of present) left.set(part, (left.get(part) ?? 0) + 1)
  return wanted.filter((part) => {
    const count = left.get(part) ?? 0
    left.set(part, count - 1)
    return count <= 0
  })
}

/** With a third brace beside it, a placeholder stays the same, but it is read in another way. */
function braces(
  { braced: before }: ProtectedParts,
  { braced: after }: ProtectedParts,
): readonly Refusal[] {
  const isMore = after.length > before.length
  return isMore
    ? [refusal('placeholder_added', `a brace beside: ${quoted(after.at(-1) ?? '')}`)]
    : []
}

/** Backticks around what the text has already are formatting; other code was not there. */
function inlineCode(
  text: string,
  { inline_code: before }: ProtectedParts,
  { inline_code: after }: ProtectedParts,
): readonly Refusal[] {
  const contentOf = (part: string): string => part.replaceAll('`', '')
  const kept = after.filter((part) => before.includes(part) || !text.includes(contentOf(part)))
  return differences('inline_code', before, kept)
}

/** Statements are a program; tags that were closed in turn must be so again. */
function order(before: ProtectedParts, after: ProtectedParts): readonly Refusal[] {
  const isSameProgram = before.statement.join('\n') === after.statement.join('\n')
  const isNested = !areNested(before.tag) || areNested(after.tag)
  const isInPlace =
    before.branches.length !== after.branches.length ||
    before.placeholder.length !== after.placeholder.length ||
    missingFrom(after.placeholder, before.placeholder).length > 0 ||
    before.branches.every((branch, at) => branch === after.branches[at])
  return [
    ...(isSameProgram || missingFrom(after.statement, before.statement).length > 0
      ? []
      : [refusal('statement_order', 'the statements have another order')]),
    ...(isInPlace
      ? []
      : [refusal('statement_order', 'a placeholder is in another branch of the statements')]),
    ...(isNested ? [] : [refusal('tag_order', 'the tags are not closed in turn any more')]),
  ]
}

function areNested(tags: readonly string[]): boolean {
  const open: string[] = []
  for (const tag of tags) {
    const [, slash = '', name = ''] = /^<([/?!]?)([^\s/>]*)/.exec(tag) ?? []
    if (slash === '/') {
      if (open.pop() !== name) return false
    } else if (slash === '' && !tag.endsWith('/>')) open.push(name)
  }
  return open.length === 0
}

/** Reported only where the parts and the tags are those of the text before: what is lost has no place. */
function moved(before: ProtectedParts, after: ProtectedParts): readonly Refusal[] {
  const isSame = (['tag', 'placeholder', 'code', 'url', 'json'] as const).every(
    (kind) =>
      before[kind].length === after[kind].length &&
      missingFrom(after[kind], before[kind]).length === 0,
  )
  const [place] = isSame ? missingFrom(after.places, before.places) : []
  if (place === undefined) return []
  const end = place.indexOf(' ')
  const [tags, part] = [place.slice(0, end), place.slice(end + 1)]
  const where = tags === '' ? 'outside of the tags' : `between the tags ${tags}`
  return [refusal('part_moved', `not ${where} any more: ${quoted(part)}`)]
}

/** No item of the text before is missing, another one, or a line of prose now. */
function lists(before: ProtectedParts, after: ProtectedParts, text: string): readonly Refusal[] {
  const loss = lostItem(before.items, after.items)
  const lines = new Set(text.split('\n').map((line) => line.trim()))
  const unmarked = before.items.findIndex((item) => item.text !== '' && lines.has(item.text))
  const lost = loss?.index ?? unmarked
  const item = before.items[lost]
  if (item === undefined) return []
  const what = loss?.reason === 'replaced' ? 'another one' : 'missing'
  return [
    refusal(
      'list_lost',
      `item ${lost + 1} of the lists is ${what}: ${quoted(`${item.mark} ${item.text}`)}`,
    ),
  ]
}

function language(before: ProtectedParts, after: ProtectedParts): readonly Refusal[] {
  const change = languageChange(before.language, after.language)
  return change === undefined ? [] : [refusal('language_changed', change)]
}

function hidden(before: ProtectedParts, after: ProtectedParts): readonly Refusal[] {
  return missingFrom(before.hidden, after.hidden).map((character) => {
    const codePoint = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return refusal('hidden_character', `added: U+${codePoint}`)
  })
}

/** A shorter text than this may be rewritten to any length. */
const SHORT = 200
/** A rewriting that leaves less than this share of a text has dropped instructions. */
const SHARE_MIN = 0.25
/** Without its first words a text may be better; without a quarter, its beginning is missing. */
const SHARE_OF_END_MIN = 0.75

/** How many units of a text are its last words. */
const TAIL_LENGTH = 24

/** Models end early when they reach their limit: in a sentence, a block of code, or after the first part. */
function ending(before: string, after: string, syntax: TextSyntax): readonly Refusal[] {
  const [was, is] = [before.trim(), after.trim()]
  const reasons: string[] = []
  if (endsWithin(was, is)) reasons.push('it ends where the text before goes on')
  if (is.length < was.length * SHARE_OF_END_MIN && was.endsWith(is))
    reasons.push('it is the end of the text')
  if (was.length > SHORT && is.length < was.length * SHARE_MIN)
    reasons.push('it has less than a quarter of the length')
  if (isFinished(was, syntax) && !isFinished(is, syntax))
    reasons.push('its last sentence has no end')
  return reasons.map((reason) => refusal('truncated', reason))
}

/** Whether the last words are from the middle of the text before, whose own last words are missing. */
function endsWithin(was: string, is: string): boolean {
  const [from, to] = [was.replace(/\s+/g, ' '), is.replace(/\s+/g, ' ')]
  const at = from.lastIndexOf(to.slice(-TAIL_LENGTH))
  const rest = at < 0 ? '' : from.slice(at + Math.min(TAIL_LENGTH, to.length))
  return /[\p{L}\p{N}]/u.test(rest) && !to.includes(from.slice(-TAIL_LENGTH))
}

/** Whether the text ends with a mark, a protected part, a heading or an item, none of which needs more. */
function isFinished(text: string, syntax: TextSyntax): boolean {
  if (!/[\p{L}\p{M}\p{N},;，、；(（[{“‘-]$/u.test(text)) return true
  const line = text.slice(text.lastIndexOf('\n') + 1)
  if (/^\s*#{1,6}\s/.test(line) || Array.from(line.matchAll(LIST_ITEM)).length > 0) return true
  return protectedRanges(text, syntax).some(({ end }) => end === text.length)
}

function length(before: string, after: string): readonly Refusal[] {
  const count = countCharacters(after)
  if (count <= PROMPT_TEXT_CHARACTERS_MAX || count <= countCharacters(before)) return []
  return [
    refusal('too_long', `it has ${count} characters of at most ${PROMPT_TEXT_CHARACTERS_MAX}`),
  ]
}

const QUOTED_MAX = 80

function quoted(part: string): string {
  return JSON.stringify(shortened(part, QUOTED_MAX))
}

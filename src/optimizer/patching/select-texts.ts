import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import type { PromptSelector } from '../models/prompt-patch.js'

/** The texts that a selector means, or why it means none. */
export type Selection =
  | { readonly kind: 'texts'; readonly texts: readonly CarriedText[] }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'ambiguous'; readonly reason: string }

/** The pointer of the text that each prompt of the store is. */
export type PromptPointers = ReadonlyMap<string, string>

/**
 * Finds the texts that a selector means: those that match all that it names. A node has one text that is meant by its
 * id, title or type: its system message or instruction, else its only text. Of any other node, `by_path` says which text
 * is meant. Pure.
 */
export function selectTexts(
  file: DifyFile,
  selector: PromptSelector,
  pointers: PromptPointers,
): Selection {
  const mode = selector.constraints?.workflow_type
  if (mode !== undefined && mode !== file.mode)
    return { kind: 'missing', reason: `the app's mode is ${file.mode ?? 'unknown'}, not ${mode}` }
  const matching = file.texts.filter((text) => matches(text, selector, pointers))
  if (matching.length === 0) return { kind: 'missing', reason: reasonOf(file, selector, pointers) }
  const exact = matching.filter(({ pointer }) => isNamed(pointer, selector, pointers))
  if (exact.length > 0) return { kind: 'texts', texts: exact }
  const groups = [...grouped(matching).values()].map(meantOf)
  const unclear = groups.find((group) => group.length > 1)
  if (unclear !== undefined) return { kind: 'ambiguous', reason: several(unclear) }
  const texts = groups.flat()
  return texts.length === 0
    ? { kind: 'missing', reason: 'the node has no text for a model' }
    : { kind: 'texts', texts }
}

function matches(text: CarriedText, selector: PromptSelector, pointers: PromptPointers): boolean {
  const { by_id, by_label, by_type, by_path, by_prompt } = selector
  const { node, pointer } = text
  return (
    (by_id === undefined || node?.id === by_id) &&
    (by_label === undefined || hasLabel(node?.title, by_label)) &&
    (by_type === undefined || node?.type === by_type) &&
    (by_path === undefined || isBelow(pointer, by_path)) &&
    (by_prompt === undefined || pointers.get(by_prompt) === pointer)
  )
}

function hasLabel(title: string | undefined, part: string): boolean {
  return title?.toLowerCase().includes(part.toLowerCase()) === true
}

/** Whether a pointer is another one, or of a value in it. */
function isBelow(pointer: string, above: string): boolean {
  return pointer === above || pointer.startsWith(`${above}/`)
}

/** Whether the selector names this very text. */
function isNamed(pointer: string, selector: PromptSelector, pointers: PromptPointers): boolean {
  if (selector.by_prompt !== undefined) return pointers.get(selector.by_prompt) === pointer
  return selector.by_path === pointer
}

/** The texts of each node, and those of the app. */
function grouped(texts: readonly CarriedText[]): ReadonlyMap<unknown, readonly CarriedText[]> {
  const groups = new Map<unknown, CarriedText[]>()
  for (const text of texts) {
    const group = groups.get(text.node?.path)
    if (group === undefined) groups.set(text.node?.path, [text])
    else group.push(text)
  }
  return groups
}

/** What a node is for is in one of these. */
const MAIN = new Set([
  'agent.instruction',
  'agent.soul',
  'agent2.prompt',
  'app.pre_prompt',
  'classifier.instruction',
  'extractor.instruction',
  'template',
])

/** The one text of a node that is meant; several where it is not clear, none where the node has none. */
function meantOf(texts: readonly CarriedText[]): readonly CarriedText[] {
  const written = texts.filter(({ optional, text }) => !optional && text.trim() !== '')
  const main = written.filter(
    ({ carrier, role }) => MAIN.has(carrier) || (carrier.startsWith('llm.') && role === 'system'),
  )
  if (main.length === 1) return main
  const messages = written.filter(({ carrier }) => carrier !== 'llm.memory_query')
  return messages.length === 1 ? messages : written
}

/** Most places that a message names. */
const NAMED_MAX = 6

function several(texts: readonly CarriedText[]): string {
  const places = texts.slice(0, NAMED_MAX).map(({ pointer, role }) => {
    return role === undefined ? pointer : `${pointer} (${role})`
  })
  const more = texts.length > NAMED_MAX ? ` and ${texts.length - NAMED_MAX} more` : ''
  return `node ${texts[0]?.node?.id ?? '(the app)'} has ${texts.length} texts: name one by its by_path, ${places.join(', ')}${more}`
}

function reasonOf(file: DifyFile, selector: PromptSelector, pointers: PromptPointers): string {
  const { by_id, by_prompt, by_path } = selector
  const node = file.nodes.find(({ id }) => id === by_id)
  if (by_id !== undefined && node === undefined)
    return `there is no node ${by_id}; nodes with texts are ${listed(file.texts.map((text) => text.node?.id ?? ''))}`
  if (by_prompt !== undefined && !pointers.has(by_prompt))
    return `there is no prompt ${by_prompt}; prompts are ${listed([...pointers.keys()])}`
  if (by_path !== undefined) return `there is no text at ${by_path}`
  return node === undefined
    ? 'no node with a text matches'
    : `node ${node.id} (${node.type}) has no text that matches`
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)].filter((name) => name !== '')
  const more = distinct.length > NAMED_MAX ? `, and ${distinct.length - NAMED_MAX} more` : ''
  return `${distinct.slice(0, NAMED_MAX).join(', ')}${more}`
}

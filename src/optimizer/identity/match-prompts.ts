import { TextSimilarity } from '../text-similarity.js'
import type { PromptEntry } from './workflow-record.js'

/** A prompt of the store, with its latest text; undefined if it has none. */
export interface KnownPrompt {
  readonly entry: PromptEntry
  readonly text: string | undefined
}

/** A text of a workflow's file. */
export interface FoundPrompt {
  /** '' for a text of the app as a whole. */
  readonly nodeId: string
  readonly nodeType: string
  readonly carrier: string
  readonly role: string | undefined
  readonly messageId: string | undefined
  readonly position: number
  readonly text: string
}

/** Two texts that are this similar are one text that was edited. */
const SIMILAR = 0.4
/** Nodes and messages whose ids differ need more. */
const VERY_SIMILAR = 0.6
/** Comparing each with each is for few; a file with more new nodes than that is another workflow. */
const PAIRS_MAX = 2500

/**
 * Says which text of a file is which prompt of the store. Pure; no text and no prompt is in two pairs.
 *
 * A prompt is known by its node and, in the node, in this order: the own id of its message; the same text; where the
 * node has as many messages as before, its role and place; else the similarity of the texts; at last its role and place
 * or, if one is left on each side, its role. Where the role is another one, the place decides: for similar texts, and
 * for the only text that a node had and has. A node whose id is not in the file any more is looked for among the new
 * ones: the most similar one of its type.
 *
 * Prompts that were gone come back by the id of their message or by their text.
 */
export function matchPrompts<Found extends FoundPrompt>(
  known: readonly KnownPrompt[],
  found: readonly Found[],
): ReadonlyMap<Found, KnownPrompt> {
  const similarity = new TextSimilarity()
  const moved = movedNodes(known, found, similarity)
  const groups = new Map<string, Group<Found>>()
  const groupOf = (nodeId: string, carrier: string): Group<Found> => {
    const key = JSON.stringify([nodeId, familyOf(carrier)])
    const group = groups.get(key) ?? { known: [], found: [] }
    groups.set(key, group)
    return group
  }
  for (const prompt of known) {
    const { node_id, carrier } = prompt.entry
    groupOf(moved.get(node_id) ?? node_id, carrier).known.push(prompt)
  }
  for (const prompt of found) groupOf(prompt.nodeId, prompt.carrier).found.push(prompt)
  const pairs = new Pairs<Found>()
  for (const group of groups.values()) matchGroup(group, pairs, similarity)
  return pairs.byFound
}

/** The texts of one node that may take each other's place. */
interface Group<Found> {
  readonly known: KnownPrompt[]
  readonly found: Found[]
}

class Pairs<Found> {
  readonly byFound = new Map<Found, KnownPrompt>()
  readonly #taken = new Set<KnownPrompt>()

  add(found: Found, known: KnownPrompt): void {
    this.byFound.set(found, known)
    this.#taken.add(known)
  }

  isFree(found: Found, known: KnownPrompt): boolean {
    return !this.byFound.has(found) && !this.#taken.has(known)
  }

  /** Pairs each text with the first free prompt that fits, in their order. */
  addAll(group: Group<Found>, fits: (found: Found, known: KnownPrompt) => boolean): number {
    const before = this.byFound.size
    for (const found of group.found)
      for (const known of group.known)
        if (this.isFree(found, known) && fits(found, known)) this.add(found, known)
    return this.byFound.size - before
  }
}

function matchGroup<Found extends FoundPrompt>(
  group: Group<Found>,
  pairs: Pairs<Found>,
  similarity: TextSimilarity,
): void {
  const present = { ...group, known: group.known.filter(({ entry }) => !isGone(entry)) }
  const byId = pairs.addAll(group, (found, { entry }) => {
    return found.messageId !== undefined && found.messageId === entry.message_id
  })
  for (const side of [present, group]) {
    pairs.addAll(side, (found, known) => isSameText(found, known) && isSamePlace(found, known))
    pairs.addAll(side, (found, known) => isSameText(found, known) && isSameRole(found, known))
    pairs.addAll(side, isSameText)
  }
  // A list in which ids are recognised keeps them: another id is another message, unless the texts are alike.
  const mayBe = (found: Found, known: KnownPrompt): boolean =>
    !hasOtherId(found, known) ||
    (!isKeyed(found.carrier) && byId === 0) ||
    similarity.of(found.text, known.text ?? '') >= VERY_SIMILAR
  if (present.known.length === group.found.length)
    pairs.addAll(present, (found, known) => isSamePlace(found, known) && mayBe(found, known))
  matchSimilar(present, pairs, similarity, mayBe)
  pairs.addAll(present, (found, known) => isSamePlace(found, known) && mayBe(found, known))
  matchLeft(present, pairs, mayBe)
  if (present.known.length !== group.found.length) return
  const isOnly = present.known.length === 1
  pairs.addAll(
    present,
    (found, known) =>
      found.position === known.entry.position &&
      mayBe(found, known) &&
      (isOnly || similarity.of(found.text, known.text ?? '') >= SIMILAR),
  )
}

/** The most similar first, of the same role. */
function matchSimilar<Found extends FoundPrompt>(
  group: Group<Found>,
  pairs: Pairs<Found>,
  similarity: TextSimilarity,
  mayBe: (found: Found, known: KnownPrompt) => boolean,
): void {
  const left = leftOf(group, pairs)
  if (left.found.length * left.known.length > PAIRS_MAX) return
  const scored = left.found.flatMap((found) =>
    left.known
      .filter((known) => isSameRole(found, known) && mayBe(found, known))
      .map((known) => ({ found, known, score: similarity.of(found.text, known.text ?? '') })),
  )
  for (const { found, known, score } of scored.sort((a, b) => b.score - a.score))
    if (score >= SIMILAR && pairs.isFree(found, known)) pairs.add(found, known)
}

/** If one of a role is left on each side, it was rewritten and moved. */
function matchLeft<Found extends FoundPrompt>(
  group: Group<Found>,
  pairs: Pairs<Found>,
  mayBe: (found: Found, known: KnownPrompt) => boolean,
): void {
  const left = leftOf(group, pairs)
  for (const found of left.found) {
    const [known, ...others] = left.known.filter((each) => isSameRole(found, each))
    const twins = left.found.filter(({ role }) => role === found.role)
    if (known !== undefined && others.length === 0 && twins.length === 1 && mayBe(found, known))
      pairs.add(found, known)
  }
}

function leftOf<Found>(group: Group<Found>, pairs: Pairs<Found>): Group<Found> {
  const [anyFound, anyKnown] = [group.found, group.known]
  return {
    found: anyFound.filter((found) => !pairs.byFound.has(found)),
    known: anyKnown.filter((known) =>
      anyFound.every((found) => pairs.byFound.get(found) !== known),
    ),
  }
}

/** The new id of each node whose own is not in the file any more. */
function movedNodes(
  known: readonly KnownPrompt[],
  found: readonly FoundPrompt[],
  similarity: TextSimilarity,
): ReadonlyMap<string, string> {
  const [foundIds, knownIds] = [
    new Set(found.map(({ nodeId }) => nodeId)),
    new Set(known.filter(({ entry }) => !isGone(entry)).map(({ entry }) => entry.node_id)),
  ]
  const lost = [...knownIds].filter((id) => !foundIds.has(id))
  const fresh = [...foundIds].filter((id) => known.every(({ entry }) => entry.node_id !== id))
  const moved = new Map<string, string>()
  if (lost.length * fresh.length > PAIRS_MAX) return moved
  const [before, after] = [nodesBefore(known), nodesAfter(found)]
  const scored = lost.flatMap((from) =>
    fresh.flatMap((to) => {
      const [left, right] = [before.get(from), after.get(to)]
      if (left === undefined || right === undefined || left.type !== right.type) return []
      return [{ from, to, score: similarity.of(left.text, right.text) }]
    }),
  )
  const taken = new Set<string>()
  for (const { from, to, score } of scored.sort((a, b) => b.score - a.score)) {
    if (score < VERY_SIMILAR || moved.has(from) || taken.has(to)) continue
    moved.set(from, to)
    taken.add(to)
  }
  return moved
}

interface NodeText {
  readonly type: string
  readonly text: string
}

function nodesBefore(known: readonly KnownPrompt[]): ReadonlyMap<string, NodeText> {
  return nodeTexts(
    known
      .filter(({ entry }) => !isGone(entry))
      .map(({ entry, text }) => ({ id: entry.node_id, type: entry.node_type, text: text ?? '' })),
  )
}

function nodesAfter(found: readonly FoundPrompt[]): ReadonlyMap<string, NodeText> {
  return nodeTexts(
    found.map(({ nodeId, nodeType, text }) => ({ id: nodeId, type: nodeType, text })),
  )
}

function nodeTexts(
  texts: readonly { readonly id: string; readonly type: string; readonly text: string }[],
): ReadonlyMap<string, NodeText> {
  const nodes = new Map<string, NodeText>()
  for (const { id, type, text } of texts) {
    const before = nodes.get(id)
    nodes.set(id, { type, text: before === undefined ? text : `${before.text}\n${text}` })
  }
  return nodes
}

/** The forms of an LLM node's messages: a message stays the same when its form changes. */
function familyOf(carrier: string): string {
  return /^llm\.(chat|jinja2|completion)/.test(carrier) ? 'llm.message' : carrier
}

/** Those whose items have ids or names that Dify itself uses: another one is another item. */
function isKeyed(carrier: string): boolean {
  return ['classifier.class', 'extractor.param', 'agent2.output', 'agent2.check'].includes(carrier)
}

function isGone(entry: PromptEntry): boolean {
  return entry.gone_since !== undefined
}

function isSameText(found: FoundPrompt, known: KnownPrompt): boolean {
  return found.text === known.text
}

function isSameRole(found: FoundPrompt, { entry }: KnownPrompt): boolean {
  return found.role === entry.role
}

function isSamePlace(found: FoundPrompt, known: KnownPrompt): boolean {
  return isSameRole(found, known) && found.position === known.entry.position
}

function hasOtherId(found: FoundPrompt, { entry }: KnownPrompt): boolean {
  return (
    found.messageId !== undefined &&
    entry.message_id !== undefined &&
    found.messageId !== entry.message_id
  )
}

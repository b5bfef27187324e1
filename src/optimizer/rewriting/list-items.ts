import { TextSimilarity } from '../text-similarity.js'

/** An item of a list. */
export interface ListItem {
  /** `-` for each bullet, the number otherwise. */
  readonly mark: string
  /** From the mark to the end of the line. */
  readonly text: string
  /** The same without protected parts: those are compared by themselves. */
  readonly prose: string
}

/** Why an item did not survive. */
export interface ItemLoss {
  /** Its index in the text before. */
  readonly index: number
  readonly reason: 'missing' | 'replaced'
}

/**
 * The first item that is lost from one text to another. Each item has to have one of its mark in the other text, in the
 * same order, which says the same or nearly so: a rewording keeps a fifth of the pieces of an item, which is more than
 * two items about different things have in common. Items may be added.
 */
export function lostItem(
  before: readonly ListItem[],
  after: readonly ListItem[],
): ItemLoss | undefined {
  const index = firstWithoutMark(before, after)
  if (index !== undefined) return { index, reason: 'missing' }
  const replaced = firstReplaced(before, after)
  return replaced === undefined ? undefined : { index: replaced, reason: 'replaced' }
}

/** The share of common pieces below which an item is another one. */
const SIMILAR = 0.2

function firstWithoutMark(
  before: readonly ListItem[],
  after: readonly ListItem[],
): number | undefined {
  let at = 0
  for (const { mark } of after) if (mark === before[at]?.mark) at++
  return at < before.length ? at : undefined
}

/** Each item takes the first one behind that of the item before it: if all can have one, they have one then. */
function firstReplaced(
  before: readonly ListItem[],
  after: readonly ListItem[],
): number | undefined {
  const similarity = new TextSimilarity()
  const [texts, kept] = [textsOf(before), textsOf(after)]
  const isPair = (item: ListItem, other: ListItem): boolean => {
    if (item.mark !== other.mark) return false
    if (item.text === other.text) return true
    // An item that is there word for word is that one, and not a rewording of another.
    if (texts.has(other.text) || kept.has(item.text)) return false
    return isAlike(item, other, similarity)
  }
  let at = 0
  for (const [index, item] of before.entries()) {
    while (at < after.length && !isPair(item, after[at] as ListItem)) at++
    if (at === after.length) return index
    at++
  }
  return undefined
}

function textsOf(items: readonly ListItem[]): ReadonlySet<string> {
  return new Set(items.map(({ text }) => text))
}

function isAlike(before: ListItem, after: ListItem, similarity: TextSimilarity): boolean {
  if (!/[\p{L}\p{N}]/u.test(before.prose)) return true
  return similarity.of(before.prose, after.prose) >= SIMILAR
}

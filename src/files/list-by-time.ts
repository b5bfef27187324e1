import type { StoredFile } from './backend.js'
import { compareKeys, isFileKey } from './file-key.js'

/** By the bytes of the keys, or by the times of the last stores; equal times by key. */
export const FILE_ORDERS = ['key', 'newest', 'oldest'] as const
export type FileOrder = (typeof FILE_ORDERS)[number]
export type TimeOrder = Exclude<FileOrder, 'key'>

/** Where a page by time ended. */
export interface TimePlace {
  readonly storedMs: number
  readonly key: string
}

/**
 * The first `most` files after a place. No backend lists by time, so all are read; no more than some pages of them are in
 * memory at once.
 */
export async function firstByTime(
  files: AsyncIterable<StoredFile>,
  order: TimeOrder,
  most: number,
  after: TimePlace | undefined,
): Promise<StoredFile[]> {
  const compare = comparison(order)
  let first: StoredFile[] = []
  for await (const file of files) {
    if (after !== undefined && compare(placeOf(file), after) <= 0) continue
    first.push(file)
    if (first.length > most * 2 + SLACK) first = cut(first)
  }
  return cut(first)

  function cut(some: readonly StoredFile[]): StoredFile[] {
    return [...some].sort((left, right) => compare(placeOf(left), placeOf(right))).slice(0, most)
  }
}

/** Rows are sorted in blocks of at least this. */
const SLACK = 1000

/** By the clock of who stored it, which each backend keeps in the document to the millisecond. */
export function placeOf({ key, document }: StoredFile): TimePlace {
  return { storedMs: Date.parse(document.updated_at), key }
}

/** The text of a cursor. With a NUL, which no key has, so that it is not taken for one in the order of keys. */
export function writePlace(order: TimeOrder, { storedMs, key }: TimePlace): string {
  return `\0${order} ${storedMs} ${key}`
}

/** Undefined for what names no place in this order. */
export function readPlace(order: TimeOrder, text: string): TimePlace | undefined {
  const [, ofOrder, milliseconds, key] = /^\0([a-z]+) (-?\d{1,16}) (.+)$/s.exec(text) ?? []
  if (ofOrder !== order || !isFileKey(key)) return undefined
  return { storedMs: Number(milliseconds), key }
}

function comparison(order: TimeOrder): (left: TimePlace, right: TimePlace) => number {
  const sign = order === 'newest' ? -1 : 1
  return (left, right) =>
    sign * (left.storedMs - right.storedMs) || compareKeys(left.key, right.key)
}

const FIRST_PART = 8
const PART_MAX = 128

/**
 * The items in parts, each to be read in one hop: the first is small, so that there is soon something to decode while
 * the others are read, and each is twice as large as the one before, so that the hops are few.
 */
export function growingParts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const parts: (readonly Item[])[] = []
  for (let start = 0, size = FIRST_PART; start < items.length; start += size) {
    if (start > 0) size = Math.min(2 * size, PART_MAX)
    parts.push(items.slice(start, start + size))
  }
  return parts
}

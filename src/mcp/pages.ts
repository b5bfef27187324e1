import { wrongArgument } from '../base/misuse.js'
import { isPromptId } from '../document/prompt-id.js'

/** A part of a list, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Opaque to clients; `undefined` at the end. */
  readonly nextCursor: string | undefined
}

/**
 * The ids after the one that a cursor names. A cursor holds the last id itself, so that a list that changes between two
 * pages neither repeats an id nor skips one.
 *
 * @param sorted ascending by code unit
 * @throws TypeError for a text that is not a cursor
 */
export function idsAfter(sorted: readonly string[], cursor: string | undefined): readonly string[] {
  if (cursor === undefined) return sorted
  const last = idOf(cursor)
  return sorted.filter((id) => id > last)
}

/** The cursor of the page that ends with an id. */
export function cursorAfter(id: string): string {
  return Buffer.from(id).toString('base64url')
}

/** The first items of a list, with a cursor if there are more. */
export function pageOfIds(ids: readonly string[], limit: number): Page<string> {
  const items = ids.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    nextCursor: last === undefined || ids.length <= limit ? undefined : cursorAfter(last),
  }
}

function idOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString()
  if (isPromptId(id) && cursorAfter(id) === cursor) return id
  throw wrongArgument('Argument "cursor" must be one that an earlier page returned')
}

import { toError } from '../base/values.js'
import { mapLimited } from '../disk/map-limited.js'

/** What became of one entry of a batch: `value`, or the `error` that the single call would have failed with. */
export type BatchResult<T> =
  | { readonly key: string; readonly value: T; readonly error?: never }
  | { readonly key: string; readonly error: Error; readonly value?: never }

const AT_ONCE = 32

/** Runs a call for each entry, some at a time; results stand in the order of the entries. */
export async function batchOf<Entry extends { readonly key: string }, T>(
  entries: readonly Entry[],
  call: (entry: Entry) => Promise<T>,
): Promise<BatchResult<T>[]> {
  return await mapLimited(entries, AT_ONCE, async (entry): Promise<BatchResult<T>> => {
    const { key } = entry
    try {
      return { key, value: await call(entry) }
    } catch (error) {
      return { key, error: toError(error) }
    }
  })
}

/** A key as an entry of a batch. */
export const keyed = (key: string): { readonly key: string } => ({ key })

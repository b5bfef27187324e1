import { wrongArgument } from '../base/misuse.js'
import { kindOf, toError } from '../base/values.js'
import { mapLimited } from '../base/map-limited.js'

/** The result of one entry of a batch: `value`, or the `error` that the single call would have failed with. */
export type BatchResult<T> =
  | { readonly key: string; readonly value: T; readonly error?: never }
  | { readonly key: string; readonly error: Error; readonly value?: never }

const AT_ONCE = 32

/** Runs a call for each key, some at a time; results are in the order of the keys. */
export async function batchOf<T>(
  keys: readonly string[],
  call: (key: string) => Promise<T>,
): Promise<BatchResult<T>[]> {
  return await mapLimited(keys, AT_ONCE, async (key) => await resultOf(key, call(key)))
}

/** The keys as they were at the call; each one's own call checks it. @throws TypeError unless given an array */
export function resolveKeys(keys: readonly string[]): readonly string[] {
  const given: unknown = keys
  if (!Array.isArray(given))
    throw wrongArgument(`Argument "keys" must be an array of keys, got ${kindOf(given)}`)
  return [...keys]
}

/** @throws TypeError for a value that is not an array of entries: then none of them is stored */
export function checkEntries(entries: readonly object[]): void {
  const given: unknown = entries
  const entry = '{ key, data, metadata?, options? }'
  if (!Array.isArray(given))
    throw wrongArgument(`Argument "entries" must be an array of ${entry}, got ${kindOf(given)}`)
  for (const [at, each] of given.entries())
    if (typeof each !== 'object' || each === null)
      throw wrongArgument(`Argument "entries[${at}]" must be ${entry}, got ${kindOf(each)}`)
}

/** Runs some tasks at a time, in the order in which they ask. */
export type Slots = <T>(task: () => Promise<T>) => Promise<T>

/**
 * As `batchOf`, for changes: each is called at once, so that it takes its place among the changes of its key before any
 * call that comes after the batch. Its work then needs a slot.
 */
export async function changesOf<Entry extends { readonly key: string }, T>(
  entries: readonly Entry[],
  call: (entry: Entry, slots: Slots) => Promise<T>,
): Promise<BatchResult<T>[]> {
  const slots = slotsOf(AT_ONCE)
  return await Promise.all(
    entries.map(async (entry) => await resultOf(entry.key, call(entry, slots))),
  )
}

async function resultOf<T>(key: string, call: Promise<T>): Promise<BatchResult<T>> {
  try {
    return { key, value: await call }
  } catch (error) {
    return { key, error: toError(error) }
  }
}

function slotsOf(count: number): Slots {
  const waiting: (() => void)[] = []
  let free = count
  let first = 0
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting[first]
      if (next === undefined) free++
      else {
        first++
        next()
      }
    }
  }
}

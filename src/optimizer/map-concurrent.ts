export interface ConcurrentOptions {
  /** How many calls may be under way at once. */
  readonly concurrency: number
  /** Stops taking new items; the promise rejects with the signal's reason once the calls under way have ended. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls `work` for every item, several at a time; the results come in the order of the items. After the first failure
 * no item is begun any more, and the promise rejects with that failure when the calls under way have ended: nothing
 * goes on behind the caller's back.
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  options: ConcurrentOptions,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  let stopped = false
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (stopped) return
      try {
        options.signal?.throwIfAborted()
        results[index] = await work(item)
      } catch (error) {
        stopped = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(options.concurrency, items.length) }, worker)
  const ended = await Promise.allSettled(workers)
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results
}

/**
 * The results of `task` in the order of the items, with at most `limit` of them in flight. After a failure none is begun
 * any more, and it is thrown when those in flight have ended.
 */
export async function mapConcurrent<Item, Result>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  let failed = false
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) {
      if (failed) return
      try {
        results[at] = await task(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: limit }, lane))
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure !== undefined) throw failure.reason
  return results
}

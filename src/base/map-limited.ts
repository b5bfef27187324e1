/**
 * Maps `items` with at most `atOnce` calls under way; the results keep the order. After the first failure, and once the
 * signal is aborted, no call begins; the promise rejects when those under way have ended, so that nothing continues in
 * the background.
 */
export async function mapLimited<In, Out>(
  items: readonly In[],
  atOnce: number,
  map: (item: In, index: number) => Promise<Out>,
  signal?: AbortSignal,
): Promise<Out[]> {
  const results: Out[] = Array.from({ length: items.length })
  const queue = items.entries()
  let hasFailed = false
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (hasFailed) return
      try {
        signal?.throwIfAborted()
        results[index] = await map(item, index)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, work)
  const outcomes = await Promise.allSettled(workers)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return results
}

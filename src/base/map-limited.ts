/**
 * Maps `items` with at most `atOnce` calls under way; the results keep the order. After the first failure, and once the
 * signal is aborted, no call begins; the promise rejects when those under way have ended, so that nothing continues in
 * the background. Of several failures, it rejects with that of the first item, whichever came first.
 */
export async function mapLimited<In, Out>(
  items: readonly In[],
  atOnce: number,
  map: (item: In, index: number) => Promise<Out>,
  signal?: AbortSignal,
): Promise<Out[]> {
  const results: Out[] = Array.from({ length: items.length })
  const queue = items.entries()
  const failures: { readonly index: number; readonly reason: unknown }[] = []
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        signal?.throwIfAborted()
        results[index] = await map(item, index)
      } catch (reason) {
        failures.push({ index, reason })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  const [first] = failures.sort((left, right) => left.index - right.index)
  if (first !== undefined) throw first.reason
  return results
}

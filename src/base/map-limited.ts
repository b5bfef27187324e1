/** `items` mapped in order, with at most `atOnce` under way. The first rejection rejects once the others have ended. */
export async function mapLimited<In, Out>(
  items: readonly In[],
  atOnce: number,
  map: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = Array.from({ length: items.length })
  const queue = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item, index)
  }
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, work)
  const outcomes = await Promise.allSettled(workers)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return results
}

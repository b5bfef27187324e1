import type { Lifecycle } from './lifecycle.js'

/**
 * An iteration in which each step is a call: `close` waits for the step under way, not for an iteration that the caller
 * left unfinished. The first step after `close` is refused.
 */
export function countedSteps<Item>(
  lifecycle: Lifecycle,
  source: AsyncGenerator<Item, void, void>,
): AsyncGenerator<Item, void, void> {
  const steps: AsyncGenerator<Item, void, void> = {
    next: async () => {
      try {
        return await lifecycle.run(async () => await source.next())
      } catch (error) {
        // Not awaited: the step under way comes first, and may take long. The caller gets this error.
        source.return().catch(() => undefined)
        throw error
      }
    },
    return: async () => await source.return(),
    throw: async (error: unknown) => await source.throw(error),
    [Symbol.asyncIterator]: () => steps,
    [Symbol.asyncDispose]: async () => void (await source.return()),
  }
  return steps
}

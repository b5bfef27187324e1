/** Runs tasks of the same key one after another, and tasks of different keys side by side. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>()

  /**
   * Returns the result of the task; a task that fails does not hold up the next one. A task of several keys joins all
   * their queues at once, so that no two tasks can wait for each other.
   */
  async run<Result>(
    keys: string | readonly string[],
    task: () => Promise<Result>,
  ): Promise<Result> {
    const all = typeof keys === 'string' ? [keys] : keys
    const before = all.flatMap((key) => this.#tails.get(key) ?? [])
    let settle: () => void = ignore
    const tail = new Promise<void>((resolve) => (settle = resolve))
    for (const key of all) this.#tails.set(key, tail)
    try {
      if (before.length > 0) await Promise.all(before)
      // Only awaited: with a second reaction on its promise, the stack of its error would end here.
      return await task()
    } finally {
      settle()
      for (const key of all) if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }

  /** Resolves when nothing is running or waiting any more. */
  async drain(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values())
  }
}

function ignore(): void {}

const queues = new WeakMap<object, KeyedQueue>()

/** The queue that all users of an object share. */
export function queueOf(object: object): KeyedQueue {
  const known = queues.get(object)
  if (known !== undefined) return known
  const queue = new KeyedQueue()
  queues.set(object, queue)
  return queue
}

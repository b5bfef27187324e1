import { hash } from 'node:crypto'

/**
 * Random numbers that a seed determines, on every machine: the generator sfc32, whose state is a SHA-256 of the seed. It
 * is for samples and orders, not for secrets.
 */
export class SeededRandom {
  readonly #state: Uint32Array

  /** @param seed any values; different ones give independent streams, such as ('7', 'proposals') and ('7', 'splits') */
  constructor(...seed: readonly (string | number)[]) {
    const digest = hash('sha256', JSON.stringify(seed), 'buffer')
    this.#state = Uint32Array.from([0, 4, 8], (at) => digest.readUInt32LE(at))
    this.#state = Uint32Array.of(...this.#state, 1)
    // The counter begins at 1: the first outputs still show the seed.
    for (let round = 0; round < 12; round++) this.bits()
  }

  /** 32 random bits, as a number from 0 to 2^32 - 1. */
  bits(): number {
    const state = this.#state
    const [a, b, c, counter] = [state[0] ?? 0, state[1] ?? 0, state[2] ?? 0, state[3] ?? 0]
    const sum = (a + b + counter) >>> 0
    state[3] = counter + 1
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + sum
    return sum
  }

  /** From 0 to below 1. */
  next(): number {
    return this.bits() / 2 ** 32
  }

  /** An integer from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** One of the items; undefined if there are none. */
  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)]
  }

  /** The items in a random order, as a new array (Fisher and Yates). */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const order = [...items]
    for (let end = order.length - 1; end > 0; end--) {
      const other = this.below(end + 1)
      const kept = order[end] as Item
      order[end] = order[other] as Item
      order[other] = kept
    }
    return order
  }

  /** That many different items, in a random order; all of them if there are fewer. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    return this.shuffled(items).slice(0, count)
  }
}

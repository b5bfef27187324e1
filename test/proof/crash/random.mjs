// A small seeded generator (mulberry32): what a seed decides is the same in every run.
import { createHash } from 'node:crypto'

export class Random {
  #state

  constructor(...parts) {
    this.#state = createHash('sha256').update(parts.join('/')).digest().readUInt32LE()
  }

  /** From 0 up to, but not including, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** Both ends included. */
  integer(min, max) {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability) {
    return this.next() < probability
  }

  pick(list) {
    return list[this.integer(0, list.length - 1)]
  }

  /** A key of `weights`, as likely as its number says. */
  weighted(weights) {
    const entries = Object.entries(weights)
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of entries) {
      left -= weight
      if (left < 0) return name
    }
    return entries[0][0]
  }
}

/** Numbers that a seed repeats. */
export class Numbers {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  /** A text of that many characters, quotes and line ends among them. */
  text(characters: number): string {
    const letters = 'abcdefghij klmnopqrst{{name}}"\\\n\t€原'
    return Array.from({ length: characters }, () => letters[this.below(letters.length)]).join('')
  }
}

/** Commits of one process pass together; other work on its journal has it alone. */
export class Gate {
  #inside = 0
  #closed: Promise<void> | undefined
  #waiting: (() => void)[] = []
  #onFree: () => void = () => undefined

  /** How many are inside: commits on their way to the disk. */
  get inside(): number {
    return this.#inside
  }

  /** Whether nothing may enter now. */
  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  get isIdle(): boolean {
    return this.#inside === 0 && this.#closed === undefined
  }

  /** Calls `listener` each time others may enter again. */
  onFree(listener: () => void): void {
    this.#onFree = listener
  }

  /** The caller has checked that it is open. */
  enter(): void {
    this.#inside++
  }

  leave(): void {
    this.#inside--
    if (this.#inside > 0) return
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Runs `work` beside commits. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#closed !== undefined) await this.#closed
    this.enter()
    try {
      return await work()
    } finally {
      this.leave()
      this.#onFree()
    }
  }

  /** Runs `work` while nothing is inside. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#closed !== undefined) await this.#closed
    let result: Promise<Result> | undefined
    this.#closed = this.#emptied().then(async () => {
      result = work()
      await result.catch(() => undefined)
    })
    await this.#closed
    this.#closed = undefined
    this.#onFree()
    return await (result as Promise<Result>)
  }

  async #emptied(): Promise<void> {
    if (this.#inside === 0) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

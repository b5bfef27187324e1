import { setImmediate } from 'node:timers/promises'
import { documentOf, nameAt, type Name } from '../plan/document.js'
import type { Subject } from '../subjects/subject.js'

/** Saves new documents with a number of callers, run after run; each run goes on where the one before has ended. */
export class Lanes {
  readonly #subject: Subject
  readonly #name: (at: number) => Name
  #next: number

  /** @param name of the `at`-th document; `first`: the number of the first one */
  constructor(subject: Subject, name: (at: number) => Name = nameAt, first = 0) {
    this.#subject = subject
    this.#name = name
    this.#next = first
  }

  get saved(): number {
    return this.#next
  }

  /** Saves `count` documents and times nothing. */
  async save(count: number, lanes: number): Promise<void> {
    const end = this.#next + count
    await this.saveWhile(() => this.#next < end, lanes, [])
  }

  /**
   * Each caller waits for its save before it makes the next one. A subject that is called once for all of them leaves the
   * event loop its turn in between, as a server would.
   */
  async saveWhile(more: () => boolean, lanes: number, latenciesUs: number[]): Promise<void> {
    const together = this.#subject.saveTogether
    if (lanes > 1 && together !== undefined) {
      while (more()) {
        const begin = performance.now()
        together(this.#documents(lanes))
        const latencyUs = (performance.now() - begin) * 1000
        for (let lane = 0; lane < lanes; lane++) latenciesUs.push(latencyUs)
        await setImmediate()
      }
      return
    }
    await Promise.all(
      Array.from({ length: lanes }, async () => await this.#lane(more, latenciesUs)),
    )
  }

  async saveBatch(documents: number): Promise<void> {
    const { saveBatch } = this.#subject
    if (saveBatch === undefined) throw new Error('The subject has no transactions')
    const saved = saveBatch(this.#documents(documents))
    if (saved !== undefined) await saved
  }

  async #lane(more: () => boolean, latenciesUs: number[]): Promise<void> {
    const { save } = this.#subject
    if (save === undefined) throw new Error('The subject keeps no documents')
    while (more()) {
      const begin = performance.now()
      const saved = save(documentOf(this.#name(this.#next++)))
      if (saved !== undefined) await saved
      latenciesUs.push((performance.now() - begin) * 1000)
    }
  }

  #documents(count: number): ReturnType<typeof documentOf>[] {
    return Array.from({ length: count }, () => documentOf(this.#name(this.#next++)))
  }
}

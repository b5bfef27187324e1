import { LANES, READ_DOCUMENTS, type Sample, type Scenario } from './plan.js'
import { loadPeer } from './peer.js'
import type { Subject } from './subjects/subject.js'

/** Reads between two looks at the clock, which would cost as much as a cached read. */
const READS_TOGETHER = 100

/** Measures one scenario of one subject, run after run; saves go on where the run before has ended. */
export class Measurement {
  readonly #subject: Subject
  readonly #scenario: Scenario
  #next = 0

  constructor(subject: Subject, scenario: Scenario) {
    this.#subject = subject
    this.#scenario = scenario
  }

  /** Makes every directory and every document that reads will ask for. */
  async prepare(): Promise<void> {
    await this.save(READ_DOCUMENTS, LANES)
  }

  async run(forMs: number): Promise<Sample> {
    switch (this.#scenario) {
      case 'save-one':
        return await this.#saveFor(forMs, 1)
      case 'save-64':
        return await this.#saveFor(forMs, LANES)
      case 'get-cached':
      case 'get-hot':
        return await this.#readFor(forMs)
    }
  }

  /** Saves `count` documents, `lanes` at a time, and times nothing. */
  async save(count: number, lanes: number): Promise<void> {
    const end = this.#next + count
    await this.#inLanes(lanes, () => this.#next < end, [])
  }

  async #saveFor(forMs: number, lanes: number): Promise<Sample> {
    if (this.#subject.runSaves !== undefined) return await this.#subject.runSaves(forMs, lanes)
    const before = this.#next
    const latenciesUs: number[] = []
    const begin = performance.now()
    await this.#inLanes(lanes, () => performance.now() - begin < forMs, latenciesUs)
    const elapsedMs = performance.now() - begin
    latenciesUs.sort((a, b) => a - b)
    return {
      operations: this.#next - before,
      elapsedMs,
      p50Us: quantile(latenciesUs, 0.5),
      p99Us: quantile(latenciesUs, 0.99),
    }
  }

  async #inLanes(lanes: number, more: () => boolean, latenciesUs: number[]): Promise<void> {
    const together = this.#subject.saveTogether
    if (lanes > 1 && together !== undefined) {
      while (more()) {
        const begin = performance.now()
        together(this.#next, lanes)
        latenciesUs.push((performance.now() - begin) * 1000)
        this.#next += lanes
      }
      return
    }
    await Promise.all(
      Array.from({ length: lanes }, async () => await this.#lane(more, latenciesUs)),
    )
  }

  async #lane(more: () => boolean, latenciesUs: number[]): Promise<void> {
    while (more()) {
      const begin = performance.now()
      const saved = this.#subject.save(this.#next++)
      if (saved !== undefined) await saved
      latenciesUs.push((performance.now() - begin) * 1000)
    }
  }

  /** The clock is tinybench's; one of its tasks is a round of reads. */
  async #readFor(forMs: number): Promise<Sample> {
    const { Bench } = await loadPeer<TinybenchModule>('tinybench')
    const bench = new Bench({ time: forMs, warmup: false, throws: true })
    const subject = this.#subject
    let at = 0
    bench.add(this.#scenario, async () => {
      for (let read = 0; read < READS_TOGETHER; read++) {
        const answer = subject.get(at++ % READ_DOCUMENTS)
        const document = answer instanceof Promise ? ((await answer) as unknown) : answer
        if (document === undefined) throw new Error('A document that was saved is not there')
      }
    })
    const [task] = await bench.run()
    if (task?.result.latency === undefined) throw new Error('tinybench gave no result')
    const { latency, totalTime } = task.result
    return { operations: latency.samplesCount * READS_TOGETHER, elapsedMs: totalTime }
  }
}

interface TinybenchModule {
  readonly Bench: new (options: {
    readonly time: number
    readonly warmup: boolean
    readonly throws: boolean
  }) => {
    add(name: string, work: () => Promise<void>): unknown
    run(): Promise<
      readonly {
        readonly result: {
          readonly latency?: { readonly samplesCount: number }
          readonly totalTime: number
        }
      }[]
    >
  }
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

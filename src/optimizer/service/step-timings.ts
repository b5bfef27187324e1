import { monotonicMs } from '../../base/clock.js'

/** The steps of an optimization, by the names of the seed documents. */
export const STEPS = [
  'load_dsl',
  'extract_prompts',
  'analyze_prompts',
  'optimize_prompts',
  'save_versions',
  'generate_patches',
] as const

export type Step = (typeof STEPS)[number]

/** How long each step has taken, over all prompts, and their sum, in seconds. */
export type StepTimings = Readonly<Record<Step | 'total', number>>

/** Measures steps, each of which may run several times. */
export class StepClock {
  readonly #spentMs = new Map<Step, number>()
  readonly #nowMs: () => number

  /** @param nowMs a clock that never goes backwards; the system's by default */
  constructor(nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs
  }

  /** Runs a part of a step. What it throws counts, too. */
  async measure<Result>(step: Step, work: () => Result | Promise<Result>): Promise<Result> {
    const startMs = this.#nowMs()
    try {
      return await work()
    } finally {
      this.#spentMs.set(step, (this.#spentMs.get(step) ?? 0) + this.#nowMs() - startMs)
    }
  }

  /** What has been measured so far. */
  timings(): StepTimings {
    const seconds = STEPS.map((step) => [step, (this.#spentMs.get(step) ?? 0) / 1000] as const)
    const total = seconds.reduce((sum, [, spent]) => sum + spent, 0)
    return Object.freeze({ ...Object.fromEntries(seconds), total }) as StepTimings
  }
}

import { mapLimited } from '../../base/map-limited.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { codeOf, toError } from '../../base/values.js'
import type { Case } from '../evaluation/case.js'
import { meanOf } from '../evaluation/effect-interval.js'
import { isRefusedKey } from '../refused-key.js'
import { refusalOf } from '../rewriting/refusal.js'
import { candidateDigest, type Candidate, type CaseOutcome } from './candidate.js'
import type { CheckedSearch } from './search-options.js'
import type { ProposalRequest, SearchEvent } from './search-types.js'

/** Outcomes and scores of a candidate on some cases. */
export interface Evaluation {
  readonly outcomes: readonly CaseOutcome[]
  /** By case; a case without a score is missing. */
  readonly scores: ReadonlyMap<string, number>
}

interface Run {
  readonly testCase: Case
  readonly repeat: number
  /** Of candidate, repeat and case. */
  readonly key: string
}

interface Counts {
  refused: number
  duplicate: number
  failed: number
  rejected: number
  accepted: number
}

/** Errors that a search does not survive; any other of a proposer is a failed proposal. */
const FATAL = /^(?:OPT-LEDGER-|OPT-REPLAY-|FS-)/

/**
 * Runs cases and asks for proposals within one budget, for every algorithm alike. What has been run is not run again. A
 * call that the budget cannot pay for is not made: `undefined` is returned, and the algorithm ends.
 */
export class Harness {
  readonly #options: CheckedSearch
  readonly #known = new Map<string, CaseOutcome>()
  readonly #refusals = new Map<string, number>()
  #refusal: { readonly cause: unknown } | undefined
  /** Runs, those of a round that the budget did not pay in whole left out: how far that came depends on the clock. */
  evaluations = 0
  proposals = 0
  failedRuns = 0
  readonly merges: { accepted: number; rejected: number } = { accepted: 0, rejected: 0 }
  readonly counts: Counts = { refused: 0, duplicate: 0, failed: 0, rejected: 0, accepted: 0 }
  /** Digests of all candidates that were tried. */
  readonly tried: Set<string> = new Set()

  constructor(options: CheckedSearch) {
    this.#options = options
  }

  /** How many calls the budget still pays for. */
  get callsLeft(): number {
    const { calls, callsBeside } = this.#options
    if (this.#refusal !== undefined) return 0
    return Math.max(0, calls - this.evaluations - this.proposals - callsBeside())
  }

  /** Whether a call was not made for lack of budget. */
  get isSpent(): boolean {
    return this.#refusal !== undefined
  }

  /** Why the budget did not pay for a call, if what makes requests said so. */
  get refusal(): unknown {
    return this.#refusal?.cause
  }

  /** How often each reason for a refusal occurred, by name. */
  get refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#refusals].sort(([left], [right]) => (left < right ? -1 : 1)),
    )
  }

  /** The scores of a candidate; undefined if the budget cannot pay for all the runs that are missing. */
  async evaluate(candidate: Candidate, cases: readonly Case[]): Promise<Evaluation | undefined> {
    const { repeats } = this.#options
    const digest = candidateDigest(candidate)
    const runs = cases.flatMap((testCase) =>
      Array.from({ length: repeats }, (_, repeat) => ({
        testCase,
        repeat,
        key: `${digest} ${repeat} ${testCase.id}`,
      })),
    )
    const missing = runs.filter(({ key }) => !this.#known.has(key))
    if (missing.length > this.callsLeft) return this.#stop()
    try {
      await this.#runAll(candidate, missing)
    } catch (error) {
      if (codeOf(error) === 'OPT-BUDGET-001') return this.#stop(error)
      throw error
    }
    const outcomes = runs.flatMap(({ key }) => this.#known.get(key) ?? [])
    return { outcomes, scores: scoresOf(outcomes) }
  }

  /**
   * Each run once; then those that ended in an error again, while attempts and budget last. They are chosen by their
   * order, and not by which ended first: a run that is resumed or replayed chooses the same.
   */
  async #runAll(candidate: Candidate, missing: readonly Run[]): Promise<void> {
    const { evaluate, attempts, concurrency, signal } = this.#options
    let pending = missing
    for (let attempt = 0; attempt < attempts && pending.length > 0; attempt++) {
      const runOnce = async ({ testCase, repeat }: Run): Promise<CaseOutcome> =>
        await evaluate(candidate, testCase, { repeat, attempt, signal })
      const outcomes = await mapLimited(pending, concurrency, runOnce, signal)
      for (const [at, { key }] of pending.entries())
        this.#known.set(key, outcomes[at] as CaseOutcome)
      const failed = pending.filter((_, at) => outcomes[at]?.error !== undefined)
      this.evaluations += pending.length
      this.failedRuns += failed.length
      pending = failed.slice(0, Math.max(0, this.callsLeft))
    }
  }

  /**
   * Asks for another text of one prompt, and returns the candidate with it. 'none': the proposal failed or was refused.
   * undefined: the budget is spent.
   */
  async propose(
    request: Omit<ProposalRequest, 'text' | 'signal'>,
  ): Promise<Candidate | 'none' | undefined> {
    if (this.callsLeft < 1) return this.#stop()
    const { proposer, signal } = this.#options
    const { prompt_id: promptId, candidate } = request
    this.proposals++
    let text: string
    try {
      text = await proposer.propose({ ...request, text: candidate[promptId] ?? '', signal })
    } catch (error) {
      signal.throwIfAborted()
      const code = codeOf(error)
      if (code === 'OPT-BUDGET-001') return this.#stop(error)
      // A defect of the proposer, or of the ledger below it, must not look like a bad proposal.
      if (code === undefined || FATAL.test(code) || isRefusedKey(error)) throw toError(error)
      this.counts.failed++
      this.emit({ type: 'failed', prompt_id: promptId, code })
      return 'none'
    }
    return this.#admit(promptId, { ...candidate, [promptId]: text })
  }

  /** Compared with the seed, so that nothing is lost in many small steps. */
  #admit(promptId: string, proposed: Candidate): Candidate | 'none' {
    const { seed, syntaxes } = this.#options
    const syntax = syntaxes[promptId] ?? 'basic'
    const refusals = refusalOf(seed[promptId] ?? '', proposed[promptId] ?? '', syntax)
    if (refusals.length > 0) {
      const reasons = [...new Set(refusals.map(({ reason }) => reason))]
      for (const reason of reasons)
        this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
      this.counts.refused++
      this.emit({ type: 'refused', prompt_id: promptId, reasons })
      return 'none'
    }
    return proposed
  }

  /** Whether the candidate was never tried; from now on it was. A proposal that was is counted. */
  isNew(candidate: Candidate, promptId?: string): boolean {
    const digest = candidateDigest(candidate)
    if (!this.tried.has(digest)) {
      this.tried.add(digest)
      return true
    }
    if (promptId !== undefined) {
      this.counts.duplicate++
      this.emit({ type: 'duplicate', prompt_id: promptId })
    }
    return false
  }

  emit(event: SearchEvent): void {
    this.#options.onEvent?.(event)
  }

  #stop(cause?: unknown): undefined {
    this.#refusal ??= { cause }
  }
}

/**
 * The mean score of each case over its repeats; those that ended in an error do not count.
 * @throws TypeError for a score that is not a finite number: it would pass every comparison with what is worse
 */
export function scoresOf(outcomes: readonly CaseOutcome[]): Map<string, number> {
  const byCase = new Map<string, number[]>()
  for (const { case_id: id, score } of outcomes) {
    if (score === undefined) continue
    if (!Number.isFinite(score))
      throw wrongArgument(
        `The score of case ${shown(id)} must be a finite number, got ${shown(score)}`,
      )
    byCase.set(id, [...(byCase.get(id) ?? []), score])
  }
  return new Map([...byCase].map(([id, scores]) => [id, meanOf(scores)]))
}

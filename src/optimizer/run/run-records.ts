import { z } from 'zod'
import { documentTime } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { codeOf } from '../../base/values.js'
import { isRecordId, recordIdOf } from '../../document/prompt-id.js'
import type { JsonObject } from '../../document/json.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import type { RunConfig } from './run-config.js'
import { definitionOf, storedDefinition, withBudget, type Definition } from './run-definition.js'
import type { RunReport } from './run-report.js'

const KIND = 'run'
/**
 * The definition of a run is the first version of its record (1.0.0), its report the second (1.0.1). Each time that its
 * budget is raised, a round begins: the budget of round N is the version 1.N.0, and the report 1.N.1.
 */
const DEFINITION = '1.0.0'
const budgetOf = (round: number): string => `1.${round}.0`
const reportOf = (round: number): string => `1.${round}.1`
const FIELD = 'run'

type Budget = RunConfig['budget']
const KINDS = ['calls', 'tokens', 'money', 'seconds'] as const

/** Small letters, digits, `.` and `-`: a run is a part of ids in the store. */
const RUN_NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/

/** @throws TypeError for a name that a run cannot have */
export function checkRunName(name: unknown): string {
  if (typeof name === 'string' && RUN_NAME.test(name)) return name
  throw wrongArgument(
    `A run is named by 1 to 64 small letters, digits, "." and "-", and begins with a letter or a digit; got ${shown(name)}`,
  )
}

/** Runs in a store: what they are made of, and what they found. */
export class RunRecords {
  readonly #store: VersionStorage

  constructor(store: VersionStorage) {
    this.#store = store
  }

  /**
   * The definition that a run began with, and its last budget.
   * @throws ExperimentError OPT-REPLAY-001 if there is no such run
   */
  async definition(run: string): Promise<Definition> {
    const stored = await this.#read(run, DEFINITION)
    if (stored === undefined)
      throw new ExperimentError('OPT-REPLAY-001', `There is no run ${shown(run)} in the store`, {
        context: { run },
      })
    const began = definitionOf(stored)
    const { budget } = await this.#lastRound(run)
    return budget === undefined ? began : withBudget(began, budget)
  }

  /** The report of the last round; undefined if it has not ended. */
  async report(run: string): Promise<RunReport | undefined> {
    const { round } = await this.#lastRound(run)
    return await this.#reportOf(run, round)
  }

  /**
   * Keeps the definition of a run; the same run may begin again, also with a larger budget.
   *
   * @returns the round that begins or goes on
   * @throws ExperimentError OPT-LEDGER-001 if there is another run of the name, and for a budget that is lower, or that
   * is raised once the held-out cases have decided
   */
  async begin(run: string, definition: Definition): Promise<number> {
    const value = storedDefinition(definition) as unknown as JsonObject
    const text = `The definition of the run ${run} of the optimizer.`
    try {
      await this.#save(run, DEFINITION, text, value)
      return 0
    } catch (cause) {
      if (codeOf(cause) !== 'OPT-VER-001') throw cause
      const began = await this.definition(run)
      if (began.digest === definition.digest)
        return await this.#raised(run, began.config.budget, definition.config.budget)
      throw new ExperimentError(
        'OPT-LEDGER-001',
        `There is another run ${shown(run)} in the store: give this one another name (--run NAME)`,
        { context: { run, field: 'definition' }, cause },
      )
    }
  }

  /** Keeps the report of a round; one that is there already stays. */
  async end(run: string, report: RunReport, round: number): Promise<void> {
    if ((await this.#read(run, reportOf(round))) !== undefined) return
    const text = `The report of the run ${run} of the optimizer: ${report.verdict}.`
    await this.#save(run, reportOf(round), text, report as unknown as JsonObject)
  }

  /** The round with this budget: the last one, or a new one if the budget is larger. */
  async #raised(run: string, last: Budget, given: Budget): Promise<number> {
    const { round } = await this.#lastRound(run)
    if (KINDS.every((kind) => last[kind] === given[kind])) return round
    const lower = KINDS.find((kind) => (given[kind] ?? Infinity) < (last[kind] ?? Infinity))
    if (lower !== undefined)
      throw refusedBudget(
        run,
        `can be raised, and not lowered: it has ${last[lower] ?? 'no limit of'} ${lower}`,
      )
    const report = await this.report(run)
    if (report !== undefined && report.proof !== null)
      throw refusedBudget(
        run,
        'cannot be raised any more: its held-out cases have decided, and would not be unseen for another attempt. Begin another run, with other held-out cases',
      )
    const text = `A larger budget of the run ${run} of the optimizer.`
    await this.#save(run, budgetOf(round + 1), text, { budget: given as unknown as JsonObject })
    return round + 1
  }

  /**
   * The last round that counts: none behind one whose held-out cases have decided, which a budget that was raised while
   * that round was under way would begin.
   */
  async #lastRound(run: string): Promise<{ readonly round: number; readonly budget?: Budget }> {
    let budget: Budget | undefined
    for (let round = 0; ; round++) {
      const hasDecided = (await this.#reportOf(run, round))?.proof ?? null
      const next = hasDecided === null ? await this.#read(run, budgetOf(round + 1)) : undefined
      if (next === undefined) return { round, ...(budget === undefined ? {} : { budget }) }
      budget = z.custom<Budget>().parse(next['budget'])
    }
  }

  async #reportOf(run: string, round: number): Promise<RunReport | undefined> {
    const stored = await this.#read(run, reportOf(round))
    return stored === undefined ? undefined : (stored as unknown as RunReport)
  }

  async #read(run: string, version: string): Promise<JsonObject | undefined> {
    const document = await this.#store.getVersion(recordIdOf(KIND, checkRunName(run)), version)
    if (document === undefined) return undefined
    return z.custom<JsonObject>().parse(document.prompt.context[FIELD])
  }

  async #save(run: string, version: string, text: string, value: JsonObject): Promise<void> {
    const prompt_id = recordIdOf(KIND, checkRunName(run))
    // JSON drops undefined fields, which documents refuse.
    const context = { [FIELD]: JSON.parse(JSON.stringify(value)) as JsonObject }
    const created_at = documentTime().toISOString()
    const metadata = { author: 'optimizer' }
    await this.#store.saveVersion({
      prompt_id,
      version,
      created_at,
      metadata,
      prompt: { text, context },
    })
  }
}

function refusedBudget(run: string, why: string): ExperimentError {
  return new ExperimentError('OPT-LEDGER-001', `The budget of the run ${shown(run)} ${why}`, {
    context: { run, field: 'budget' },
  })
}

/** Whether an id of a store is the record of a run. */
export function isRunRecord(id: string): boolean {
  return isRecordId(id, KIND)
}

import { z } from 'zod'
import { documentTime } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { codeOf } from '../../base/values.js'
import { isRecordId, recordIdOf } from '../../document/prompt-id.js'
import type { JsonObject } from '../../document/json.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import { definitionOf, storedDefinition, type Definition } from './run-definition.js'
import type { RunReport } from './run-report.js'

const KIND = 'run'
/** The definition of a run is the first version of its record, its report the second. */
const DEFINITION = '1.0.0'
const REPORT = '1.0.1'
const FIELD = 'run'

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

  /** The definition that a run began with. @throws ExperimentError OPT-REPLAY-001 if there is no such run */
  async definition(run: string): Promise<Definition> {
    const stored = await this.#read(run, DEFINITION)
    if (stored !== undefined) return definitionOf(stored)
    throw new ExperimentError('OPT-REPLAY-001', `There is no run ${shown(run)} in the store`, {
      context: { run },
    })
  }

  /** undefined for a run that has not ended. */
  async report(run: string): Promise<RunReport | undefined> {
    const stored = await this.#read(run, REPORT)
    return stored === undefined ? undefined : (stored as unknown as RunReport)
  }

  /**
   * Keeps the definition of a run; the same run may begin again.
   * @throws ExperimentError OPT-LEDGER-001 if there is another run of the name
   */
  async begin(run: string, definition: Definition): Promise<void> {
    const value = storedDefinition(definition) as unknown as JsonObject
    const text = `The definition of the run ${run} of the optimizer.`
    try {
      await this.#save(run, DEFINITION, text, value)
    } catch (cause) {
      if (codeOf(cause) !== 'OPT-VER-001') throw cause
      if ((await this.definition(run)).digest === definition.digest) return
      throw new ExperimentError(
        'OPT-LEDGER-001',
        `There is another run ${shown(run)} in the store: give this one another name`,
        { context: { run, field: 'definition' }, cause },
      )
    }
  }

  /** Keeps the report; one that is there already stays. */
  async end(run: string, report: RunReport): Promise<void> {
    if ((await this.report(run)) !== undefined) return
    const text = `The report of the run ${run} of the optimizer: ${report.verdict}.`
    await this.#save(run, REPORT, text, report as unknown as JsonObject)
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
    await this.#store.saveVersion({ prompt_id, version, created_at, prompt: { text, context } })
  }
}

/** Whether an id of a store is the record of a run. */
export function isRunRecord(id: string): boolean {
  return isRecordId(id, KIND)
}

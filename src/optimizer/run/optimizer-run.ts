import { environmentVariables } from '../../base/this-process.js'
import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import { canonicalJson } from '../../document/checksum.js'
import type { JsonValue } from '../../document/json.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import { ExperimentError } from '../experiment-error.js'
import { Ledger } from '../ledger/ledger.js'
import type { SearchEvent } from '../search/search-types.js'
import { LedgerInStore } from './ledger-in-store.js'
import { makeReport } from './make-report.js'
import { planOf, type RunPlan } from './plan-run.js'
import { prepareRun, pricesOfRun, type PreparedRun } from './prepare-run.js'
import { checkLimits } from '../ledger/budget.js'
import type { BudgetLimits } from '../ledger/ledger-entry.js'
import { withBudget, type Definition } from './run-definition.js'
import { findAndProve } from './run-experiment.js'
import type { Variables } from './run-models.js'
import { checkRunName, RunRecords } from './run-records.js'
import type { RunReport } from './run-report.js'

/** How many lost entries a message names. */
const NAMED_MAX = 10

/** How a run is begun or resumed. */
export interface RunOptions {
  /** Keeps the run: any storage of prompts. It is not closed. */
  readonly storage: VersionStorage
  /** Where secrets are. Default: the variables of the process. */
  readonly environment?: Variables | undefined
  /** Ends the run, which can be resumed. */
  readonly signal?: AbortSignal | undefined
  /** Is called with the plan before the first request, and awaited: what it throws ends the run. */
  readonly onPlan?: ((plan: RunPlan) => void | Promise<void>) | undefined
  /** Is called for each step of the search. */
  readonly onEvent?: ((event: SearchEvent) => void) | undefined
  /** Whether requests that have failed are sent again. Default false: a failure is an outcome. */
  readonly retryFailures?: boolean | undefined
}

const OPTIONS = ['storage', 'environment', 'signal', 'onPlan', 'onEvent', 'retryFailures']

/** How a run goes on. */
export interface ResumeOptions extends RunOptions {
  /** Limits that are raised; the others stay. Default: none. */
  readonly budget?: BudgetLimits | undefined
}

/** The name of a run if it is given none: the same definition has the same, whatever its budget. */
export function runNameOf({ dify, digest }: Definition): string {
  const base = dify.file
    .toLowerCase()
    .replace(/\.ya?ml$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  return `${base === '' ? 'run' : base}-${digest.slice(0, 8)}`
}

/**
 * Begins a run: searches for better texts and proves them. Every request and its answer is kept in the storage before the
 * next step, so a run that was ended at any moment, also by a crash, is resumed by beginning it again or by
 * `resumeRun`. It ends as it would have without the interruption.
 *
 * The same definition with a larger budget goes on with the run that the smaller one has ended, unless its held-out cases
 * have decided.
 *
 * @param run its name: 1 to 64 small letters, digits, `.` and `-`
 * @throws TypeError for a definition that does not fit together; ExperimentError OPT-LEDGER-001 if the name is that of
 * another run, or for a budget that cannot be changed to this one; OPT-LEDGER-002 when another process works on it, OPT-EVAL-001 when no case has a score; StorageError; the
 * signal's reason
 */
export async function startRun(
  run: string,
  definition: Definition,
  options: RunOptions,
): Promise<RunReport> {
  rejectUnknown(options, OPTIONS, 'startRun')
  checkRunName(run)
  if (typeof definition !== 'object' || definition === null || !Object.hasOwn(definition, 'dify'))
    throw wrongArgument(
      `The definition of a run must be what readDefinition returns, got ${shown(definition)}`,
    )
  const { storage, environment = environmentVariables(), onPlan } = options
  const prepared = await prepareRun(definition, { environment })
  // What does not fit together is refused before anything is kept.
  const plan = await planOf(prepared, environment)
  const records = new RunRecords(storage)
  const round = await records.begin(run, definition)
  const known = await records.report(run)
  if (known !== undefined) return known
  await onPlan?.(plan)
  const report = await worked(run, prepared, options)
  await records.end(run, report, round)
  return report
}

/**
 * Goes on with a run by what the storage has of it: the files that it was made of are not needed. What was answered is
 * not asked again. A run that has ended has its report, unless its budget is raised.
 * @throws as `startRun` does; ExperimentError OPT-REPLAY-001 if there is no such run
 */
export async function resumeRun(run: string, options: ResumeOptions): Promise<RunReport> {
  const { budget, ...others } = options
  rejectUnknown(others, OPTIONS, 'resumeRun')
  const raised = checkLimits(budget)
  const records = new RunRecords(options.storage)
  const definition = await records.definition(run)
  const { budget: last } = definition.config
  const given = withBudget(definition, { ...last, ...raised, calls: raised.calls ?? last.calls })
  const isSame = Object.keys(raised).length === 0
  return (isSame ? await records.report(run) : undefined) ?? (await startRun(run, given, others))
}

/**
 * Makes the report of a run again from the recorded answers: no network, no secret, nothing written.
 * @throws ExperimentError OPT-REPLAY-001 if there is no such run, or it has not ended; OPT-LEDGER-001 if the report is another one now
 */
export async function replayRun(
  run: string,
  options: Pick<RunOptions, 'storage' | 'signal'>,
): Promise<RunReport> {
  rejectUnknown(options, ['storage', 'signal'], 'replayRun')
  const { storage } = options
  const known = await reportOfRun(run, storage)
  const prepared = await prepareRun(await new RunRecords(storage).definition(run), 'ledger')
  const report = await worked(run, prepared, options, true)
  if (
    canonicalJson(report as unknown as JsonValue) === canonicalJson(known as unknown as JsonValue)
  )
    return report
  throw new ExperimentError('OPT-LEDGER-001', `The run "${run}" has another report when replayed`, {
    context: { run },
  })
}

/** The report of a run that has ended. @throws ExperimentError OPT-REPLAY-001 for one that has not */
export async function reportOfRun(run: string, storage: VersionStorage): Promise<RunReport> {
  const records = new RunRecords(storage)
  const report = await records.report(run)
  if (report !== undefined) return report
  await records.definition(run)
  throw new ExperimentError('OPT-REPLAY-001', `The run "${run}" has not ended: resume it`, {
    context: { run },
  })
}

async function worked(
  name: string,
  run: PreparedRun,
  { storage, signal = new AbortController().signal, onEvent, retryFailures }: RunOptions,
  isReplay = false,
): Promise<RunReport> {
  const { budget } = run.definition.config
  await using ledger = await Ledger.open({
    storage: new LedgerInStore(storage),
    run: name,
    settings: { definition: run.definition.digest },
    budget,
    prices: pricesOfRun(run),
    mode: isReplay ? 'replay' : 'record',
    ...(retryFailures === undefined ? {} : { retryFailures }),
  })
  if (isReplay) checkWhole(name, ledger)
  const findings = await findAndProve(run, ledger, { signal, onEvent })
  return JSON.parse(JSON.stringify(makeReport(name, run, findings, ledger.report()))) as RunReport
}

/** @throws ExperimentError OPT-LEDGER-001 that names the entries that a run which has ended once had */
function checkWhole(run: string, { missing }: Ledger): void {
  if (missing.length === 0) return
  const entries = missing.slice(0, NAMED_MAX).join(', ')
  const more = missing.length > NAMED_MAX ? `, and ${missing.length - NAMED_MAX} more` : ''
  throw new ExperimentError(
    'OPT-LEDGER-001',
    `The run "${run}" has lost entries of its ledger: number ${entries}${more}`,
    { context: { run, missing: missing.slice(0, NAMED_MAX) } },
  )
}

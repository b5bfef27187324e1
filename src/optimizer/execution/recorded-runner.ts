import { createHash } from 'node:crypto'
import { isRecord } from '../../base/values.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'
import type {
  CaseRun,
  CaseRunner,
  CaseRunOptions,
  PreparedWorkflow,
  PrepareOptions,
} from './case-runner.js'
import { joinedRuns, userMessages } from './conversation.js'

/** What keeps requests and their answers. `Ledger` does. */
export interface RequestLedger {
  run<Answer>(
    request: {
      readonly kind: string
      readonly request: JsonObject
      readonly repeat?: number | undefined
      readonly attempt?: number | undefined
      readonly worstCase?: { readonly tokens: number; readonly money: number } | undefined
    },
    work: {
      readonly perform: (
        signal: AbortSignal,
        started: (ids: JsonObject) => Promise<void>,
        again: (failureCode: string) => Promise<boolean>,
      ) => Promise<Recorded<Answer>>
      readonly lookUp?: (
        ids: JsonObject,
        signal: AbortSignal,
      ) => Promise<Recorded<Answer> | undefined>
    },
    signal?: AbortSignal,
  ): Promise<Answer>
}

interface Recorded<Answer> {
  readonly answer: Answer
  readonly cost?: { readonly tokens: number; readonly money: number } | undefined
}

export interface RecordedRunnerOptions {
  readonly runner: CaseRunner
  readonly ledger: RequestLedger
  /** The most that one run can cost, for the budgets of the ledger. Default: nothing. */
  readonly worstCase?: { readonly tokens: number; readonly money: number } | undefined
}

const FREE = { tokens: 0, money: 0 }

/**
 * A runner whose publications and runs are kept in a ledger: what was recorded is not run again, in this process or a
 * later one. A run that was under way when a process ended is looked up by its name, if it had one, and run again
 * otherwise.
 */
export function recordedRunner(options: RecordedRunnerOptions): CaseRunner {
  const { runner, ledger } = options
  return {
    prepare: async (manifest, prepareOptions = {}) => {
      const { versionId } = await recordedVersion(options, manifest, prepareOptions)
      let prepared: Promise<PreparedWorkflow> | undefined
      // A replay has no service that could be asked: the workflow is prepared once a case is run.
      const workflow = async (): Promise<PreparedWorkflow> =>
        await (prepared ??= runner.prepare(manifest, { ...prepareOptions, versionId }))
      return {
        version_id: versionId,
        run: async (testCase, runOptions) => {
          const about = requestOf(manifest, versionId, testCase)
          return await recordedRun({ ...options, ledger }, about, {
            workflow,
            testCase,
            runOptions,
          })
        },
      }
    },
  }
}

/** A publication that was recorded is not made again; one whose record was lost may be, which harms nothing. */
async function recordedVersion(
  { runner, ledger }: RecordedRunnerOptions,
  manifest: RunManifest,
  options: PrepareOptions,
): Promise<{ readonly versionId: string }> {
  if (options.versionId !== undefined) return { versionId: options.versionId }
  const { workflow_id: workflow, variant_id: variant, dsl } = manifest
  const request = { workflow, variant, dsl_sha256: sha256(dsl) }
  return await ledger.run(
    { kind: 'dify-version', request },
    {
      perform: async (signal) => {
        const { version_id: versionId } = await runner.prepare(manifest, { signal })
        return { answer: { versionId }, cost: FREE }
      },
    },
    options.signal,
  )
}

async function recordedRun(
  { ledger, worstCase }: RecordedRunnerOptions,
  request: JsonObject,
  given: {
    readonly workflow: () => Promise<PreparedWorkflow>
    readonly testCase: TestCase
    readonly runOptions: CaseRunOptions
  },
): Promise<CaseRun> {
  const { workflow, testCase, runOptions } = given
  const { repeat = 0, attempt = 0, timeoutMs, onStarted, signal: caller } = runOptions
  const begun: JsonObject[] = []
  return await ledger.run<CaseRun>(
    { kind: 'dify-run', request, repeat, attempt, worstCase },
    {
      perform: async (signal, started, again) => {
        const run = await (
          await workflow()
        ).run(testCase, {
          ...runOptions,
          signal,
          // Each time that Dify is asked is in the ledger, and paid by its budget.
          onRetry: again,
          onStarted: async (ids) => {
            begun.push({ ...ids })
            await started({ ...ids, runs: [...begun] })
            await onStarted?.(ids)
          },
        })
        return withCost(run)
      },
      lookUp: async (ids, signal) => {
        const run = await lookedUp(await workflow(), testCase, ids, { signal, timeoutMs })
        return run === undefined ? undefined : withCost(run)
      },
    },
    caller,
  )
}

/**
 * The outcome of runs that were begun: one, or one for each message of a conversation. A conversation that did not get to
 * its last message is not continued: who asks the next question, and when, is part of what it is.
 */
async function lookedUp(
  workflow: PreparedWorkflow,
  { conversation_flow: flow }: TestCase,
  ids: JsonObject,
  options: Pick<CaseRunOptions, 'signal' | 'timeoutMs'>,
): Promise<CaseRun | undefined> {
  const { runs: all } = ids
  const begun = flow !== undefined && Array.isArray(all) ? all.map(recordOf) : [ids]
  const runs: CaseRun[] = []
  for (const each of begun) {
    const names = { run_id: textOf(each['run_id']), task_id: textOf(each['task_id']) }
    const run = await workflow.lookUp?.(names, options)
    if (run === undefined) return undefined
    runs.push(run)
    if (run.status !== 'succeeded') return joinedRuns(runs)
  }
  const messages = userMessages(flow)?.length ?? 1
  return runs.length === messages ? joinedRuns(runs) : undefined
}

function recordOf(value: JsonValue): JsonObject {
  return isRecord(value) ? (value as JsonObject) : {}
}

/** What makes two runs the same. The name of the case is part of it: two equal cases are two runs. */
function requestOf(manifest: RunManifest, versionId: string, testCase: TestCase): JsonObject {
  const { id, inputs, conversation_flow: flow } = testCase
  return {
    workflow: manifest.workflow_id,
    variant: manifest.variant_id,
    version: versionId,
    case_id: id,
    inputs,
    ...(flow === undefined ? {} : { messages: flow.steps.map(({ message }) => message) }),
  }
}

/** Dify does not say what a run cost that is looked up: then the most that it could cost counts. */
function withCost(run: CaseRun): Recorded<CaseRun> {
  if (!run.is_cost_known) return { answer: run }
  return { answer: run, cost: { tokens: run.tokens, money: Number(run.cost) } }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown } from '../../base/options.js'
import {
  isDifyError,
  type ChatOutcome,
  type DifyClient,
  type DifyConsole,
  type RunOutcome,
} from '../../dify/service/index.js'
import type { RunManifest, TestCase } from '../models/run-manifest.js'
import type {
  CaseRun,
  CaseRunner,
  CaseRunOptions,
  PreparedWorkflow,
  PrepareOptions,
} from './case-runner.js'
import { joinedRuns, userMessages } from './conversation.js'

export interface DifyRunnerOptions {
  /** The app that runs the cases. */
  readonly client: DifyClient
  /**
   * The published versions to run, by the id of the variant; `baseline` for the workflow as it is. Without one, the
   * baseline is the version that was published last.
   */
  readonly workflowIds?: Readonly<Record<string, string>> | undefined
  /**
   * Publishes what a manifest runs, and returns the id of that version: see `publishWith`. It is asked for each manifest
   * that `workflowIds` does not name.
   */
  readonly publish?:
    | ((dsl: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<string>)
    | undefined
}

/** What a manifest's workflow is called in `workflowIds`, if it is not a variant. */
const BASELINE = 'baseline'
/** What a service answers about a run that it does not know. */
const UNKNOWN = 'OPT-DIFY-005'
/** The input that is the message of a chat. */
const QUERY = 'query'

/**
 * Runs cases on Dify: baseline and variants are versions of one app, side by side. For a chat, the input `query` is the
 * message of the user; a conversation sends its messages one after the other.
 */
export class DifyRunner implements CaseRunner {
  readonly #options: DifyRunnerOptions
  #mode: Promise<string> | undefined

  /** @throws TypeError for an unknown option */
  constructor(options: DifyRunnerOptions) {
    rejectUnknown(options, ['client', 'workflowIds', 'publish'], 'DifyRunner')
    this.#options = options
  }

  /** @throws TypeError for a variant without a published version, and without `publish`; DifyError */
  async prepare(manifest: RunManifest, options: PrepareOptions = {}): Promise<PreparedWorkflow> {
    const versionId = options.versionId ?? (await this.#versionOf(manifest, options.signal))
    const mode = await this.#modeOfApp()
    const workflowId = versionId === '' ? undefined : versionId
    return {
      version_id: versionId,
      run: async (testCase, { signal: interrupt, timeoutMs, onStarted, onRetry }) => {
        const runOptions = { signal: interrupt, timeoutMs, onStarted, onRetry }
        return await this.#run(mode, workflowId, testCase, runOptions)
      },
      lookUp: async ({ run_id: runId }, runOptions) => await this.#lookUp(runId, runOptions),
    }
  }

  async #lookUp(
    runId: string,
    options: Pick<CaseRunOptions, 'signal' | 'timeoutMs'>,
  ): Promise<CaseRun | undefined> {
    if (runId === '') return undefined
    try {
      return ofRun(await this.#options.client.resume(runId, options))
    } catch (error) {
      if (isDifyError(error) && error.code === UNKNOWN) return undefined
      throw error
    }
  }

  async #versionOf(manifest: RunManifest, signal: AbortSignal | undefined): Promise<string> {
    const { workflowIds = {}, publish } = this.#options
    const name = manifest.variant_id ?? BASELINE
    const known = Object.hasOwn(workflowIds, name) ? workflowIds[name] : undefined
    if (known !== undefined) return known
    if (publish !== undefined) return await publish(manifest.dsl, { signal })
    if (manifest.variant_id === null) return ''
    throw wrongArgument(
      `Option "workflowIds" of DifyRunner must name a published version for the variant "${name}", or option "publish" make one`,
    )
  }

  /** Asked once; a failure is not kept. */
  async #modeOfApp(): Promise<string> {
    this.#mode ??= this.#options.client.info().then(({ mode }) => mode)
    try {
      return await this.#mode
    } catch (error) {
      this.#mode = undefined
      throw error
    }
  }

  async #run(
    mode: string,
    workflowId: string | undefined,
    testCase: TestCase,
    options: CaseRunOptions,
  ): Promise<CaseRun> {
    const { client } = this.#options
    const { inputs } = testCase
    if (mode === 'workflow') return ofRun(await client.run({ ...options, workflowId, inputs }))
    if (mode === 'completion') return ofAnswer(await client.completion({ ...options, inputs }))
    return await this.#converse(workflowId, testCase, options)
  }

  /** The outputs are those of the last answer; tokens, time and cost are those of all. */
  async #converse(
    workflowId: string | undefined,
    { inputs: all, conversation_flow: flow }: TestCase,
    options: CaseRunOptions,
  ): Promise<CaseRun> {
    const { [QUERY]: query, ...inputs } = all
    const messages = userMessages(flow) ?? [typeof query === 'string' ? query : '']
    const runs: CaseRun[] = []
    let conversationId: string | undefined
    for (const message of messages) {
      const request = { ...options, query: message, inputs, conversationId, workflowId }
      const answer = await this.#options.client.chat(request)
      conversationId = answer.conversation_id
      const run = ofAnswer(answer)
      runs.push(run)
      if (run.status !== 'succeeded') break
    }
    return joinedRuns(runs)
  }
}

/**
 * Publishes what a manifest runs as a version of one app: imports the file as its draft, and publishes that. Use a copy
 * of an app: its draft is lost. Publications follow each other, since an app has one draft.
 */
export function publishWith(
  console: DifyConsole,
  appId: string,
): (dsl: string, options: { readonly signal?: AbortSignal | undefined }) => Promise<string> {
  let last: Promise<unknown> = Promise.resolve()
  return async (dsl, { signal }) => {
    const publication = last.then(async () => {
      await console.importApp(dsl, { appId, ...(signal === undefined ? {} : { signal }) })
      return await console.publish(appId, signal === undefined ? {} : { signal })
    })
    // A publication that failed does not keep the next one from its turn.
    last = publication.catch(() => undefined)
    return await publication
  }
}

function ofRun(run: RunOutcome): CaseRun {
  return {
    run_id: run.run_id,
    status: run.status,
    outputs: run.outputs,
    ...(run.error === undefined ? {} : { error: run.error }),
    seconds: run.elapsed_time,
    tokens: run.total_tokens,
    cost: run.total_price,
    ...(run.currency === undefined ? {} : { currency: run.currency }),
    is_cost_known: run.traces_complete,
    traces: run.traces,
  }
}

function ofAnswer(answer: ChatOutcome): CaseRun {
  const { run } = answer
  const outputs = { answer: answer.answer }
  // For chatflows, the nodes are counted: the message repeats some of them.
  if (run !== undefined) return { ...ofRun(run), outputs: { ...run.outputs, ...outputs } }
  return {
    run_id: '',
    status: 'succeeded',
    outputs,
    seconds: answer.latency,
    tokens: answer.total_tokens,
    cost: answer.total_price,
    ...(answer.currency === undefined ? {} : { currency: answer.currency }),
    is_cost_known: answer.usage_known,
    traces: [],
  }
}

import { wrongArgument } from '../../base/misuse.js'
import { decodeBytes } from '../../dify/file/encoding.js'
import type { DifyFile } from '../../dify/workflow/dify-file.js'
import { replaceTexts } from '../../dify/workflow/replace-texts.js'
import { DifyClient, DifyConsole } from '../../dify/service/index.js'
import type { CaseRun, CaseRunner, PreparedWorkflow } from '../execution/case-runner.js'
import { DifyRunner, publishWith } from '../execution/dify-runner.js'
import { recordedRunner } from '../execution/recorded-runner.js'
import type { Cost } from '../ledger/ledger-entry.js'
import { executionPolicySchema } from '../models/execution-policy.js'
import type { RunManifest } from '../models/run-manifest.js'
import { candidateDigest, type Candidate } from '../search/candidate.js'
import type { DifyTarget } from './run-config.js'
import { secretAt, type Variables } from './run-models.js'
import { promptsOf, textsByPointer, type RunPrompt } from './run-prompts.js'
import type { RunTarget } from './run-target.js'
import { scoredRun, type CaseAnswer } from './score-run.js'

/** The ledger has more at the same time than a search runs, so the client never waits by itself. */
const CONCURRENCY = 256

/** What runs cases on Dify, as a configuration says. @throws TypeError for a missing secret or a wrong address */
export async function connectDify(
  { base_url: baseUrl, api_key, user, timeout_seconds: timeout, console }: DifyTarget,
  environment: Variables,
): Promise<CaseRunner> {
  const { access_token, csrf_token } = console
  const apiKey = await secretAt(api_key, 'target.api_key', environment)
  const accessToken = await secretAt(access_token, 'target.console.access_token', environment)
  const csrfToken =
    csrf_token === undefined
      ? undefined
      : await secretAt(csrf_token, 'target.console.csrf_token', environment)
  const timeoutMs = Math.ceil(timeout * 1000)
  const client = new DifyClient({ baseUrl, apiKey, user, timeoutMs, concurrency: CONCURRENCY })
  const management = new DifyConsole({
    baseUrl: console.base_url,
    accessToken,
    ...(csrfToken === undefined ? {} : { csrfToken }),
  })
  return new DifyRunner({ client, publish: publishWith(management, console.app_id) })
}

/** Where everything comes from the ledger. */
const UNCONNECTED: CaseRunner = {
  prepare: async () => await Promise.reject(wrongArgument('Dify is not asked without a network')),
}

/**
 * Runs candidates on Dify: each is published once, as a version of one app, and its cases run as that version. Publications
 * and runs are in the ledger; a run whose id is known is looked up instead of being repeated.
 *
 * @param runner undefined where everything comes from the ledger
 */
export function difyTarget(
  dify: DifyFile,
  config: DifyTarget,
  runner: CaseRunner = UNCONNECTED,
): RunTarget {
  const prompts = promptsOf(dify)
  const { tokens_per_run_max: tokens, money_per_run_max: money } = config
  const isKnown = tokens !== undefined || money !== undefined
  const worstCase: Cost | undefined = isKnown
    ? { tokens: tokens ?? 0, money: money ?? 0 }
    : undefined
  return {
    name: `dify ${config.console.app_id}`,
    possible: prompts,
    check: () => undefined,
    worstCase: () => worstCase,
    evaluate: (ledger, evaluator) => {
      const recorded = recordedRunner({ runner, ledger, worstCase })
      const versions = new Versions(recorded, (candidate) =>
        manifestOf(dify, prompts, candidate, config.console.app_id),
      )
      return async (candidate, testCase, options) =>
        await scoredRun(testCase, evaluator, options, async () => {
          const { repeat, attempt, signal } = options
          const workflow = await versions.of(candidate, signal)
          const { id, inputs } = testCase
          const run = await workflow.run(
            { id, inputs },
            { signal, repeat, attempt, timeoutMs: Math.ceil(config.timeout_seconds * 1000) },
          )
          return answerOf(run)
        })
    },
  }
}

/** The published version of each candidate. Cases that run at the same time wait for one publication. */
class Versions {
  readonly #runner: CaseRunner
  readonly #manifest: (candidate: Candidate) => RunManifest
  readonly #known = new Map<string, Promise<PreparedWorkflow>>()

  constructor(runner: CaseRunner, manifest: (candidate: Candidate) => RunManifest) {
    this.#runner = runner
    this.#manifest = manifest
  }

  async of(candidate: Candidate, signal: AbortSignal): Promise<PreparedWorkflow> {
    const digest = candidateDigest(candidate)
    const known = this.#known.get(digest)
    if (known !== undefined) return await known
    const made = this.#runner.prepare(this.#manifest(candidate), { signal })
    this.#known.set(digest, made)
    try {
      return await made
    } catch (error) {
      // The next case tries again.
      this.#known.delete(digest)
      throw error
    }
  }
}

function manifestOf(
  dify: DifyFile,
  prompts: readonly RunPrompt[],
  candidate: Candidate,
  appId: string,
): RunManifest {
  const bytes = replaceTexts(dify, textsByPointer(prompts, candidate))
  return {
    workflow_id: appId,
    variant_id: candidateDigest(candidate),
    dsl: decodeBytes(bytes).text,
    cases: [],
    execution_policy: executionPolicySchema.parse({}),
    rate_limits: null,
    evaluator: null,
    metadata: {},
  }
}

/** A run that Dify reports as failed has no score. */
function answerOf(run: CaseRun): CaseAnswer {
  const money = Number(run.cost)
  const isScored = run.status === 'succeeded' || run.status === 'partial-succeeded'
  return {
    outputs: run.outputs,
    traces: run.traces,
    tokens: run.tokens,
    cost: Number.isFinite(money) ? money : 0,
    seconds: run.seconds,
    ...(isScored
      ? {}
      : { failure: `the run ended as ${run.status}: ${run.error ?? 'without a reason'}` }),
  }
}

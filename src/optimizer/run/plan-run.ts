import { environmentVariables } from '../../base/this-process.js'
import { wrongArgument } from '../../base/misuse.js'
import type { BudgetLimits } from '../ledger/ledger-entry.js'
import { planExperiment, type ExperimentPlan } from '../search/experiment.js'
import { experimentOptions, prepareRun, type PreparedRun } from './prepare-run.js'
import type { Definition } from './run-definition.js'
import type { Variables } from './run-models.js'
import { runSecrets, type RunSecret } from './run-secrets.js'

/** What a run may do and cost at most, before it does anything. */
export interface RunPlan {
  readonly workflow: string
  readonly target: string
  readonly proposer: string
  readonly judge: string | null
  readonly prompts: readonly string[]
  readonly experiment: ExperimentPlan
  /** No request is sent that could exceed it. */
  readonly budget: BudgetLimits
  /** The most that one run can take with the present texts; null where it is not known. */
  readonly run_max: { readonly tokens: number; readonly money: number } | null
  /** What the run needs to be told beside its definition: where each secret is, and whether it is there. */
  readonly secrets: readonly RunSecret[]
  readonly cases_digest: string
  readonly notes: readonly string[]
}

/**
 * What a run would do. Nothing is asked: no network, no secret, no store.
 * @param environment where secrets are looked for; by default, the variables of the process
 * @throws TypeError or RangeError for a definition that does not fit together, and for a budget that does not pay for the
 * present texts and the proof
 */
export async function planRun(
  definition: Definition,
  environment: Variables = environmentVariables(),
): Promise<RunPlan> {
  return await planOf(await prepareRun(definition, 'ledger'), environment)
}

/** As `planRun`, of what is prepared. */
export async function planOf(run: PreparedRun, environment: Variables): Promise<RunPlan> {
  const { definition, target, prompts, seed, proposer, judge } = run
  const { config, cases, dify, digest, notes } = definition
  const worst = Object.values(cases)
    .flat()
    .map((each) => target.worstCase(seed, each))
  const known = worst.flatMap((cost) => cost ?? [])
  return {
    workflow: dify.file,
    target: target.name,
    proposer: proposer.name,
    judge: judge?.name ?? null,
    prompts: prompts.map(({ prompt_id: id }) => id),
    experiment: experimentPlan(run),
    budget: config.budget,
    run_max:
      known.length < worst.length
        ? null
        : {
            tokens: known.reduce((most, { tokens }) => Math.max(most, tokens), 0),
            money: known.reduce((most, { money }) => Math.max(most, money), 0),
          },
    secrets: await runSecrets(config, environment),
    cases_digest: digest,
    notes,
  }
}

/** How many calls the search and the proof have. @throws TypeError for a budget that does not pay for both */
export function experimentPlan(run: PreparedRun): ExperimentPlan {
  const nothing = async (): Promise<never> =>
    await Promise.reject(wrongArgument('A plan asks nothing'))
  return planExperiment({
    ...experimentOptions(run),
    evaluate: nothing,
    proposer: { name: run.proposer.name, propose: nothing },
  })
}

import { wrongArgument } from '../../base/misuse.js'
import { casesEvaluator } from '../evaluation/evaluators.js'
import type { Evaluator } from '../evaluation/case.js'
import type { ChatModel } from '../llm/chat-model.js'
import type { ExperimentOptions } from '../search/experiment.js'
import type { Candidate } from '../search/candidate.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { connectDify, difyTarget } from './dify-target.js'
import { modelTarget } from './model-target.js'
import type { RunConfig } from './run-config.js'
import type { Definition } from './run-definition.js'
import { networkModel, pricesOf, recordedModel, type Variables } from './run-models.js'
import { chosenPrompts, seedOf, type RunPrompt } from './run-prompts.js'
import type { RunTarget } from './run-target.js'

/** What a run works with. */
export interface PreparedRun {
  readonly definition: Definition
  readonly target: RunTarget
  readonly prompts: readonly RunPrompt[]
  readonly seed: Candidate
  /** Models that are not in the ledger yet. */
  readonly proposer: ChatModel
  readonly judge: ChatModel | undefined
}

/** Where answers come from: the network with secrets of these variables, or the ledger alone. */
export type AnswersFrom = { readonly environment: Variables } | 'ledger'

/**
 * Makes what a run needs of its definition. Nothing is asked.
 * @throws TypeError for prompts and cases that do not fit the target, and for secrets that are missing
 */
export async function prepareRun(definition: Definition, from: AnswersFrom): Promise<PreparedRun> {
  const { config, cases } = definition
  const model = async (name: string): Promise<ChatModel> =>
    from === 'ledger'
      ? recordedModel(config, name)
      : await networkModel(config, name, from.environment)
  const target = await targetOf(definition, from, model)
  const prompts = chosenPrompts(target.possible, config.prompts)
  for (const each of Object.values(cases).flat()) target.check(each)
  checkBudget(config)
  const judge = config.judge === undefined ? undefined : await model(config.judge.model)
  const proposer = await model(config.proposer.model)
  return { definition, target, prompts, seed: seedOf(prompts), proposer, judge }
}

async function targetOf(
  { dify, config }: Definition,
  from: AnswersFrom,
  model: (name: string) => Promise<ChatModel>,
): Promise<RunTarget> {
  const { target } = config
  if (target.type === 'dify') {
    const connection = from === 'ledger' ? undefined : await connectDify(target, from.environment)
    return difyTarget(dify, target, connection)
  }
  const asked = await model(target.model)
  return modelTarget({
    dify,
    config: target,
    model: asked,
    price: config.models[target.model]?.price,
  })
}

/** A budget in money needs prices, and one of a workflow the most that a run can cost. */
function checkBudget(config: RunConfig): void {
  const { budget, models, proposer, judge } = config
  const used = [
    proposer.model,
    ...(judge === undefined ? [] : [judge.model]),
    ...(config.target.type === 'model' ? [config.target.model] : []),
  ]
  const unpriced = used.find((name) => models[name]?.price === undefined)
  if (budget.money !== undefined && unpriced !== undefined)
    throw wrongArgument(`Key "budget.money" needs "models.${unpriced}.price"`)
  if (config.target.type !== 'dify') return
  for (const kind of ['tokens', 'money'] as const)
    if (budget[kind] !== undefined && config.target[`${kind}_per_run_max`] === undefined)
      throw wrongArgument(`Key "budget.${kind}" needs "target.${kind}_per_run_max"`)
}

/** The evaluator of the run; judges are asked through `judge`. */
export function evaluatorOfRun({ config }: Definition, judge: ChatModel | undefined): Evaluator {
  return casesEvaluator(config.evaluators, judge === undefined ? {} : { model: judge })
}

/** Most requests that one unit of a search (a run or a proposal) takes: a run may be judged, and published before. */
function requestsPerUnit({ config, cases }: Definition): number {
  const judges = (specs: RunConfig['evaluators']): number =>
    specs.filter(({ type }) => type === 'llm_judge').length
  const own = Object.values(cases)
    .flat()
    .map(({ evaluators = [] }) => judges(evaluators))
  const judged = own.reduce((most, each) => Math.max(most, each), judges(config.evaluators))
  // A publication is followed by a run, so there is at most one for two units.
  return 1 + judged + (config.target.type === 'dify' ? 0.5 : 0)
}

/** Publications beside those of rewritten prompts: the present texts, and candidates that were merged. */
const OTHER_PUBLICATIONS = 8

/** How many units a search and its proof have, so that all their requests together stay within the budget. */
export function unitsOf(definition: Definition): number {
  const { calls } = definition.config.budget
  const others = definition.config.target.type === 'dify' ? OTHER_PUBLICATIONS : 0
  return Math.max(1, Math.floor((calls - others) / requestsPerUnit(definition)))
}

/** The options of an experiment, but for what makes requests. */
export function experimentOptions(
  run: PreparedRun,
): Omit<ExperimentOptions, 'evaluate' | 'proposer' | 'signal' | 'onEvent'> {
  const { definition, prompts, seed } = run
  const { search, proof } = definition.config
  const { train, validation, held_out: heldOut, anchors } = definition.cases
  return {
    algorithm: search.algorithm,
    seed,
    train,
    validation,
    heldOut,
    anchors,
    budget: { calls: unitsOf(definition) },
    syntaxes: Object.fromEntries(
      prompts.map(({ prompt_id: id, carried }): [string, TextSyntax] => [id, carried.syntax]),
    ),
    randomSeed: search.seed,
    minibatch: search.minibatch,
    repeats: search.repeats,
    attempts: search.attempts,
    merges: search.merges,
    concurrency: search.concurrency,
    alpha: proof.alpha,
    minEffect: proof.min_effect,
    perPrompt: proof.per_prompt ?? prompts.length > 1,
    anchorTolerance: proof.anchor_tolerance,
  }
}

/** Prices by the names that requests have. */
export const pricesOfRun = ({ definition }: PreparedRun): ReturnType<typeof pricesOf> =>
  pricesOf(definition.config)

import { z } from 'zod'
import { readConfigFile } from '../../config/config-file.js'
import { strict, strictlyParsed } from '../../config/strict.js'
import { yamlValue } from '../../config/yaml.js'
import { evaluatorSpecSchema, type EvaluatorSpec } from '../evaluation/evaluator-spec.js'
import type { BudgetLimits } from '../ledger/ledger-entry.js'
import type { Price } from '../ledger/budget.js'
import { SEARCH_ALGORITHMS, type SearchAlgorithm } from '../search/search-types.js'

/** Where a secret is: the name of a variable of the environment, or a file. It is never in the configuration itself. */
export interface SecretPlace {
  readonly env?: string | undefined
  readonly file?: string | undefined
}

/** An endpoint that speaks the protocol of OpenAI, and one of its models. */
export interface ModelConfig {
  readonly base_url: string
  readonly model: string
  /** Default: no key. */
  readonly api_key?: SecretPlace | undefined
  /** What it costs; needed for a budget in money. */
  readonly price?: Price | undefined
  /** Of one attempt, in seconds; 120 by default. */
  readonly timeout_seconds?: number | undefined
  /** How the endpoint calls the limit of the answer's tokens; `max_tokens` by default. */
  readonly token_limit_field?: 'max_tokens' | 'max_completion_tokens' | undefined
}

/** The messages of one LLM node are sent to a model: for prompts that can be judged without the rest of the workflow. */
export interface ModelTarget {
  readonly type: 'model'
  /** The name of a model in `models`. */
  readonly model: string
  /** The node; needed if the file has several LLM nodes. */
  readonly node?: string | undefined
  /** Longest answer in tokens; 1000 by default. */
  readonly max_tokens: number
  /** 0 by default. */
  readonly temperature: number
}

/** The whole workflow is run by Dify: each candidate is published in an app that is there for experiments. */
export interface DifyTarget {
  readonly type: 'dify'
  /** The service API, such as `https://dify.example/v1`. */
  readonly base_url: string
  /** The key of the app. */
  readonly api_key: SecretPlace
  /** Who runs it, for Dify's logs; `holdfast` by default. */
  readonly user: string
  /** The console API, by which candidates are imported and published. */
  readonly console: {
    readonly base_url: string
    /** The app that candidates are published in. Its draft is lost. */
    readonly app_id: string
    readonly access_token: SecretPlace
    readonly csrf_token?: SecretPlace | undefined
  }
  /** How long a run may take, in seconds; 1200 by default. */
  readonly timeout_seconds: number
  /** The most that one run can cost; needed for budgets in tokens and money. */
  readonly tokens_per_run_max?: number | undefined
  readonly money_per_run_max?: number | undefined
}

/** Files of cases. With `file`, its cases are split by a hash of their inputs; else each set has a file of its own. */
export interface DataConfig {
  readonly file?: string | undefined
  /** Shares of the three sets, and what the hash begins with. Default 0.35, 0.3, 0.35 and 0. */
  readonly split?:
    | {
        readonly train: number
        readonly validation: number
        readonly held_out: number
        readonly seed?: string | number | undefined
      }
    | undefined
  readonly train?: string | undefined
  readonly validation?: string | undefined
  readonly held_out?: string | undefined
  /** Cases that must not get worse; none by default. */
  readonly anchors?: string | undefined
}

/** What a run is: read from YAML, JSON or a module. docs/optimizer.md describes each key. */
export interface RunConfig {
  /** The file of Dify. Paths begin at the configuration. */
  readonly workflow: string
  /** Ids as `holdfast optimize scan` prints them, or JSON pointers. Default: all that the target can run. */
  readonly prompts?: readonly string[] | undefined
  /** What the prompts are for, for the model that rewrites them. */
  readonly task: string
  readonly target: ModelTarget | DifyTarget
  readonly models: Readonly<Record<string, ModelConfig>>
  /** The model that rewrites prompts. */
  readonly proposer: {
    readonly model: string
    readonly temperature: number
    readonly max_tokens: number
  }
  /** The model that judges, for evaluators of the type `llm_judge`. */
  readonly judge?: { readonly model: string } | undefined
  readonly data: DataConfig
  /** How outputs are scored; cases may have evaluators of their own. */
  readonly evaluators: readonly EvaluatorSpec[]
  readonly search: {
    readonly algorithm?: SearchAlgorithm | undefined
    readonly seed: string | number
    readonly minibatch?: number | undefined
    readonly repeats?: number | undefined
    readonly attempts?: number | undefined
    readonly merges?: number | undefined
    readonly concurrency?: number | undefined
  }
  readonly proof: {
    readonly alpha?: number | undefined
    readonly min_effect?: number | undefined
    readonly per_prompt?: boolean | undefined
    readonly anchor_tolerance?: number | undefined
  }
  /** `calls` are runs and proposals. What a judge is asked counts as a call of the ledger, not as one of these. */
  readonly budget: BudgetLimits & { readonly calls: number }
}

const name = z.string().min(1)
const count = z.int().min(1)
const amount = z.number().positive()

const secretPlace: z.ZodType<SecretPlace> = strict({
  env: name.optional(),
  file: name.optional(),
}).refine(
  ({ env, file }) => (env === undefined) !== (file === undefined),
  'expected either "env", the name of a variable, or "file"',
)

const modelSchema: z.ZodType<ModelConfig> = strict({
  base_url: name,
  model: name,
  api_key: secretPlace.optional(),
  price: strict({
    prompt_per_million: z.number().min(0),
    completion_per_million: z.number().min(0),
  }).optional(),
  timeout_seconds: amount.optional(),
  token_limit_field: z.enum(['max_tokens', 'max_completion_tokens']).optional(),
})

const targetSchema = z.discriminatedUnion('type', [
  strict({
    type: z.literal('model'),
    model: name,
    node: name.optional(),
    max_tokens: count.default(1000),
    temperature: z.number().min(0).max(2).default(0),
  }),
  strict({
    type: z.literal('dify'),
    base_url: name,
    api_key: secretPlace,
    user: name.default('holdfast'),
    console: strict({
      base_url: name,
      app_id: name,
      access_token: secretPlace,
      csrf_token: secretPlace.optional(),
    }),
    timeout_seconds: amount.default(1200),
    tokens_per_run_max: count.optional(),
    money_per_run_max: amount.optional(),
  }),
])

const dataSchema: z.ZodType<DataConfig> = strict({
  file: name.optional(),
  split: strict({
    train: amount,
    validation: amount,
    held_out: amount,
    seed: z.union([z.string(), z.number()]).optional(),
  }).optional(),
  train: name.optional(),
  validation: name.optional(),
  held_out: name.optional(),
  anchors: name.optional(),
}).refine(
  ({ file, split, train, validation, held_out: heldOut }) =>
    file === undefined
      ? split === undefined && ![train, validation, heldOut].includes(undefined)
      : [train, validation, heldOut].every((each) => each === undefined),
  'expected either "file", which is split, or "train", "validation" and "held_out"',
)

const limits = {
  calls: count,
  tokens: count.optional(),
  money: amount.optional(),
  seconds: amount.optional(),
}

const configSchema = strict({
  workflow: name,
  prompts: z.array(name).min(1).optional(),
  task: z.string().default(''),
  target: targetSchema,
  models: z.record(name, modelSchema),
  proposer: strict({
    model: name,
    temperature: z.number().min(0).max(2).default(0.7),
    max_tokens: count.default(4000),
  }),
  judge: strict({ model: name }).optional(),
  data: dataSchema,
  evaluators: z.array(evaluatorSpecSchema).default([]),
  search: strict({
    algorithm: z.enum(SEARCH_ALGORITHMS).optional(),
    seed: z.union([z.string(), z.number()]).default(0),
    minibatch: count.optional(),
    repeats: count.optional(),
    attempts: count.optional(),
    merges: z.int().min(0).optional(),
    concurrency: count.optional(),
  }).prefault({}),
  proof: strict({
    alpha: z.number().positive().max(0.5).optional(),
    min_effect: z.number().min(0).max(1).optional(),
    per_prompt: z.boolean().optional(),
    anchor_tolerance: z.number().min(0).max(1).optional(),
  }).prefault({}),
  budget: strict(limits),
})
  .refine(({ models, proposer }) => Object.hasOwn(models, proposer.model), {
    message: 'expected the name of one of "models"',
    path: ['proposer', 'model'],
  })
  .refine(({ models }) => areTold(Object.values(models)), {
    message:
      'expected another "model", or the same "base_url" and "price", for each: a ledger knows models by that name',
    path: ['models'],
  })
  .refine(({ models, judge }) => judge === undefined || Object.hasOwn(models, judge.model), {
    message: 'expected the name of one of "models"',
    path: ['judge', 'model'],
  })
  .refine(({ models, target }) => target.type === 'dify' || Object.hasOwn(models, target.model), {
    message: 'expected the name of one of "models"',
    path: ['target', 'model'],
  })

/** Whether each name of a model stands for one endpoint and one price: answers and costs are kept by it. */
function areTold(models: readonly ModelConfig[]): boolean {
  const facts = ({ base_url, price }: ModelConfig): string =>
    JSON.stringify([base_url, price?.prompt_per_million, price?.completion_per_million])
  return models.every((one) =>
    models.every((other) => one.model !== other.model || facts(one) === facts(other)),
  )
}

/**
 * Checks the configuration of a run, and adds the defaults.
 * @param source the file that it is from, for messages
 * @throws TypeError that names the first wrong key, what was expected and what was given
 */
export function checkRunConfig(given: unknown, source?: string): RunConfig {
  return strictlyParsed(configSchema as z.ZodType<RunConfig>, given, '', source)
}

/** The configuration of a file. @throws TypeError as `checkRunConfig` does, or if the file cannot be read */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const given = await readConfigFile(path, async (text) => yamlValue(text, await import('yaml')))
  return checkRunConfig(given, path)
}

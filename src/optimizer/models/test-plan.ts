import { z } from 'zod'
import { strict, strictlyParsed } from '../../config/strict.js'
import { nearestName } from '../../base/options.js'
import { jsonObjectSchema } from '../../document/fields.js'
import type { JsonObject } from '../../document/json.js'
import { dataSetSchema, type Dataset } from './data-set.js'
import { executionPolicySchema, type ExecutionPolicy } from './execution-policy.js'
import { promptOptimizationSchema, type PromptOptimization } from './prompt-patch.js'

/** How one workflow of the catalog is tested. */
export interface WorkflowPlanEntry {
  /** The id of the workflow in the catalog. */
  readonly catalog_id: string
  /** Default true. */
  readonly enabled: boolean
  /** Names of data sets of the plan. Default: all of them. */
  readonly dataset_refs?: readonly string[] | undefined
  /** The share of the cases, relative to the other workflows. Default 1. */
  readonly weight: number
  /** Variants that run beside the workflow as it is. Default: none. */
  readonly prompt_optimization: readonly PromptOptimization[]
}

/** The data sets of a plan, and how cases are made from them. */
export interface TestDataConfig {
  readonly datasets: readonly Dataset[]
  /** `pairwise_mode`, `sampling_method`, `max_cases_per_variant` and further settings of the generator of cases. */
  readonly strategy: JsonObject
}

/** What is run: workflows and their variants, the data, the policy. */
export interface TestPlan {
  /** `plan_id`, `owner` and other facts about the plan. */
  readonly meta: Readonly<Record<string, unknown>>
  readonly workflows: readonly WorkflowPlanEntry[]
  readonly test_data: TestDataConfig
  readonly execution: ExecutionPolicy
  /** Kept for programs. */
  readonly validation: Readonly<Record<string, unknown>>
  /** Kept for programs. */
  readonly outputs: Readonly<Record<string, unknown>>
}

const entrySchema = strict({
  catalog_id: z.string().min(1),
  enabled: z.boolean().default(true),
  dataset_refs: z.array(z.string()).optional(),
  weight: z.number().min(0).default(1),
  prompt_optimization: z
    .array(promptOptimizationSchema)
    .nullish()
    .transform((variants) => variants ?? []),
})

const planSchema = strict({
  meta: z.record(z.string(), z.unknown()).default({}),
  workflows: z.array(entrySchema),
  test_data: strict({
    datasets: z.array(dataSetSchema).default([]),
    strategy: jsonObjectSchema.default({}),
  }).prefault({}),
  execution: executionPolicySchema.prefault({} as never),
  validation: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
}).superRefine(checkNames)

/**
 * Checks a plan and adds the defaults.
 *
 * @param source what messages begin with, such as the name of the file
 * @throws TypeError for an unknown key, with the nearest known one, for a wrong value, for a name that occurs twice, and
 *   for a data set or variant that is named and does not exist
 */
export function checkTestPlan(given: unknown, source = 'the plan'): TestPlan {
  return strictlyParsed<TestPlan>(planSchema, given, '', source, 'the plan')
}

/** The data sets of one workflow of a plan, in the order in which the workflow names them. */
export function dataSetsOf(plan: TestPlan, entry: WorkflowPlanEntry): readonly Dataset[] {
  const { datasets } = plan.test_data
  return (
    entry.dataset_refs?.flatMap((name) => datasets.filter((set) => set.name === name)) ?? datasets
  )
}

type Issue = Parameters<z.RefinementCtx['addIssue']>[0]

function checkNames(plan: z.output<typeof planSchema>, context: z.RefinementCtx): void {
  const { datasets } = plan.test_data
  const names = datasets.map(({ name }) => name)
  const issues = [
    ...twins(names, ['test_data', 'datasets'], 'name'),
    ...plan.workflows.flatMap(({ dataset_refs = [], prompt_optimization }, at) => {
      const variants = prompt_optimization.map(({ variant_id }) => variant_id)
      const place = ['workflows', at]
      return [
        ...dataset_refs.flatMap((name, index) =>
          missing(name, names, [...place, 'dataset_refs', index], 'a data set of the plan'),
        ),
        ...twins(variants, [...place, 'prompt_optimization'], 'variant_id'),
        ...prompt_optimization.flatMap(({ fallback_variant: name }, index) => {
          const path = [...place, 'prompt_optimization', index, 'fallback_variant']
          return name === undefined ? [] : missing(name, variants, path, 'a variant beside it')
        }),
      ]
    }),
  ]
  for (const issue of issues) context.addIssue(issue)
}

type Path = readonly (string | number)[]

function twins(names: readonly string[], path: Path, key: string): readonly Issue[] {
  return names.flatMap((name, at) => {
    if (names.indexOf(name) === at) return []
    const message = 'expected a name that nothing before it has'
    return [{ code: 'custom' as const, path: [...path, at, key], input: name, message }]
  })
}

function missing(
  name: string,
  known: readonly string[],
  path: Path,
  what: string,
): readonly Issue[] {
  if (known.includes(name)) return []
  const near = nearestName(name, known)
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`
  return [{ code: 'custom', path: [...path], input: name, message: `expected ${what}${hint}` }]
}

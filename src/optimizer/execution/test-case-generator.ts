import { choice, integer, rejectUnknown } from '../../base/options.js'
import { option, resolveOptions, type OptionTable, type Resolved } from '../../base/option-table.js'
import type { JsonObject, JsonValue } from '../../document/json.js'
import type { Dataset } from '../models/data-set.js'
import type { TestCase } from '../models/run-manifest.js'
import { dataSetsOf, type TestPlan } from '../models/test-plan.js'
import { pairwise } from './pairwise.js'
import { parameterValues } from './parameter-values.js'

/**
 * How cases are made from parameters. `scenario_only`: none are; only what a data set writes out. `pairwise`: every pair
 * of values of two parameters occurs. `cartesian`: all combinations.
 */
export type CaseMode = 'scenario_only' | 'pairwise' | 'cartesian'

export interface CaseGeneratorOptions {
  /** Default `pairwise`. */
  readonly mode?: CaseMode | undefined
  /** How many combinations one data set may make; further ones are left out, and counted. 1 to 1,000,000, default 1000. */
  readonly maxCases?: number | undefined
}

/** The cases of one data set, and how many combinations the limit left out. */
export interface GeneratedCases {
  readonly cases: readonly TestCase[]
  readonly omitted: number
}

const MODES = ['scenario_only', 'pairwise', 'cartesian'] as const

const OPTIONS: OptionTable<Resolved<CaseGeneratorOptions>> = {
  mode: option('pairwise', choice(MODES)),
  maxCases: option(1000, integer(1, 1_000_000)),
}

/** Makes the cases of a plan: those that its data sets write out, their conversations, and combinations of parameters. */
export class TestCaseGenerator {
  readonly #options: Resolved<CaseGeneratorOptions>

  /** @throws TypeError or RangeError that names the option */
  constructor(options: CaseGeneratorOptions = {}) {
    rejectUnknown(options, Object.keys(OPTIONS), 'TestCaseGenerator')
    this.#options = resolveOptions(OPTIONS, options)
  }

  /**
   * The cases of each workflow of a plan that is enabled, by the workflow's id in the catalog. Their ids begin with the
   * name of the data set.
   *
   * @throws TypeError for a parameter without values
   */
  generateAllCases(plan: TestPlan): ReadonlyMap<string, readonly TestCase[]> {
    const enabled = plan.workflows.filter((entry) => entry.enabled)
    return new Map(
      enabled.map((entry) => [
        entry.catalog_id,
        dataSetsOf(plan, entry).flatMap((dataset) => this.generateCases(dataset).cases),
      ]),
    )
  }

  /** The cases of one data set. @throws TypeError for a parameter without values */
  generateCases(dataset: Dataset): GeneratedCases {
    const written = dataset.cases.map(({ id, ...one }, at) => ({
      ...one,
      id: id ?? `${dataset.name}/${at + 1}`,
      ...origin(dataset),
    }))
    const talks = dataset.conversation_flows.map((flow, at) => ({
      id: `${dataset.name}/conversation-${at + 1}`,
      inputs: {},
      conversation_flow: flow,
      ...(flow.expected_outcome === undefined ? {} : { expected: flow.expected_outcome }),
      ...origin(dataset),
    }))
    const { combinations, omitted } = this.#combinations(dataset)
    const combined = combinations.map((inputs, at) => ({
      id: `${dataset.name}/combination-${at + 1}`,
      inputs,
      ...origin(dataset),
    }))
    return { cases: [...written, ...talks, ...combined], omitted }
  }

  #combinations(dataset: Dataset): {
    readonly combinations: readonly JsonObject[]
    readonly omitted: number
  } {
    const { mode, maxCases } = this.#options
    const named = Object.entries(dataset.parameters)
    if (mode === 'scenario_only' || named.length === 0) return { combinations: [], omitted: 0 }
    const chosen = dataset.pairwise_dimensions
    const parameters = named.map(([name, parameter]) => {
      const values = parameterValues(name, parameter)
      const isFixed = chosen.length > 0 && !chosen.includes(name)
      return { name, values: isFixed ? values.slice(0, 1) : values }
    })
    const sizes = parameters.map(({ values }) => values.length)
    const rows = mode === 'pairwise' ? pairwise(sizes) : cartesian(sizes, maxCases)
    const total = mode === 'pairwise' ? rows.length : sizes.reduce((all, size) => all * size, 1)
    const combinations = rows.slice(0, maxCases).map((row) => inputsOf(row, parameters))
    return { combinations, omitted: total - combinations.length }
  }
}

function origin({ name, scenario }: Dataset): Pick<TestCase, 'dataset' | 'scenario'> {
  return { dataset: name, scenario }
}

/** The first combinations; the last dimension changes the fastest. */
function cartesian(sizes: readonly number[], limit: number): readonly (readonly number[])[] {
  const total = sizes.reduce((all, size) => all * size, 1)
  return Array.from({ length: Math.min(total, limit) }, (_, index) => {
    let left = index
    const row = sizes.toReversed().map((size) => {
      const value = left % size
      left = Math.floor(left / size)
      return value
    })
    return row.reverse()
  })
}

function inputsOf(
  row: readonly number[],
  parameters: readonly { readonly name: string; readonly values: readonly JsonValue[] }[],
): JsonObject {
  const entries = parameters.map(({ name, values }, at) => [name, values[row[at] ?? 0] ?? null])
  return Object.fromEntries(entries) as JsonObject
}

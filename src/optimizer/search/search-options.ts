import { wrongArgument } from '../../base/misuse.js'
import { option, resolveOptions, type OptionTable } from '../../base/option-table.js'
import { choice, integer, rejectUnknown, shown } from '../../base/options.js'
import { isAbortSignal } from '../../base/values.js'
import type { Case } from '../evaluation/case.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import type { Candidate } from './candidate.js'
import {
  SEARCH_ALGORITHMS,
  type Evaluate,
  type Proposer,
  type SearchAlgorithm,
  type SearchEvent,
  type SearchOptions,
} from './search-types.js'

/** Options of a search with every default. */
export interface CheckedSearch {
  readonly algorithm: SearchAlgorithm
  readonly seed: Candidate
  readonly prompts: readonly string[]
  readonly train: readonly Case[]
  readonly validation: readonly Case[]
  readonly calls: number
  readonly evaluate: Evaluate
  readonly proposer: Proposer
  readonly syntaxes: Readonly<Record<string, TextSyntax>>
  readonly randomSeed: string | number
  readonly minibatch: number
  readonly repeats: number
  readonly attempts: number
  readonly merges: number
  readonly concurrency: number
  readonly signal: AbortSignal
  readonly onEvent: ((event: SearchEvent) => void) | undefined
  readonly callsBeside: () => number
}

interface Limits {
  readonly minibatch: number
  readonly repeats: number
  readonly attempts: number
  readonly merges: number
  readonly concurrency: number
}

const LIMITS: OptionTable<Limits> = {
  minibatch: option(3, integer(1, 1000)),
  repeats: option(1, integer(1, 100)),
  attempts: option(2, integer(1, 10)),
  merges: option(5, integer(0, 1000)),
  concurrency: option(4, integer(1, 256)),
}

const KNOWN = [
  ...Object.keys(LIMITS),
  'algorithm',
  'seed',
  'prompts',
  'train',
  'validation',
  'budget',
  'evaluate',
  'proposer',
  'syntaxes',
  'randomSeed',
  'signal',
  'onEvent',
  'callsBeside',
]

/** Most calls of one search. */
const CALLS_MAX = 10_000_000

/** @throws TypeError or RangeError that names the option */
export function checkSearchOptions(options: SearchOptions): CheckedSearch {
  rejectUnknown(options, KNOWN, 'search')
  const { seed, train, validation, budget, evaluate, proposer, syntaxes = {}, onEvent } = options
  const ids = promptsOf(options)
  if (typeof evaluate !== 'function')
    throw wrongArgument(`Option "evaluate" must be a function, got ${shown(evaluate)}`)
  if (typeof proposer !== 'object' || typeof proposer?.propose !== 'function')
    throw wrongArgument(`Option "proposer" must have a method "propose", got ${shown(proposer)}`)
  const { callsBeside = () => 0 } = options
  if (typeof callsBeside !== 'function')
    throw wrongArgument(`Option "callsBeside" must be a function, got ${shown(callsBeside)}`)
  checkCases('train', train)
  checkCases('validation', validation)
  checkApart({ train, validation })
  rejectUnknown(budget, ['calls'], 'option "budget"')
  const byDefault = ids.length > 1 ? 'reflective' : 'hill-climb'
  return Object.freeze({
    ...resolveOptions(LIMITS, options),
    algorithm:
      options.algorithm === undefined
        ? byDefault
        : choice(SEARCH_ALGORITHMS)('algorithm', options.algorithm),
    seed: Object.freeze({ ...seed }),
    prompts: ids,
    train,
    validation,
    calls: integer(1, CALLS_MAX)('budget.calls', budget?.calls),
    evaluate,
    proposer,
    syntaxes,
    randomSeed: randomSeedOption(options.randomSeed),
    signal: signalOption(options.signal),
    onEvent,
    callsBeside,
  })
}

function promptsOf({ seed, prompts }: SearchOptions): readonly string[] {
  const isTexts =
    typeof seed === 'object' &&
    seed !== null &&
    Object.values(seed).every((text) => typeof text === 'string')
  if (!isTexts || Object.keys(seed).length === 0)
    throw wrongArgument(`Option "seed" must map prompts to texts, got ${shown(seed)}`)
  const ids = prompts ?? Object.keys(seed)
  const unknown = ids.find((id) => !Object.hasOwn(seed, id))
  if (unknown !== undefined || ids.length === 0)
    throw wrongArgument(
      `Option "prompts" must name prompts of the seed, ${Object.keys(seed).join(', ')}; got ${shown(ids)}`,
    )
  return [...ids].sort()
}

/** @throws TypeError for a value that is not a list of at least one case, each with an id of its own */
export function checkCases(name: string, cases: readonly Case[]): void {
  const isList =
    Array.isArray(cases) &&
    cases.length > 0 &&
    cases.every((each: Case | undefined) => typeof each?.id === 'string')
  if (!isList) throw wrongArgument(`Option "${name}" must be a list of cases, got ${shown(cases)}`)
  const ids = new Set<string>()
  for (const { id } of cases) {
    if (ids.has(id)) throw wrongArgument(`Option "${name}" has two cases with the id ${shown(id)}`)
    ids.add(id)
  }
}

/** What is learned from must not decide: @throws TypeError for a case that is in two sets */
export function checkApart(sets: Readonly<Record<string, readonly Case[]>>): void {
  const owners = new Map<string, string>()
  for (const [name, cases] of Object.entries(sets))
    for (const { id } of cases) {
      const other = owners.get(id)
      if (other !== undefined)
        throw wrongArgument(`Case ${shown(id)} is both in "${other}" and in "${name}"`)
      owners.set(id, name)
    }
}

/** @throws TypeError for a seed that is neither a number nor a text */
export function randomSeedOption(given: unknown): string | number {
  if (given === undefined) return 0
  if (typeof given === 'string' || Number.isFinite(given)) return given as string | number
  throw wrongArgument(`Option "randomSeed" must be a number or a text, got ${shown(given)}`)
}

/** A signal that is never aborted if none is given. @throws TypeError for a value that is not one */
export function signalOption(given: unknown): AbortSignal {
  if (given === undefined) return new AbortController().signal
  if (isAbortSignal(given)) return given
  throw wrongArgument(`Option "signal" must be an AbortSignal, got ${shown(given)}`)
}

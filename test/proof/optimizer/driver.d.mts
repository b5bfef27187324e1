import type { Case } from '../../../src/optimizer/evaluation/case.js'
import type { Candidate } from '../../../src/optimizer/search/candidate.js'
import type {
  SearchAlgorithm,
  SearchOptions,
  SearchResult,
} from '../../../src/optimizer/search/search-types.js'

export interface SimulatedModel {
  readonly port: number
  stop(): Promise<void>
}

export interface World {
  readonly family: string
  readonly seed: number
  readonly url: string
  get(path: `cases/${string}`): Promise<readonly Case[]>
  get(path: 'seed'): Promise<Candidate>
  get(path: 'log'): Promise<WorldLog>
  post(
    path: 'truth',
    body: { readonly candidates: readonly Candidate[] },
  ): Promise<{ readonly scores: readonly number[]; readonly seed: number; readonly best: number }>
}

export interface WorldLog {
  readonly counts: Readonly<Record<string, number>>
  readonly order: readonly string[]
}

export function startModel(delayMs?: number): Promise<SimulatedModel>
export function worldAt(port: number, family: string, seed: number): World
export function evaluateOn(world: World, worker: unknown): SearchOptions['evaluate']
export function modelsOf(world: World): { readonly worker: unknown; readonly writer: unknown }
export function searchOn(
  world: World,
  options: { readonly algorithm: SearchAlgorithm; readonly calls: number },
): Promise<{
  readonly result: SearchResult
  readonly bests: readonly { readonly member: number; readonly calls: number }[]
}>

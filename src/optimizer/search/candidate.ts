import { hash } from 'node:crypto'
import { canonicalJson } from '../../document/checksum.js'
import type { JsonValue } from '../../document/json.js'

/** A text for each prompt of a workflow: what a search changes, and what is run as a whole. */
export type Candidate = Readonly<Record<string, string>>

/** What one node of a run was given and what it returned; further fields are those of the runner. */
export interface NodeTrace {
  readonly node_id: string
  readonly title?: string | undefined
  readonly status?: string | undefined
  /** The prompt as the model received it, with its variables filled. */
  readonly prompts?: unknown
  readonly outputs?: unknown
}

/** What became of one case: a score or an error, never both. */
export interface CaseOutcome {
  readonly case_id: string
  readonly inputs?: Readonly<Record<string, JsonValue>> | undefined
  /** From 0 to 1; missing when the run or the evaluator failed. */
  readonly score?: number | undefined
  /** An error is not a score of 0: the case is left out of every comparison. */
  readonly error?: { readonly code: string; readonly message: string } | undefined
  /** What the evaluator complained about; '' for nothing. */
  readonly feedback: string
  readonly traces: readonly NodeTrace[]
  readonly outputs: Readonly<Record<string, unknown>>
  readonly tokens: number
  /** Money, in the currency of the prices that the runner knows. */
  readonly cost: number
  readonly seconds: number
}

/** SHA-256 of a candidate, in hex: the same texts have the same. */
export function candidateDigest(candidate: Candidate): string {
  return hash('sha256', canonicalJson(candidate))
}

/** The prompts whose texts differ, sorted. */
export function changedPrompts(before: Candidate, after: Candidate): string[] {
  return Object.keys(after)
    .filter((promptId) => before[promptId] !== after[promptId])
    .sort()
}

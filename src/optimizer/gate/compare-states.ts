import { rounded } from '../../base/rounded.js'
import type { FindingSeverity } from '../lint/finding.js'
import type { RunReport } from '../run/run-report.js'
import type { GateFile, GateFinding, GatePrompt, GateState } from './gate-state.js'

/** When a change is refused. */
export interface GateRules {
  /** New findings of this severity, or of a graver one. Default 'error'. */
  readonly failOn?: FindingSeverity | undefined
  /** The most points that a prompt may lose. Default 5. */
  readonly maxDrop?: number | undefined
  /** The least score of a new or changed prompt. Default 0. */
  readonly minScore?: number | undefined
}

/** A prompt whose score is another one, or that is new. */
export interface ScoreChange extends GatePrompt {
  /** null for a new prompt. */
  readonly before: number | null
  readonly isRefused: boolean
}

/** What a change does to one file. */
export interface GateChange {
  readonly file: string
  /** Whether the baseline does not have the file. */
  readonly isNew: boolean
  readonly newFindings: readonly (GateFinding & { readonly isRefused: boolean })[]
  readonly fixedFindings: readonly GateFinding[]
  readonly scores: readonly ScoreChange[]
  /** Prompts that the file has no more. */
  readonly gone: readonly string[]
  readonly meanBefore: number | null
  readonly meanNow: number | null
}

/** The result of a run that a change applies. */
export interface GateRun {
  readonly report: RunReport
  /** Prompts whose text in the file is not the one that was proven. */
  readonly different: readonly string[]
  readonly isRefused: boolean
}

/** What a change does, and whether it may be merged. */
export interface GateResult {
  readonly passed: boolean
  readonly files: readonly GateChange[]
  /** Files that are not exports of Dify, with the reason. */
  readonly refusedFiles: readonly { readonly file: string; readonly reason: string }[]
  readonly run: GateRun | null
}

const GRAVITY: Readonly<Record<FindingSeverity, number>> = { error: 2, warning: 1, note: 0 }

/** Compares files with a baseline. What the baseline has already is not held against a change. */
export function compareStates(
  before: GateState,
  now: GateState,
  rules: GateRules = {},
): readonly GateChange[] {
  const known = new Map(before.files.map((file) => [file.file, file]))
  return now.files.map((file) => changeOf(known.get(file.file), file, rules))
}

/** Whether nothing in it is refused. */
export function isPassed(files: readonly GateChange[]): boolean {
  return files.every(
    ({ newFindings, scores }) =>
      !newFindings.some(({ isRefused }) => isRefused) && !scores.some(({ isRefused }) => isRefused),
  )
}

function changeOf(before: GateFile | undefined, now: GateFile, rules: GateRules): GateChange {
  const { failOn = 'error', maxDrop = 5, minScore = 0 } = rules
  const scores = new Map(before?.prompts.map(({ prompt_id: id, score }) => [id, score]))
  const present = new Set(now.prompts.map(({ prompt_id: id }) => id))
  return {
    file: now.file,
    isNew: before === undefined,
    newFindings: without(now.findings, before?.findings ?? []).map((finding) => ({
      ...finding,
      isRefused: GRAVITY[finding.severity] >= GRAVITY[failOn],
    })),
    fixedFindings: without(before?.findings ?? [], now.findings),
    scores: now.prompts.flatMap((prompt) => {
      const was = scores.get(prompt.prompt_id)
      if (was === prompt.score) return []
      const isRefused =
        prompt.score < minScore || (was !== undefined && rounded(was - prompt.score) > maxDrop)
      return [{ ...prompt, before: was ?? null, isRefused }]
    }),
    gone: [...scores.keys()].filter((id) => !present.has(id)),
    meanBefore: before === undefined ? null : mean(before.prompts),
    meanNow: mean(now.prompts),
  }
}

/** Those that the others do not have as often. */
function without(
  findings: readonly GateFinding[],
  others: readonly GateFinding[],
): readonly GateFinding[] {
  const left = new Map<string, number>()
  for (const finding of others) left.set(keyOf(finding), (left.get(keyOf(finding)) ?? 0) + 1)
  return findings.filter((finding) => {
    const count = left.get(keyOf(finding)) ?? 0
    left.set(keyOf(finding), count - 1)
    return count <= 0
  })
}

function keyOf({ rule, node_id: node, message }: GateFinding): string {
  return JSON.stringify([rule, node, message])
}

function mean(prompts: readonly GatePrompt[]): number | null {
  if (prompts.length === 0) return null
  return rounded(prompts.reduce((sum, { score }) => sum + score, 0) / prompts.length)
}

import { rounded, roundedNumbers } from '../../base/rounded.js'
import type { JsonValue } from '../../document/json.js'
import type { Case } from '../evaluation/case.js'
import type { LedgerReport } from '../ledger/ledger-state.js'
import type { CaseOutcome } from '../search/candidate.js'
import type { CasePair } from '../search/proof-types.js'
import type { PreparedRun } from './prepare-run.js'
import type { Findings } from './run-experiment.js'
import type {
  ReportedCase,
  ReportedOutcome,
  ReportedPrompt,
  RunReport,
  RunVerdict,
} from './run-report.js'

/** How many cases of each kind a report shows. */
const SHOWN_CASES = 5

/** The report of a run. It depends on what was found and recorded alone. Its own numbers are rounded, those of cases not. */
export function makeReport(
  name: string,
  run: PreparedRun,
  findings: Findings,
  ledger: LedgerReport,
): RunReport {
  const { definition, target, proposer, judge } = run
  const { dify, config } = definition
  const { plan, search, proof, progress, stoppedBy } = findings
  const pairs = proof?.cases ?? []
  const { pool: _, ...found } = search ?? { pool: [] }
  return {
    format: 1,
    run: name,
    verdict: verdictOf(findings),
    stopped_by: stoppedBy ?? null,
    workflow: {
      file: dify.file,
      name: dify.name,
      mode: dify.mode ?? null,
      digest: dify.digest,
    },
    target: target.name,
    models: {
      proposer: proposer.name,
      target: target.name.replace(/^\w+ /, ''),
      judge: judge?.name ?? null,
    },
    evaluators: config.evaluators.map(({ type }) => type),
    plan: roundedNumbers(plan),
    search: search === undefined ? null : roundedNumbers(found as RunReport['search']),
    progress: roundedNumbers(progress),
    proof: roundedNumbers(proof ?? null),
    prompts: promptsOf(run, findings),
    wins: shown(pairs, run, findings, 1),
    losses: shown(pairs, run, findings, -1),
    ledger: roundedNumbers(ledger),
    notes: definition.notes,
  }
}

function verdictOf({ search, proof, stoppedBy }: Findings): RunVerdict {
  if (proof !== undefined) return proof.verdict
  if (stoppedBy !== undefined || search === undefined) return 'budget_spent'
  // Nothing scored better than the present texts, so there was nothing to prove.
  return 'no_significant_gain'
}

function promptsOf({ prompts, seed }: PreparedRun, { search }: Findings): ReportedPrompt[] {
  const best = search?.best.candidate ?? seed
  return prompts.map(({ prompt_id: id, carried }) => {
    const after = best[id] ?? carried.text
    return {
      prompt_id: id,
      pointer: carried.pointer,
      node_id: carried.node?.id ?? null,
      node_title: carried.node?.title ?? null,
      line: carried.line,
      syntax: carried.syntax,
      before: carried.text,
      after,
      changed: after !== carried.text,
    }
  })
}

/** Those with the largest difference first. */
function shown(
  pairs: readonly CasePair[],
  { definition, seed }: PreparedRun,
  { search, outcomeOf }: Findings,
  sign: 1 | -1,
): ReportedCase[] {
  const gain = ({ baseline, winner }: CasePair): number => sign * (winner - baseline)
  const cases = new Map(definition.cases.held_out.map((each) => [each.id, each]))
  const best = search?.best.candidate ?? seed
  return pairs
    .filter((pair) => gain(pair) > 0)
    .toSorted((one, other) => gain(other) - gain(one) || (one.case_id < other.case_id ? -1 : 1))
    .slice(0, SHOWN_CASES)
    .flatMap((pair) => {
      const testCase = cases.get(pair.case_id)
      return testCase === undefined
        ? []
        : [
            reportedCase(testCase, pair, [
              outcomeOf(seed, pair.case_id),
              outcomeOf(best, pair.case_id),
            ]),
          ]
    })
}

function reportedCase(
  { id, inputs, expected }: Case,
  pair: CasePair,
  [before, after]: readonly [CaseOutcome | undefined, CaseOutcome | undefined],
): ReportedCase {
  return {
    case_id: id,
    inputs,
    expected: expected ?? null,
    baseline: reportedOutcome(pair.baseline, before),
    winner: reportedOutcome(pair.winner, after),
  }
}

function reportedOutcome(score: number, outcome: CaseOutcome | undefined): ReportedOutcome {
  return {
    score: rounded(score),
    outputs: jsonOf(outcome?.outputs),
    feedback: outcome?.feedback ?? '',
    nodes: (outcome?.traces ?? []).map(({ node_id, outputs }) => ({
      node_id,
      outputs: jsonOf(outputs),
    })),
  }
}

/** Outputs come from the ledger, where they are JSON. */
function jsonOf(value: unknown): JsonValue {
  return value === undefined ? null : (value as JsonValue)
}

import { createTwoFilesPatch } from 'diff'
import type { RunReport, RunVerdict } from '../run/run-report.js'
import type { ReportedPrompt } from '../run/run-report.js'
import { signed } from './charts.js'

/** A version of a prompt in the store, for the history in a report. */
export interface PromptHistoryEntry {
  readonly version: string
  readonly created_at: string
  readonly author: string | null
  readonly message: string | null
  readonly labels: readonly string[]
}

/** The history of a prompt in a store. */
export interface PromptHistory {
  readonly prompt_id: string
  readonly versions: readonly PromptHistoryEntry[]
}

/** A name and a value. A value may quote texts of the workflow: it has to be escaped. */
export type Fact = readonly [name: string, value: string]

const VERDICTS: Readonly<Record<RunVerdict, string>> = {
  gain: 'A gain is proven',
  no_significant_gain: 'No significant gain',
  regression: 'An anchor got worse',
  undecided: 'Undecided: too many cases have no score',
  budget_spent: 'The budget ended before a proof',
}

/** The result in a few words. */
export function verdictText({ verdict }: RunReport): string {
  return VERDICTS[verdict]
}

/** What was proven, in a sentence; why there is no proof, if there is none. */
export function proofText({ proof, search, stopped_by: stoppedBy, verdict }: RunReport): string {
  if (proof === null) {
    if (verdict === 'budget_spent') return `${stoppedBy ?? 'The budget is spent'}.`
    return `The search found no text that scores better on the validation set than the present ones (${(search?.seed_score ?? 0).toFixed(3)}).`
  }
  const { effect, interval, p_value: p, pairs } = proof
  const percent = Math.round(interval.confidence * 100)
  return `On ${pairs} held-out cases the mean score went from ${proof.baseline_mean.toFixed(3)} to ${proof.winner_mean.toFixed(3)}: ${signed(effect)} (${percent} % interval ${signed(interval.low)} to ${signed(interval.high)}, p ${pText(p)}).`
}

/** A p-value with its sign: one that is very small is not shown as 0. */
export function pText(p: number): string {
  return p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`
}

/** What ran. */
export function settingFacts(report: RunReport): readonly Fact[] {
  const { workflow, target, models, plan, evaluators, search } = report
  const { train, validation, held_out: heldOut, anchors } = plan.cases
  return [
    ['Workflow', `${workflow.name} (${workflow.file})`],
    ['Target', target],
    ['Rewritten by', models.proposer],
    ...(models.judge === null ? [] : [['Judged by', models.judge] as const]),
    ['Algorithm', plan.algorithm],
    ['Evaluators', evaluators.length === 0 ? 'those of the cases' : evaluators.join(', ')],
    ['Cases', `${train} train, ${validation} validation, ${heldOut} held out, ${anchors} anchors`],
    ['Random seed', String(search?.random_seed ?? '')],
    ['Prompts', plan.prompts.join(', ')],
  ]
}

/** What the search did. */
export function searchFacts({ search }: RunReport): readonly Fact[] {
  if (search === null) return []
  const { accepted, rejected, refused, refusals, duplicate, failed } = search.proposals
  const reasons = Object.entries(refusals).map(([reason, count]) => `${count} ${reason}`)
  return [
    ['Validation score', `${search.seed_score.toFixed(3)} → ${search.best.score.toFixed(3)}`],
    ['Ended by', search.stopped.replaceAll('_', ' ')],
    ['Runs of cases, proposals', `${search.calls.evaluations}, ${search.calls.proposals}`],
    ['Accepted, not better', `${accepted}, ${rejected}`],
    ['Refused', `${refused}${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`],
    ['Duplicate, failed', `${duplicate}, ${failed}`],
    ['Runs of cases with errors', String(search.errors.runs)],
  ]
}

/** What was spent. */
export function spendFacts({ ledger }: RunReport): readonly Fact[] {
  const { requests } = ledger
  return [
    ['Requests', `${requests.sent} sent, ${requests.answered} answered, ${requests.failed} failed`],
    ['Repeated after an interruption', `${requests.repeated}`],
    ['Looked up', `${requests.looked_up}`],
    ['Tokens', String(ledger.tokens)],
    ['Money', ledger.money.toFixed(6)],
    ...Object.entries(ledger.asked).map(([name, count]): Fact => [`Asked: ${name}`, String(count)]),
  ]
}

/** The held-out test. */
export function proofFacts({ proof }: RunReport): readonly Fact[] {
  if (proof === null) return []
  const { anchors } = proof
  return [
    ['Effect', signed(proof.effect)],
    ['Interval', `${signed(proof.interval.low)} to ${signed(proof.interval.high)}`],
    [
      'p-value',
      `p ${pText(proof.p_value)} (${proof.method === 'exact' ? 'exact' : 'Monte Carlo'})`,
    ],
    ['Counts from', `p ≤ ${proof.alpha} and ${signed(proof.min_effect)}`],
    ['Pairs, without a score', `${proof.pairs}, ${proof.lost_pairs}`],
    [
      'Anchors',
      `${anchors.checked} checked, ${anchors.worse.length} worse, ${anchors.unscored.length} without a score`,
    ],
    ...proof.prompts.map(({ prompt_id: id, effect, adjusted_p_value: p, significant }): Fact => [
      `Change of ${id}`,
      `${signed(effect)}, p ${pText(p)} by Holm${significant ? '' : ', not significant by itself'}`,
    ]),
  ]
}

const EDITS_MAX = 20_000

/** The difference of a prompt as lines, each beginning with ` `, `-` or `+`. */
export function promptDiff({ prompt_id: id, before, after }: ReportedPrompt): readonly string[] {
  const patch = createTwoFilesPatch(id, id, `${before}\n`, `${after}\n`, undefined, undefined, {
    context: 3,
    maxEditLength: EDITS_MAX,
  })
  if (patch === undefined)
    return [
      ...before.split('\n').map((line) => `-${line}`),
      ...after.split('\n').map((line) => `+${line}`),
    ]
  const lines = patch.split('\n')
  const start = lines.findIndex((line) => line.startsWith('@@'))
  return lines.slice(start + 1).filter((line) => line !== '' && !line.startsWith('\\'))
}

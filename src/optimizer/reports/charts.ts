import { html, type Content, type Markup } from './markup.js'
import type { Proof } from '../search/proof-types.js'
import type { RunReport } from '../run/run-report.js'

const WIDTH = 640
const MARGIN = { left: 48, right: 16, top: 16, bottom: 32 } as const

/** A range of values, and the columns or rows of the picture that it is drawn over. */
interface Scale {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

function placed(value: number, { from, to, start, end }: Scale): number {
  const share = to === from ? 0.5 : (value - from) / (to - from)
  return Math.round((start + share * (end - start)) * 10) / 10
}

const columns = (from: number, to: number): Scale => ({
  from,
  to,
  start: MARGIN.left,
  end: WIDTH - MARGIN.right,
})

/** How the best score on the validation set rose with the calls. */
export function progressChart({ progress, search }: RunReport): Markup | undefined {
  const last = progress.at(-1)
  if (last === undefined || search === null) return undefined
  const height = 200
  const x = columns(0, Math.max(search.calls.evaluations + search.calls.proposals, last.calls, 1))
  const y: Scale = { from: 0, to: 1, start: height - MARGIN.bottom, end: MARGIN.top }
  const [first] = progress
  const steps = progress.flatMap(({ calls, best_score: score }, at) => {
    const before = progress[at - 1]?.best_score ?? score
    return [
      [calls, before],
      [calls, score],
    ] as const
  })
  const points = [[first?.calls ?? 0, first?.best_score ?? 0], ...steps, [x.to, last.best_score]]
    .map(([calls = 0, score = 0]) => `${placed(calls, x)},${placed(score, y)}`)
    .join(' ')
  const label = `The best score on the validation set, from ${(first?.best_score ?? 0).toFixed(3)} to ${last.best_score.toFixed(3)} in ${x.to} calls`
  return picture(height, label, [
    axisY(y, [0, 0.25, 0.5, 0.75, 1]),
    axisX(x, height, ticks(x.to)),
    html`<polyline class="line" points="${points}" />`,
    html`<text class="label" x="${WIDTH - MARGIN.right}" y="${height - 4}" text-anchor="end"
      >calls</text
    >`,
  ])
}

const ROW = 14
/** Most cases in a picture. */
const CASES_MAX = 60

/** The scores of both on each held-out case: the largest gain first. */
export function casesChart({ cases }: Proof): Markup | undefined {
  if (cases.length === 0) return undefined
  const sorted = cases.toSorted(
    (one, other) => other.winner - other.baseline - (one.winner - one.baseline),
  )
  const half = CASES_MAX / 2
  const shown =
    sorted.length > CASES_MAX ? [...sorted.slice(0, half), ...sorted.slice(-half)] : sorted
  const height = MARGIN.top + shown.length * ROW + MARGIN.bottom
  const x = columns(0, 1)
  const left = cases.length - shown.length
  const label = `The scores of ${shown.length} held-out cases with the present texts and with the new ones${left > 0 ? `; ${left} in the middle are left out` : ''}`
  const rows = shown.map(({ case_id: id, baseline, winner }, at): Content => {
    const y = MARGIN.top + at * ROW + ROW / 2
    const kind = winner > baseline ? 'better' : winner < baseline ? 'worse' : 'same'
    const [from, to] = [placed(baseline, x), placed(winner, x)]
    return html`<g class="${kind}"
      ><title>${id}: ${baseline.toFixed(3)} to ${winner.toFixed(3)}</title
      ><line x1="${from}" x2="${to}" y1="${y}" y2="${y}" /><circle
        class="before"
        cx="${from}"
        cy="${y}"
        r="3.5" /><circle class="after" cx="${to}" cy="${y}" r="3.5"
    /></g>`
  })
  return picture(height, label, [axisX(x, height, [0, 0.25, 0.5, 0.75, 1]), rows])
}

/** The effect with its interval, beside nothing and the least effect that counts. */
export function effectChart({
  effect,
  interval: { low: from, high: to },
  min_effect: least,
}: Proof): Markup {
  // A bound that is not known is the end of what a difference of scores can be.
  const interval = { low: from ?? -1, high: to ?? 1 }
  const height = 84
  const [low, high] = [Math.min(interval.low, 0, least), Math.max(interval.high, least, 0)]
  const room = (high - low) * 0.1 || 0.1
  const x = columns(low - room, high + room)
  const y = 34
  const mark = (value: number, name: string, kind: string): Markup =>
    html`<g class="${kind}"
      ><line x1="${placed(value, x)}" x2="${placed(value, x)}" y1="12" y2="56" /><text
        class="label"
        x="${placed(value, x)}"
        y="72"
        text-anchor="middle"
        >${name}</text
      ></g
    >`
  return picture(
    height,
    `The effect ${effect.toFixed(3)}, from ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`,
    [
      mark(0, '0', 'zero'),
      least > 0.02 ? mark(least, `least ${least}`, 'least') : undefined,
      html`<line
        class="interval"
        x1="${placed(interval.low, x)}"
        x2="${placed(interval.high, x)}"
        y1="${y}"
        y2="${y}"
      />`,
      html`<circle class="effect" cx="${placed(effect, x)}" cy="${y}" r="6" />`,
      html`<text class="label" x="${placed(effect, x)}" y="${y - 12}" text-anchor="middle"
        >${signed(effect)}</text
      >`,
    ],
  )
}

function picture(height: number, label: string, parts: Content): Markup {
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">${parts}</svg>`
}

function axisY(y: Scale, values: readonly number[]): Content {
  return values.map(
    (value) =>
      html`<line
          class="grid"
          x1="${MARGIN.left}"
          x2="${WIDTH - MARGIN.right}"
          y1="${placed(value, y)}"
          y2="${placed(value, y)}"
        /><text class="label" x="${MARGIN.left - 6}" y="${placed(value, y) + 4}" text-anchor="end"
          >${value}</text
        >`,
  )
}

function axisX(x: Scale, height: number, values: readonly number[]): Content {
  const bottom = height - MARGIN.bottom
  return values.map(
    (value) =>
      html`<line
          class="grid"
          x1="${placed(value, x)}"
          x2="${placed(value, x)}"
          y1="${MARGIN.top}"
          y2="${bottom}"
        /><text class="label" x="${placed(value, x)}" y="${bottom + 16}" text-anchor="middle"
          >${value}</text
        >`,
  )
}

/** About four round numbers up to a limit. */
function ticks(limit: number): readonly number[] {
  const rough = limit / 4
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power
  return Array.from({ length: Math.floor(limit / step) + 1 }, (_, at) => at * step)
}

/** A difference with its sign; a bound that is not known. */
export function signed(value: number | null): string {
  if (value === null) return 'unbounded'
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}

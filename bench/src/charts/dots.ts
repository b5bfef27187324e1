import type { SubjectName } from '../plan/subjects.js'
import { colours, label, labels } from './chart.js'
import { ticks } from './ticks.js'

export interface Dot {
  readonly panel: string
  readonly subject: SubjectName
  readonly value: number
  readonly text: string
}

const ROW_HEIGHT = 21
/** The left labels, the room between panels and the texts beside the dots leave this much. */
const PANELS_WIDTH = 560

interface DotOptions {
  readonly below: string
  /** Of the numbers below: '~s' writes 10k, ',~g' writes 0.1. */
  readonly format?: '~s' | ',~g'
  /** Panels of one operation share their axis; of several ones, each has its own. */
  readonly shared?: boolean
}

/**
 * A dot for each subject, in panels side by side. Logarithmic: from the slowest to the fastest are four orders of
 * magnitude, and bars would need to begin at zero.
 */
export function dots(
  all: readonly Dot[],
  { below, format = '~s', shared = true }: DotOptions,
): object {
  const panels = [...new Set(all.map(({ panel }) => panel))]
  const present = all.map(({ subject }) => subject)
  const width = Math.floor(PANELS_WIDTH / panels.length)
  return {
    hconcat: panels.map((panel, at) => {
      const own = all.filter((dot) => dot.panel === panel)
      const domain = domainOf(shared ? all : own, panels.length)
      return {
        title: { text: panel, anchor: 'start', fontSize: 12 },
        width,
        height: { step: ROW_HEIGHT },
        data: { values: own.map(datum) },
        encoding: {
          y: {
            field: 'label',
            type: 'nominal',
            title: null,
            sort: labels(present),
            scale: { domain: labels(present) },
            axis: at === 0 ? { grid: true } : { grid: true, labels: false },
          },
          x: {
            field: 'value',
            type: 'quantitative',
            title: below,
            scale: { type: 'log', domain: domain, nice: false },
            axis: { values: ticks((shared ? all : own).map(({ value }) => value)), format },
          },
          color: { field: 'label', type: 'nominal', scale: colours(present), legend: null },
        },
        layer: [
          { mark: { type: 'point', filled: true, size: 75, opacity: 1 } },
          {
            mark: { type: 'text', align: 'left', dx: 8, fontSize: 11, color: '#333333' },
            encoding: { text: { field: 'text', type: 'nominal' }, color: { value: '#333333' } },
          },
        ],
      }
    }),
  }
}

function datum({ subject, value, text }: Dot): object {
  return { label: label(subject), value, text }
}

/** With room on the right for the text of the largest: the narrower the panels, the more of it. */
function domainOf(dotsOfAxis: readonly Dot[], panels: number): [number, number] {
  const values = dotsOfAxis.map(({ value }) => value)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const span = Math.max(10, most / least)
  return [least / span ** 0.06, most * span ** (panels > 2 ? 0.75 : 0.45)]
}

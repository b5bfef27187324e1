import type { SubjectName } from '../plan/subjects.js'
import { colours, label, labels, PANEL_WIDTH } from './chart.js'
import { ticks } from './ticks.js'

export interface LinePoint {
  readonly subject: SubjectName
  /** On the axis below, in this order. */
  readonly at: string
  readonly value: number
}

interface LineOptions {
  readonly below: string
  readonly beside: string
  /** Of the numbers beside: '~s' writes 10k, ',~g' writes 0.1. */
  readonly format: '~s' | ',~g'
}

const HEIGHT = 300

/** A line for each subject over what is varied. Logarithmic: subjects differ by orders of magnitude. */
export function lines(all: readonly LinePoint[], { below, beside, format }: LineOptions): object {
  const present = all.map(({ subject }) => subject)
  return {
    width: PANEL_WIDTH,
    height: HEIGHT,
    data: { values: all.map(({ subject, at, value }) => ({ label: label(subject), at, value })) },
    mark: { type: 'line', point: { size: 40, filled: true }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'at',
        type: 'ordinal',
        sort: [...new Set(all.map(({ at }) => at))],
        title: below,
        axis: { labelAngle: 0, grid: true },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: beside,
        scale: { type: 'log' },
        axis: { values: ticks(all.map(({ value }) => value)), format },
      },
      color: {
        field: 'label',
        type: 'nominal',
        title: null,
        sort: labels(present),
        scale: colours(present),
      },
    },
  }
}

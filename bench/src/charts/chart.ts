import { SUBJECT_PLANS, SUBJECTS, type SubjectName } from '../plan/subjects.js'

/** A picture of one thing; drawn as SVG and PNG under its id. */
export interface Chart {
  readonly id: string
  readonly title: string
  /** What it shows, for those who do not see it. */
  readonly description: string
  /** In Vega-Lite. */
  readonly spec: object
}

/** Pixels of a chart with one panel; README.md is shown a little wider. */
export const PANEL_WIDTH = 470

/** Of Vega-Lite: the same colour for a subject in each chart, whichever others are in it. */
export function colours(present: readonly SubjectName[]): object {
  const ordered = SUBJECTS.filter((subject) => present.includes(subject))
  return {
    domain: ordered.map((subject) => SUBJECT_PLANS[subject].label),
    range: ordered.map((subject) => SUBJECT_PLANS[subject].colour),
  }
}

/** Labels in the order of the plan, not of the alphabet. */
export function labels(present: readonly SubjectName[]): string[] {
  return SUBJECTS.filter((subject) => present.includes(subject)).map(
    (subject) => SUBJECT_PLANS[subject].label,
  )
}

export function label(subject: SubjectName): string {
  return SUBJECT_PLANS[subject].label
}

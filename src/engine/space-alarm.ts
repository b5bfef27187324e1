import type { DiskSpace } from '../disk/disk.js'
import { publish } from '../base/channels.js'

/** Thresholds at which operators are warned: the disk fills up, and a tenth of it is left. The highest comes last. */
const ALERTS = [
  { code: 'space-low', usedPercent: 80 },
  { code: 'space-critical', usedPercent: 90 },
] as const

/** An alert ends only this far below its threshold: otherwise a disk near it would be reported again and again. */
const OVER_PERCENT = 1

/** A problem of a disk. */
export interface SpaceProblem {
  readonly code: (typeof ALERTS)[number]['code']
  readonly message: string
}

/** As `df` reports it: the used part of what is used or free. Blocks kept for the administrator are neither. */
export function usedPercent({ usedBytes, freeBytes }: DiskSpace): number {
  const bytes = usedBytes + freeBytes
  return bytes === 0 ? 0 : Math.round((usedBytes / bytes) * 1000) / 10
}

/** The problem of a disk of which this much is used; undefined when there is none. */
export function spaceProblem(percent: number): SpaceProblem | undefined {
  const alert = ALERTS.findLast(({ usedPercent: least }) => percent >= least)
  return alert && { code: alert.code, message: `The disk is ${percent} % full.` }
}

/** Publishes a warning when an alert is passed: once, until the disk is below it again. */
export class SpaceAlarm {
  #passed = 0

  note(directory: string, space: DiskSpace): void {
    const percent = usedPercent(space)
    const passed = countPassed(percent)
    const problem = spaceProblem(percent)
    if (problem !== undefined && passed > this.#passed)
      publish('warning', () => ({ directory, ...problem }))
    this.#passed = Math.max(passed, Math.min(this.#passed, countPassed(percent + OVER_PERCENT)))
  }
}

function countPassed(percent: number): number {
  return ALERTS.filter(({ usedPercent: least }) => percent >= least).length
}

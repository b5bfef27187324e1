import { publish } from '../base/channels.js'
import { integerOption, rejectUnknown } from '../base/options.js'
import type { DiskSpace } from '../disk/disk.js'

/** How much room the disk has, and whether that is enough. */
export interface DiskSpaceReport {
  /** Whether the required space is free and a file can be created. */
  readonly ok: boolean
  readonly required_mb: number
  readonly total_mb: number
  /** Without the blocks that the file system keeps for the administrator. */
  readonly used_mb: number
  readonly free_mb: number
  /** As `df` reports it: used blocks of those that are used or free. */
  readonly used_percent: number
  /** Each file takes one: a disk without free inodes is full, however much space it has. */
  readonly free_inodes: number
}

export interface DiskSpaceOptions {
  /** Required free space, in MB. */
  readonly requiredMb?: number
}

const MIB = 1024 * 1024

export function diskReport(space: DiskSpace, requiredMb: number): DiskSpaceReport {
  const freeMb = space.freeBytes / MIB
  // File systems without a fixed number of inodes report none.
  const hasInodes = space.totalInodes === 0 || space.freeInodes > 0
  return {
    ok: freeMb >= requiredMb && hasInodes,
    required_mb: requiredMb,
    total_mb: Math.floor(space.totalBytes / MIB),
    used_mb: Math.floor(space.usedBytes / MIB),
    free_mb: Math.floor(freeMb),
    used_percent: usedPercent(space),
    free_inodes: space.freeInodes,
  }
}

/** @throws TypeError or RangeError for a wrong option */
export function requiredMbOption(options: DiskSpaceOptions, byDefault: number): number {
  rejectUnknown(options, ['requiredMb'], 'checkDiskSpace')
  const rule = { min: 0, max: 1_000_000_000, default: byDefault }
  return integerOption('requiredMb', options.requiredMb, rule)
}

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

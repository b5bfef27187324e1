import type { DiskSpace } from '../disk/disk.js'
import { integerOption, rejectUnknown } from '../base/options.js'
import { usedPercent } from './space-alarm.js'

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

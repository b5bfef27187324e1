import { dueTurn } from '../../base/turns.js'
import type { BackedUpFile, BackupSummary } from '../../format/backup-manifest.js'

/** The files of a backup, by their paths. */
export type BackupState = ReadonlyMap<string, BackedUpFile>

/** What a backup continues. */
export interface BackupBase extends Pick<BackupSummary, 'previous' | 'bytes'> {
  readonly state: BackupState
  /** Why the chain before cannot be continued, if so. */
  readonly broken?: string
}

/** Of a full backup. */
export const NO_BASE: BackupBase = { state: new Map(), previous: null, bytes: 0 }

/** Entries of a large map that are visited before a turn of the event loop may be due: less than a millisecond. */
export const ENTRIES_AT_ONCE = 500

/** The state of a backup that is being made: that of the backup before, and what differs from it. */
export class GrowingState {
  readonly base: BackupState
  /** Undefined: gone since the backup before. */
  readonly changes: Map<string, BackedUpFile | undefined> = new Map()
  #files: number
  #bytes: number

  constructor({ state, bytes }: BackupBase) {
    this.base = state
    this.#files = state.size
    this.#bytes = bytes
  }

  /** How many files there are. */
  get files(): number {
    return this.#files
  }

  /** Their bytes together. */
  get bytes(): number {
    return this.#bytes
  }

  get(path: string): BackedUpFile | undefined {
    return this.changes.has(path) ? this.changes.get(path) : this.base.get(path)
  }

  set(path: string, file: BackedUpFile | undefined): void {
    const before = this.get(path)
    this.#files += Number(file !== undefined) - Number(before !== undefined)
    this.#bytes += (file?.bytes ?? 0) - (before?.bytes ?? 0)
    if (this.base.get(path) === file) this.changes.delete(path)
    else this.changes.set(path, file)
  }

  /** The paths of files that are not among `seen`. */
  async without(seen: ReadonlySet<string>): Promise<readonly string[]> {
    const missing: string[] = []
    let count = 0
    for (const paths of [this.base.keys(), [...this.changes.keys()]])
      for (const path of paths) {
        if (++count % ENTRIES_AT_ONCE === 0) await dueTurn()
        if (!seen.has(path) && this.get(path) !== undefined) missing.push(path)
      }
    return missing
  }
}

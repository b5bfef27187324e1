import type { Capabilities } from '../disk/disk.js'
import type { StorageError } from '../errors.js'

/** How an open directory is. */
export interface DirectoryHealth {
  /**
   * `read-only`: a flush has failed, recovery had no space, or the file system is mounted so. Open the store again when
   * the disk is well.
   */
  readonly state: 'ok' | 'read-only'
  readonly cause: Error | undefined
  /** The damage of the journal that `repairJournal` has put into quarantine at open. */
  readonly repaired: StorageError | undefined
  /** Failures of work that nobody awaits: checkpoints, spare segments, interval flushes. */
  readonly backgroundErrors: number
  /** Bytes that this process has appended to the journal. */
  readonly journaledBytes: number
  readonly disk: string
  readonly capabilities: Capabilities
  /** Log sequence number of the last commit that this process has seen. */
  readonly lsn: number
}

import type { Capabilities } from '../disk/disk.js'
import type { LostList } from '../format/lost-list.js'
import type { StorageError } from '../base/errors.js'
import type { ReadOnlyBecause } from './opening/opening.js'

/** How an open directory is. */
export interface DirectoryHealth {
  /**
   * `read-only`: a flush has failed, recovery had no space, the file system is mounted so, or it was asked for. Unless it
   * was, open the store again when the disk is well.
   */
  readonly state: 'ok' | 'read-only'
  readonly cause: Error | undefined
  /** Why it is `read-only` since it was opened: `option` is what was asked for (`readOnly: true`), and no trouble. */
  readonly openedReadOnly: ReadOnlyBecause | undefined
  /** The damage of the journal that `repairJournal` has put into quarantine at open. */
  readonly repaired: StorageError | undefined
  /**
   * Files that the store could not keep, until that is accepted (`DurableDirectory.acceptLost`) or the file is there
   * again; and how many more there are than are named.
   */
  readonly lost: LostList
  /** Failures of work that nobody awaits: checkpoints, spare segments, interval flushes. */
  readonly backgroundErrors: number
  /** How often something was tried again that had failed for a moment. */
  readonly retries: number
  /** Bytes that this process has appended to the journal. */
  readonly journaledBytes: number
  readonly disk: string
  readonly capabilities: Capabilities
  /** Log sequence number of the last commit that this process has seen. */
  readonly lsn: number
}

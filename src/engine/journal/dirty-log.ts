import { nextTurn } from '../../base/clock.js'
import { directoriesAbove } from '../../format/layout.js'
import type { RecordOperation } from '../../format/record.js'
import type { JournalEntry, JournalScan } from './scan.js'
import { changeOf, type Change } from '../commit/transaction.js'

/** A change with its place in the journal. */
export interface LoggedChange extends Change {
  readonly lsn: number
  readonly timeMs: number
}

/** What has to be flushed after changes. */
export interface Touched {
  readonly files: readonly string[]
  readonly directories: readonly string[]
}

/** About a millisecond of work. */
const CHANGES_A_TURN = 1000

/** The changes since the last checkpoint: to be flushed by the next one, and perhaps missed by derived state. */
export class DirtyLog {
  #changes: LoggedChange[] = []
  /** Changes up to this lsn are no longer here. */
  #floor: number

  constructor(floor: number) {
    this.#floor = floor
  }

  get size(): number {
    return this.#changes.length
  }

  get all(): readonly LoggedChange[] {
    return this.#changes
  }

  add(changes: readonly LoggedChange[]): void {
    for (const change of changes) this.#changes.push(change)
  }

  /** Forgets what a checkpoint through `lsn` has covered. */
  forget(lsn: number): void {
    this.#changes = this.#changes.filter((change) => change.lsn > lsn)
    this.#floor = Math.max(this.#floor, lsn)
  }

  /** Starts again: changes up to `lsn` were not seen. */
  reset(lsn: number): void {
    this.#changes = []
    this.#floor = lsn
  }

  /** All changes after `lsn`, or undefined when some of them are no longer known. */
  since(lsn: number): readonly LoggedChange[] | undefined {
    if (lsn < this.#floor) return undefined
    // From the end: callers mostly ask for the last few.
    return this.#changes.slice(this.#changes.findLastIndex((change) => change.lsn <= lsn) + 1)
  }

  /** The files that exist and the directories that changed, up to `lsn`. Yields to other work now and then. */
  async touched(lsn: number): Promise<Touched> {
    const files = new Set<string>()
    const directories = new Set<string>()
    const changes = this.#changes
    for (const [at, change] of changes.entries()) {
      if (at % CHANGES_A_TURN === CHANGES_A_TURN - 1) await nextTurn()
      if (change.lsn > lsn) break
      if (change.kind === 'remove') files.delete(change.path)
      else files.add(change.path)
      for (const directory of directoriesAbove(change.path)) directories.add(directory)
    }
    return { files: [...files], directories: [...directories] }
  }
}

/** The changes of a journal since its last checkpoint. */
export function dirtySince({ checkpointLsn, entries }: JournalScan): DirtyLog {
  const dirty = new DirtyLog(checkpointLsn)
  for (const entry of entries) if (entry.lsn > checkpointLsn) dirty.add(loggedChanges(entry))
  return dirty
}

/** Returns the tags of a transaction that was read from the journal, by path: its own process may have had others. */
export type Describe = (
  operations: readonly RecordOperation[],
) => ReadonlyMap<string, unknown> | undefined

/** The changes of an entry's transactions, in order. */
export function loggedChanges(
  { transactions, lsn, timeMs }: JournalEntry,
  describe?: Describe,
): LoggedChange[] {
  return transactions.flatMap((operations) => {
    const tags = describe?.(operations)
    return operations.map((operation) => {
      const change = { ...changeOf(operation), lsn, timeMs }
      return tags === undefined ? change : { ...change, tag: tags.get(operation.path) }
    })
  })
}

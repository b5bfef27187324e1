import { sleep } from '../../base/clock.js'
import { StorageError } from '../../base/errors.js'
import { JOURNAL_DIRECTORY } from '../../format/layout.js'
import { loggedChanges, type Describe, type DirtyLog, type LoggedChange } from './dirty-log.js'
import type { JournalFollower } from './follower.js'

/** Receives committed changes, of this process and of others, in the order in which they were committed. */
export interface ChangeListener {
  changed(changes: readonly LoggedChange[]): void
  /** Changes were missed (the journal has moved on): derived state must be rebuilt. */
  reset(): void
}

/** What listeners get for each frame of this process. */
export interface Appended {
  /** Where the next frame goes in the current segment. */
  readonly offset: number
  readonly bytes: number
}

/** How often in a row other processes may recycle the journal while it is read. */
const ATTEMPTS_MAX = 50
const LONGEST_PAUSE_MS = 50

/** The read side of a journal: commits go to the log of changes and to the listeners. */
export class JournalFeed {
  readonly #directory: string
  readonly #follower: JournalFollower
  readonly #dirty: DirtyLog
  readonly #listeners = new Set<ChangeListener>()
  #refreshing: Promise<void> | undefined
  #describe: Describe | undefined

  constructor(directory: string, follower: JournalFollower, dirty: DirtyLog) {
    this.#directory = directory
    this.#follower = follower
    this.#dirty = dirty
  }

  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Tags changes of other processes, and those of this one that it reads from the journal. */
  describeBy(describe: Describe): void {
    this.#describe = describe
  }

  get isRefreshing(): boolean {
    return this.#refreshing !== undefined
  }

  /** Reads what others have committed. One at a time; callers that come meanwhile share the next one. */
  async refresh(): Promise<void> {
    await this.#followUntil(() => this.#follower.isCurrent)
  }

  /** As `refresh`; where this process shares no page with writers, it also waits for a commit that is being published. */
  async settle(): Promise<void> {
    await this.#followUntil(() => this.#follower.isSettled)
  }

  async #followUntil(isDone: () => boolean | undefined): Promise<void> {
    // It may have read before this call.
    if (isDone() === undefined) await this.#refreshing?.catch(() => undefined)
    if (isDone() === true) return
    do {
      this.#refreshing ??= this.#follow().finally(() => {
        this.#refreshing = undefined
      })
      await this.#refreshing
    } while (isDone() === false)
  }

  tell(changes: readonly LoggedChange[]): void {
    if (changes.length === 0) return
    this.#dirty.add(changes)
    for (const listener of this.#listeners) listener.changed(changes)
  }

  async #follow(): Promise<void> {
    const follower = this.#follower
    for (let attempt = 1; ; attempt++) {
      const isFollowed = await follower.follow((entries) =>
        this.tell(entries.flatMap((entry) => loggedChanges(entry, this.#describe))),
      )
      if (isFollowed) return
      // The frames in between are gone, so others have flushed their files. Go on from the oldest that is left.
      await follower.restart((lsn) => {
        this.#dirty.reset(lsn)
        for (const listener of this.#listeners) listener.reset()
      })
      if (follower.isCurrent === true) return
      if (attempt === ATTEMPTS_MAX) throw this.#notToBeFollowed()
      await sleep(Math.min(attempt, LONGEST_PAUSE_MS))
    }
  }

  #notToBeFollowed(): StorageError {
    const message = `The journal of '${this.#directory}' cannot be followed: it goes on where this process has not read, and what is between is gone`
    return new StorageError('FS-JOURNAL-001', message, {
      context: { path: JOURNAL_DIRECTORY, reason: 'recycled' },
    })
  }
}

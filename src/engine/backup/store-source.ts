import { monotonicMs, nowText, sleep } from '../../base/clock.js'
import { dueTurn } from '../../base/turns.js'
import { StorageError } from '../../base/errors.js'
import { mapLimited } from '../../base/map-limited.js'
import { isError } from '../../base/values.js'
import { DiskError } from '../../disk/disk-error.js'
import type { DirectoryEntry, OpenFile } from '../../disk/disk.js'
import type { LeftOut } from '../../format/backup-manifest.js'
import { isBackedUp, isEngineName } from '../../format/layout.js'
import type { LostList } from '../../format/lost-list.js'
import { isSafePath } from '../../format/record.js'
import type { StoreFiles } from '../coded-files.js'
import type { CommittedFiles } from '../commit/committed-files.js'
import type { LoggedChange } from '../journal/dirty-log.js'
import type { ChangeListener } from '../journal/feed.js'
import type { Journal } from '../journal/journal.js'
import { ENTRIES_AT_ONCE } from './backup-state.js'

/** What a backup reads of an open store. */
export interface SourceParts {
  readonly volume: StoreFiles
  readonly files: CommittedFiles
  readonly journal: Journal
  readonly lost: () => LostList
  /** Paths at the top that are derived from others, or are locks: they are left out. */
  readonly derived: readonly string[]
}

/** A file at one moment. `absent`: there is none, or what is there is not a file. */
export type Captured = { readonly path: string } & (
  { readonly bytes: Uint8Array } | { readonly file: OpenFile } | { readonly absent: true }
)

/** The point of a backup: every commit up to it, and none after it. */
export interface Point {
  readonly lsn: number
  readonly at: string
}

/** Files that are captured together: some milliseconds, and some megabytes of memory. */
export const AT_POINT_MAX = 256
/** Longer files are read in pieces. */
const WHOLE_BYTES_MAX = 64 * 1024
const LISTS_AT_ONCE = 8
/** How often a store that is only read is looked at again when it has changed meanwhile. */
const ATTEMPTS_MAX = 200
const LONGEST_PAUSE_MS = 20

/** The files of an open store, as a backup reads them while any process writes. */
export class StoreSource implements ChangeListener {
  readonly #parts: SourceParts
  readonly #stop: () => void
  #changed = new Set<string>()
  #isReset = false
  #heldMs = 0

  constructor(parts: SourceParts) {
    this.#parts = parts
    this.#stop = parts.journal.onChange(this)
  }

  /** How long writers had to wait for this backup. */
  get heldMs(): number {
    return this.#heldMs
  }

  get directory(): string {
    return this.#parts.volume.directory
  }

  get lost(): LostList {
    return this.#parts.lost()
  }

  /** Stops following the store. */
  close(): void {
    this.#stop()
  }

  changed(changes: readonly LoggedChange[]): void {
    for (const { path } of changes) if (this.#isTaken(path)) this.#changed.add(path)
  }

  reset(): void {
    this.#isReset = true
  }

  /** Reads what other processes have committed. */
  async follow(): Promise<void> {
    await this.#parts.journal.refresh()
  }

  /** Waits until what is known is published, too. */
  async begin(): Promise<void> {
    await this.#parts.journal.waitForPublish()
  }

  /** The paths that have changed since they were last taken; undefined when the tree has to be listed again. */
  takeChanged(): readonly string[] | undefined {
    const changed = [...this.#changed]
    this.#changed = new Set()
    if (!this.#isReset) return changed
    this.#isReset = false
    return undefined
  }

  /** They are to be taken once more. */
  putBack(paths: Iterable<string>): void {
    for (const path of paths) this.#changed.add(path)
  }

  /** Calls `visit` with the files of each directory, and `leaveOut` with what is neither file nor directory. */
  async walk(
    visit: (path: string, entry: DirectoryEntry) => void,
    leaveOut: (entry: LeftOut) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let level = ['']
    while (level.length > 0) {
      const next: string[] = []
      await mapLimited(
        level,
        LISTS_AT_ONCE,
        async (directory) => {
          const entries = (await this.#parts.volume.list(directory)) ?? []
          for (const [at, entry] of entries.entries()) {
            if (at % ENTRIES_AT_ONCE === 0) await dueTurn()
            const path = directory === '' ? entry.name : `${directory}/${entry.name}`
            // All that is below a name is taken, or nothing.
            if (directory === '' && !this.#isTaken(path)) continue
            if (!isSafePath(entry.name)) leaveOut({ path, kind: 'name' })
            else if (entry.kind === 'file') visit(path, entry)
            else if (entry.kind !== 'directory') leaveOut({ path, kind: 'other' })
            else if (!isEngineName(path)) next.push(path)
          }
        },
        signal,
      )
      level = next
    }
  }

  /** The files as they are now; each at a moment of its own. Those with an open file are to be closed. */
  async capture(paths: readonly string[]): Promise<Captured[]> {
    const { files } = this.#parts
    const read = await files.readMany(paths, WHOLE_BYTES_MAX)
    const captured: Captured[] = []
    try {
      for (const [at, path] of paths.entries()) {
        const result = read[at]
        if (result === undefined) captured.push({ path, absent: true })
        else if (!(result instanceof DiskError)) captured.push({ path, bytes: bytesOf(result) })
        else captured.push(await this.#captureOther(path, result))
      }
      return captured
    } catch (error) {
      await release(captured)
      throw error
    }
  }

  async #captureOther(path: string, failure: DiskError): Promise<Captured> {
    // Another program has put something else in the place of the file: `walk` reports it.
    if (failure.code === 'EISDIR' || failure.code === 'ELOOP' || failure.code === 'EINVAL')
      return { path, absent: true }
    if (failure.code !== 'EFBIG') throw failure
    const file = await this.#parts.files.open(path)
    return file === undefined ? { path, absent: true } : { path, file }
  }

  /**
   * Captures what has changed last, at one point of the journal. Undefined when that is over `most` files, or the tree
   * has to be listed again. Writers wait meanwhile; where this process may not make them wait, it is done again until
   * nothing was committed in between.
   * @param copy what is over `AT_POINT_MAX` files is not kept in memory: it is copied while writers wait
   */
  async captureAtPoint(
    most: number,
    copy: (captured: readonly Captured[]) => Promise<void>,
  ): Promise<{ readonly point: Point; readonly captured: readonly Captured[] } | undefined> {
    const take = async (): Promise<
      { readonly point: Point; readonly captured: readonly Captured[] } | undefined
    > => {
      if (this.#isReset || this.#changed.size > most) return undefined
      const paths = [...this.#changed]
      const point = { lsn: this.#parts.journal.lsn, at: nowText() }
      let at = 0
      for (; paths.length - at > AT_POINT_MAX; at += AT_POINT_MAX)
        await copy(await this.capture(paths.slice(at, at + AT_POINT_MAX)))
      const captured = await this.capture(paths.slice(at))
      for (const path of paths) this.#changed.delete(path)
      return { point, captured }
    }
    const { journal } = this.#parts
    if (journal.opening.readOnlyBecause === undefined) return await this.holdingWriters(take)
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      await journal.waitForPublish()
      const { lsn } = journal
      const paths = [...this.#changed]
      const taken = await take()
      if (taken === undefined) return undefined
      await journal.waitForPublish()
      if (journal.lsn === lsn && !this.#isReset) return taken
      await release(taken.captured)
      this.putBack(paths)
      await sleep(Math.min(attempt, LONGEST_PAUSE_MS))
    }
    throw new StorageError(
      'FS-LOCK-001',
      `'${this.directory}' changes too often to be backed up by a process that only reads it; open it for writing`,
      { context: { path: this.directory, reason: 'read_only' } },
    )
  }

  /** Runs `work` while no process can commit, where this one may lock: everything committed is known and in place. */
  async holdingWriters<Result>(work: () => Promise<Result>): Promise<Result> {
    const { journal } = this.#parts
    if (journal.opening.readOnlyBecause !== undefined) return await work()
    return await journal.still(async () => {
      const startedMs = monotonicMs()
      try {
        return await work()
      } finally {
        this.#heldMs += monotonicMs() - startedMs
      }
    })
  }

  #isTaken(path: string): boolean {
    return isBackedUp(path) && !this.#parts.derived.includes(path)
  }
}

/** Closes the open files among them. */
export async function release(captured: readonly Captured[]): Promise<void> {
  for (const each of captured) if ('file' in each) await each.file.close()
}

/** A read may have failed for another reason than the disk. */
function bytesOf(result: Uint8Array | Error): Uint8Array {
  if (isError(result)) throw result
  return result
}

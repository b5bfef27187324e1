import { nowText } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Volume } from '../../disk/disk.js'
import { LOST_FILE } from '../../format/layout.js'
import { encodeLostList, type LostList } from '../../format/lost-list.js'
import { type LostFile } from '../../base/channels.js'
import { isConflict } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import type { LoggedChange } from '../journal/dirty-log.js'
import { FAILED } from '../failure.js'
import type { CommittedFiles } from '../commit/committed-files.js'
import type { Transactions } from '../commit/transactions.js'
import type { Journal } from '../journal/journal.js'
import { NO_LOSSES, readLostList, type FoundList } from './lost-list-file.js'
import { ifStill, type Operation } from '../commit/transaction.js'
import type { ChangeListener } from '../journal/feed.js'

/** A file that could not be kept; `noticed_at` is now unless it says otherwise. */
export type LostReport = Omit<LostFile, 'noticed_at'> & { readonly noticed_at?: string }

/** Other processes change the list, too. */
const ATTEMPTS_MAX = 16

/**
 * The files that a store could not keep, until that is accepted or the file exists again. The list is a file of the
 * store, shared by all processes. Entries that cannot be written yet, for lack of space or on a read-only file system,
 * are kept in memory: nothing waits for them.
 */
export class LostFiles implements ChangeListener {
  readonly #volume: Volume
  readonly #files: CommittedFiles
  readonly #journal: Journal
  readonly #transactions: Transactions
  #known: LostList = NO_LOSSES
  /** Noticed here and not on the disk yet. */
  readonly #added = new Map<string, LostFile>()
  /** Accepted or existing again, and still on the disk. */
  readonly #removed = new Set<string>()
  #omittedAccepted = false
  /** One read or change of the list at a time. */
  #turn: Promise<void> = Promise.resolve()
  #isStale = false
  #isStopped = false

  constructor(volume: Volume, files: CommittedFiles, journal: Journal, transactions: Transactions) {
    this.#volume = volume
    this.#files = files
    this.#journal = journal
    this.#transactions = transactions
    journal.onLost((lost) => void this.report(lost))
    journal.onChange(this)
  }

  get list(): LostList {
    const left = this.#known.files.filter(
      ({ path }) => !this.#removed.has(path) && !this.#added.has(path),
    )
    return {
      files: [...left, ...this.#added.values()],
      omitted: this.#omittedAccepted ? 0 : this.#known.omitted,
    }
  }

  /** Reads the list, without the files that exist again, and announces it. `found` has been written to it already. */
  async load(found: readonly LostFile[]): Promise<void> {
    await this.#inTurn(async () => await this.#load(found)).catch(this.#noteError)
    const { files, omitted } = this.list
    if (files.length > 0 || omitted > 0) this.#tell({ files, omitted })
    this.retry()
  }

  /** Adds to the list. Resolves when that was tried: a list that cannot be written is kept in memory. */
  async report(files: readonly LostReport[]): Promise<void> {
    const now = nowText()
    const added = files.map((file) => ({ ...file, noticed_at: file.noticed_at ?? now }))
    const listed = new Set(this.list.files.map(({ path }) => path))
    const news = added.filter(({ path }) => !listed.has(path))
    if (news.length === 0) return
    for (const file of news) {
      this.#removed.delete(file.path)
      this.#added.set(file.path, file)
    }
    this.#tell({ files: news, omitted: 0 })
    this.retry()
    await this.#turn
  }

  /**
   * Removes files from the list, by default all; returns those that were on it. Resolves when the list is written.
   * @throws StorageError when it cannot be written
   */
  async accept(paths?: readonly string[]): Promise<readonly LostFile[]> {
    const chosen = paths === undefined ? undefined : new Set(paths)
    const accepted = this.list.files.filter(({ path }) => chosen?.has(path) ?? true)
    const unwritten = accepted.filter(({ path }) => this.#added.has(path))
    for (const { path } of accepted) this.#forget(path)
    this.#omittedAccepted ||= chosen === undefined
    try {
      await this.#inTurn(async () => await this.#write())
      return accepted
    } catch (error) {
      for (const { path } of accepted) this.#removed.delete(path)
      for (const file of unwritten) this.#added.set(file.path, file)
      this.#omittedAccepted = false
      throw error
    }
  }

  /** Writes what could not be written before, in the background. */
  retry(): void {
    if (this.#isStopped || this.#journal.poison !== undefined) return
    const isWritten = this.#added.size === 0 && this.#removed.size === 0 && !this.#omittedAccepted
    if (isWritten && !this.#isStale) return
    void this.#inTurn(async () => await this.#write()).catch(this.#noteError)
  }

  /** Starts no more work, and waits for running work. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#turn
  }

  /** Resolves when the list is as last committed, by any process, and no change of it is running. */
  async settled(): Promise<void> {
    await this.#turn
  }

  changed(changes: readonly LoggedChange[]): void {
    let isNews = false
    for (const { kind, path } of changes) {
      if (path === LOST_FILE) this.#isStale = isNews = true
      else if (kind !== 'remove' && this.#isListed(path)) {
        this.#forget(path)
        isNews = true
      }
    }
    if (isNews) this.retry()
  }

  reset(): void {
    this.#isStale = true
    this.retry()
  }

  async #load(found: readonly LostFile[]): Promise<void> {
    const { list, isDamaged } = await this.#read()
    this.#known = list
    this.#isStale = isDamaged
    const isKnown = new Set(list.files.map(({ path }) => path))
    for (const file of found) if (!isKnown.has(file.path)) this.#added.set(file.path, file)
    for (const { path } of list.files)
      if (path !== LOST_FILE && (await this.#isThere(path))) this.#removed.add(path)
  }

  #isListed(path: string): boolean {
    if (this.#added.size === 0 && this.#known.files.length === 0) return false
    return this.#added.has(path) || this.#known.files.some((file) => file.path === path)
  }

  #forget(path: string): void {
    this.#added.delete(path)
    if (this.#known.files.some((file) => file.path === path)) this.#removed.add(path)
  }

  /** Reads the list again and commits the pending changes, unless another process is faster. */
  async #write(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#isStale = false
      const { bytes, list, isDamaged } = await this.#read()
      this.#known = list
      const wanted = this.list
      if (!isDamaged && JSON.stringify(wanted) === JSON.stringify(list))
        return this.#written(wanted)
      try {
        await this.#commit(changeOf(bytes, wanted))
        return this.#written(wanted)
      } catch (error) {
        if (!isConflict(error) || attempt >= ATTEMPTS_MAX) throw error
      }
    }
  }

  /** Files noticed meanwhile have their own turn. */
  #written(list: LostList): void {
    this.#known = list
    const isListed = new Set(list.files.map(({ path }) => path))
    for (const [path, file] of this.#added) if (list.files.includes(file)) this.#added.delete(path)
    for (const path of this.#removed) if (!isListed.has(path)) this.#removed.delete(path)
    if (list.omitted === 0) this.#omittedAccepted = false
  }

  async #read(): Promise<FoundList> {
    return await readLostList(async (path, maxBytes) => await this.#files.read(path, maxBytes))
  }

  /** Flushes at every durability level. */
  async #commit(operation: Operation): Promise<void> {
    await this.#transactions.commit([operation], FAILED.commit)
    await this.#journal.flush()
  }

  async #isThere(path: string): Promise<boolean> {
    try {
      return (await this.#volume.stat(path))?.kind === 'file'
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      return false
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  readonly #noteError = (error: unknown): void => {
    const { directory } = this.#volume
    publish('background-error', () => ({ directory, stage: 'lost files', error }))
  }

  #tell(list: LostList): void {
    publish('lost', () => ({ directory: this.#volume.directory, ...list }))
  }
}

/** A list with nothing on it needs no file. */
function changeOf(before: Uint8Array | undefined, list: LostList): Operation {
  const path = LOST_FILE
  const condition = before === undefined ? {} : ifStill(before, before.length)
  if (list.files.length === 0 && list.omitted === 0) return { kind: 'remove', path, ...condition }
  const bytes = encodeLostList(list)
  return before === undefined
    ? { kind: 'create', path, bytes }
    : { kind: 'replace', path, bytes, ...condition }
}

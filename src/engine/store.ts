import { readingFrom, type ByteSource } from '../base/byte-source.js'
import { Lifecycle } from '../base/lifecycle.js'
import type { Capabilities, DiskSpace, OpenFile } from '../disk/disk.js'
import type { LostList } from '../format/lost-list.js'
import type { StorageError } from '../base/errors.js'
import type { LostFile } from '../base/channels.js'
import {
  directoryPath,
  resolveDirectoryOptions,
  resolveMaxBytes,
  type DirectoryOptions,
  type ReadOptions,
  type ResolvedDirectoryOptions,
} from './directory-options.js'
import type { Describe, LoggedChange } from './journal/dirty-log.js'
import { codedFile, codedFiles, loadFailure, type StoreFiles } from './coded-files.js'
import { closedDirectory, FAILED, opening, orStorageError } from './failure.js'
import type { FailedOperation } from './failure.js'
import type { ChangeListener } from './journal/feed.js'
import { LostFiles, type LostReport } from './recovery/lost-files.js'
import type { BackupOptions, BackupPlace, BackupReport } from './backup/backup-options.js'
import type { StoreClaim } from './opening/store-claim.js'
import { openDirectory, type OpenedDirectory } from './opening/open-directory.js'
import { Staging, type StagedFile } from './commit/staging.js'
import { CommittedFiles } from './commit/committed-files.js'
import { GroupCommit } from './commit/group-commit.js'
import { Transactions } from './commit/transactions.js'
import { Background } from './background.js'
import { checkOperations, checkPath, type Operation } from './commit/transaction.js'
import type { Journal } from './journal/journal.js'
import type { ReadOnlyBecause } from './opening/opening.js'
import { Checkpointer, type DerivedWriter } from './recovery/checkpointer.js'

/** The health of an open directory. */
export interface DirectoryHealth {
  /**
   * `read-only`: a flush has failed, recovery had no space, the file system is mounted so, or it was requested. Unless
   * it was requested, open the store again when the disk works again.
   */
  readonly state: 'ok' | 'read-only'
  readonly cause: Error | undefined
  /** Why it is `read-only` since it was opened: `option` was requested (`readOnly: true`), and is not a problem. */
  readonly openedReadOnly: ReadOnlyBecause | undefined
  /** The damage of the journal that `repairJournal` has put into quarantine at open. */
  readonly repaired: StorageError | undefined
  /**
   * Files that the store could not keep, until that is accepted (`DurableDirectory.acceptLost`) or the file exists
   * again; and how many there are beyond those named.
   */
  readonly lost: LostList
  /** Failures of background work: checkpoints, spare segments, interval flushes. */
  readonly backgroundErrors: number
  /** Number of retries after temporary failures. */
  readonly retries: number
  /** Bytes that this process has appended to the journal. */
  readonly journaledBytes: number
  readonly disk: string
  readonly capabilities: Capabilities
  /** Log sequence number of the last commit that this process has seen. */
  readonly lsn: number
}

/**
 * An open directory, as the stores built on it see it: what `DurableDirectory` offers to users, and what only stores
 * need.
 */
export class Store implements AsyncDisposable {
  /** The files below, for work outside transactions: listing, stat, derived files. */
  readonly volume: StoreFiles
  readonly #opened: OpenedDirectory
  readonly #journal: Journal
  readonly #background: Background
  readonly #commits: GroupCommit
  readonly #staging: Staging
  readonly #transactions: Transactions
  readonly #checkpointer: Checkpointer
  readonly #files: CommittedFiles
  readonly #lost: LostFiles
  readonly #lifecycle: Lifecycle
  readonly #options: ResolvedDirectoryOptions
  readonly #claim: StoreClaim | undefined

  /** As `DurableDirectory.open`, for the store that `claim` describes. */
  static async open(
    directory: string | URL,
    options?: DirectoryOptions,
    claim?: StoreClaim,
  ): Promise<Store> {
    const path = directoryPath(directory)
    const storeFiles = claim?.storeFiles ?? []
    const resolved = { ...resolveDirectoryOptions(options), storeFiles }
    return await orStorageError(this.#open(path, resolved, claim), opening(path))
  }

  static async #open(
    path: string,
    options: ResolvedDirectoryOptions,
    claim: StoreClaim | undefined,
  ): Promise<Store> {
    const opened = await openDirectory(path, options)
    const store = new Store(opened, options, claim)
    await store.#lost.load(opened.journal.opening.lost)
    return store
  }

  private constructor(
    opened: OpenedDirectory,
    options: ResolvedDirectoryOptions,
    claim: StoreClaim | undefined,
  ) {
    this.#options = options
    this.#claim = claim
    const { volume, journal, overlay, retries } = opened
    this.#opened = opened
    this.#journal = journal
    this.#background = new Background(volume.directory)
    this.#commits = new GroupCommit(journal, retries, options)
    this.#staging = new Staging(volume, journal, retries)
    this.#transactions = new Transactions(journal, this.#commits, this.#staging)
    this.#checkpointer = new Checkpointer(volume, journal, this.#background, options)
    if (options.durability === 'interval') this.#flushEvery(options.flushIntervalMs)
    this.#files = new CommittedFiles(volume, overlay)
    this.#lost = new LostFiles(volume, this.#files, journal, this.#transactions)
    this.volume = codedFiles(volume, overlay)
    this.#lifecycle = new Lifecycle(() => closedDirectory(volume.directory))
  }

  get path(): string {
    return this.#opened.volume.directory
  }

  /** Log sequence number of the last commit that this process knows of. */
  get lsn(): number {
    return this.#journal.lsn
  }

  /** Whether everything that was committed, by any process, is known here: one memory read. */
  get isCurrent(): boolean {
    return this.#journal.isCurrent
  }

  get isReadOnly(): boolean {
    return this.#journal.opening.readOnlyBecause !== undefined
  }

  /** Contents over this many bytes are not copied into the journal now. */
  get inlineBytesMax(): number {
    return this.#journal.inlineBytesMax
  }

  /**
   * As `DurableDirectory.commit`; `failed` says how a failure without a code of its own is reported.
   * @param holds whether what the transaction was made from still holds. It is asked right before the transaction is
   * sent, and knows of everything before the last `fence`. If it returns false, nothing is done, and so does this call
   */
  async commit(
    operations: readonly Operation[],
    failed: FailedOperation = FAILED.commit,
    holds?: () => boolean,
  ): Promise<boolean> {
    return await this.#lifecycle.run(async () => {
      checkOperations(operations)
      return await this.#transactions.commit(operations, failed, holds)
    })
  }

  /**
   * Once it resolves, no process commits anything before it knows every commit that was acknowledged before this call,
   * and has asked again whether what it is about to commit still holds.
   */
  async fence(): Promise<void> {
    await this.#call(FAILED.commit, async () => {
      this.#journal.assertWritable()
      await this.#journal.turn({ fresh: false })
    })
  }

  async stage(source: ByteSource): Promise<StagedFile> {
    return await readingFrom('source', source, async () =>
      this.#call(FAILED.stage, async () => {
        this.#journal.assertWritable()
        return await this.#staging.stage(source)
      }),
    )
  }

  async discard(staged: StagedFile): Promise<void> {
    if (staged.state === 'free')
      await this.#lifecycle.run(async () => await this.#staging.discard(staged))
  }

  async openFile(path: string): Promise<OpenFile | undefined> {
    return await this.#call(loadFailure(path), async () => {
      checkPath(path, 'path')
      // The journal's contents are served only once they are as new as this call.
      if (this.isReadOnly) await this.#journal.refresh()
      const file = await this.#files.open(path)
      await this.#journal.waitForPublish()
      return file && codedFile(file, path)
    })
  }

  async read(path: string, options?: ReadOptions): Promise<Uint8Array | undefined> {
    this.#lifecycle.assertOpen()
    checkPath(path, 'path')
    const maxBytes = resolveMaxBytes(options)
    return await this.#call(loadFailure(path, maxBytes), async () => {
      if (this.isReadOnly) await this.#journal.refresh()
      const bytes = await this.readCommitted(path, maxBytes)
      await this.#journal.waitForPublish()
      return bytes
    })
  }

  /** As `read`, for a committed file that is never replaced: waits for no commit. Fails with the disk's errors. */
  async readCommitted(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return await this.#files.read(path, maxBytes)
  }

  /** As `readCommitted` for many, in one hop; each has its own result. */
  async readManyCommitted(
    paths: readonly string[],
    maxBytes: number,
  ): Promise<readonly (Uint8Array | undefined | Error)[]> {
    return await this.#files.readMany(paths, maxBytes)
  }

  async refresh(): Promise<void> {
    if (this.isCurrent) return this.#lifecycle.assertOpen()
    await this.#call(FAILED.follow, async () => await this.#journal.refresh())
  }

  /** As `refresh`, and waits for a commit that is being published, finishing it when its process has died. */
  async waitForPublish(): Promise<void> {
    await this.#call(FAILED.follow, async () => {
      await this.#journal.waitForPublish()
      await this.#lost.settled()
    })
  }

  /** All changes after `lsn` that are still known, or undefined when some of them are not. */
  changesSince(lsn: number): readonly LoggedChange[] | undefined {
    return this.#journal.changesSince(lsn)
  }

  /** Changes in the journal that recovery had no space to apply: `read` shows them, the files do not. Usually empty. */
  get pendingRedo(): readonly LoggedChange[] {
    return this.#journal.pendingRedo
  }

  onChange(listener: ChangeListener): () => void {
    return this.#journal.onChange(listener)
  }

  /** Tags the changes that are read from the journal: those of other processes have no tags of their own. */
  describeBy(describe: Describe): void {
    this.#journal.describeBy(describe)
  }

  /**
   * Calls `write` within every checkpoint, after the files are flushed; without changes, too, if the journal does not
   * reach back to `loadedAsOf`, the lsn of what it wrote before (default: it has written nothing yet).
   */
  onCheckpoint(write: DerivedWriter, loadedAsOf?: number): void {
    this.#checkpointer.addDerived(write, loadedAsOf)
  }

  async checkpoint({ shred = false }: { readonly shred?: boolean } = {}): Promise<void> {
    await this.#call(FAILED.checkpoint, async () => {
      this.#journal.assertWritable()
      await (shred ? this.#checkpointer.shred() : this.#checkpointer.checkpoint(true))
    })
  }

  async flush(): Promise<void> {
    await this.#call(FAILED.flush, async () => await this.#journal.flush())
  }

  async space(): Promise<DiskSpace> {
    return await this.#call(FAILED.space, async () => await this.#checkpointer.space())
  }

  get lostFiles(): readonly LostFile[] {
    return this.#lost.list.files
  }

  async reportLost(files: readonly LostReport[]): Promise<void> {
    await this.#lifecycle.run(async () => await this.#lost.report(files))
  }

  async acceptLost(paths?: readonly string[]): Promise<readonly LostFile[]> {
    return await this.#lifecycle.run(async () => await this.#lost.accept(paths))
  }

  /** As `DurableDirectory.backup`. */
  async backup(to: BackupPlace, options?: BackupOptions): Promise<BackupReport> {
    return await this.#call(FAILED.backup, async () => {
      // Few programs make backups: it is loaded when one does.
      const { backUpStore } = await import('./backup/back-up.js')
      const [volume, files, journal] = [this.volume, this.#files, this.#journal]
      const { kind = 'directory', derived = [] } = this.#claim ?? {}
      const lost = (): LostList => this.#lost.list
      const parts = { volume, files, journal, lost, derived }
      return await backUpStore(parts, to, options, { kind, options: this.#options })
    })
  }

  hurry(): void {
    this.#opened.retries.hurry()
  }

  health(): DirectoryHealth {
    const { volume, retries } = this.#opened
    const { poison, opening, lsn } = this.#journal
    return {
      state: poison === undefined ? 'ok' : 'read-only',
      cause: poison,
      openedReadOnly: opening.readOnlyBecause,
      repaired: opening.repaired,
      lost: this.#lost.list,
      backgroundErrors: this.#background.errors,
      retries: retries.count,
      journaledBytes: this.#checkpointer.journaledBytes,
      disk: volume.kind,
      capabilities: volume.capabilities,
      lsn,
    }
  }

  close(): Promise<void> {
    this.hurry()
    return this.#lifecycle.close(async () => await this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    await this.#lost.stop()
    await this.#commits.drain()
    await this.#background.stop()
    await this.#staging.discardAll()
    const closed = this.#checkpointAndRelease()
    await orStorageError(closed, { fallback: 'FS-IO-001', what: `Closing '${this.path}' failed` })
  }

  async #checkpointAndRelease(): Promise<void> {
    try {
      try {
        await this.#checkpointer.checkpoint(false)
      } finally {
        await this.#journal.close()
      }
    } finally {
      await this.#opened.volume.close()
    }
  }

  #flushEvery(ms: number): void {
    const journal = this.#journal
    this.#background.every(ms, 'flush', async () => {
      if (journal.poison === undefined) await journal.flush()
    })
  }

  async #call<Result>(failed: FailedOperation, work: () => Promise<Result>): Promise<Result> {
    return await this.#lifecycle.run(async () => orStorageError(work(), failed))
  }
}

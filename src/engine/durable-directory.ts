import type { ByteSource } from '../base/byte-source.js'
import type { LostFile } from '../base/channels.js'
import { assertOpened, OPENED } from '../base/lifecycle.js'
import type { DiskSpace, OpenFile } from '../disk/disk.js'
import type {
  BackupOptions,
  BackupOrigin,
  BackupPlace,
  BackupReport,
  RestoreOptions,
  RestoreReport,
} from './backup/backup-options.js'
import { restoreBackup } from './backup/backups.js'
import type { StagedFile } from './commit/staging.js'
import type { Operation } from './commit/transaction.js'
import type { DirectoryOptions, ReadOptions } from './directory-options.js'
import type { ChangeListener } from './journal/feed.js'
import type { LostReport } from './recovery/lost-files.js'
import { Store, type DirectoryHealth } from './store.js'

/**
 * A directory of plain files with transactions: each commit is all or nothing over several files, and an acknowledged
 * commit survives the end of any process and, at the default durability, loss of power. Any number of processes and
 * worker threads of one machine may have it open.
 *
 * @example
 * await using directory = await DurableDirectory.open('accounts')
 * await directory.commit([
 *   { kind: 'replace', path: 'alice.json', bytes: Buffer.from('{"balance":70}') },
 *   { kind: 'replace', path: 'bob.json', bytes: Buffer.from('{"balance":30}') },
 * ])
 */
export class DurableDirectory implements AsyncDisposable {
  readonly #store: Store

  /**
   * Opens `directory`, a path or a `file:` URL, or creates a store in it. A process that is alone recovers first.
   * @throws TypeError or RangeError for a wrong option; StorageError FS-FORMAT-001, FS-JOURNAL-001, FS-LOCK-001,
   * FS-PERM-001 or FS-IO-001 when it cannot be opened
   */
  static async open(
    directory: string | URL,
    options?: DirectoryOptions,
  ): Promise<DurableDirectory> {
    return new DurableDirectory(await Store.open(directory, options), OPENED)
  }

  private constructor(store: Store, via: typeof OPENED) {
    assertOpened(via, 'DurableDirectory.open(directory)')
    this.#store = store
  }

  /** The absolute path. */
  get path(): string {
    return this.#store.path
  }

  /** Log sequence number of the last commit that this process knows of. */
  get lsn(): number {
    return this.#store.lsn
  }

  /** Whether everything that was committed, by any process, is known here: one memory read. */
  get isCurrent(): boolean {
    return this.#store.isCurrent
  }

  /** Whether it was opened read-only: by option, because of the mount, or for lack of space. */
  get isReadOnly(): boolean {
    return this.#store.isReadOnly
  }

  /**
   * Commits the operations together: all of them, or none. Resolves when they are as durable as the directory's
   * `durability` says and every process sees them.
   * @throws TypeError or RangeError for an invalid operation; StorageError FS-CONFLICT-001 when a path to create exists
   * or one to remove is missing, FS-TIMEOUT-001 when the outcome is unknown, or another code by its cause
   */
  async commit(operations: readonly Operation[]): Promise<void> {
    await this.#store.commit(operations)
  }

  /**
   * Writes a stream of bytes to a private file, in constant memory, and flushes it. One commit gives it its name:
   * `{ kind: 'replace', path, staged }`. It is neither copied into the journal nor ever whole in memory. A file that no
   * commit takes is removed by `discard`, `close` or the next open. A failed call destroys the stream.
   * @throws what the stream throws; TypeError for a chunk that is not a Uint8Array; StorageError by the disk's failure
   */
  stage(source: ByteSource): Promise<StagedFile> {
    return this.#store.stage(source)
  }

  /** Removes a staged file, unless a commit has taken it, or may have, or `close` has removed it. */
  discard(staged: StagedFile): Promise<void> {
    return this.#store.discard(staged)
  }

  /**
   * Opens a file to be read in pieces; undefined when it does not exist. Replacing or removing it meanwhile does not
   * affect this reader. The caller closes it.
   */
  openFile(path: string): Promise<OpenFile | undefined> {
    return this.#store.openFile(path)
  }

  /** The bytes of a file, or undefined when it does not exist. @throws StorageError FS-LOAD-002, see `maxBytes` */
  read(path: string, options?: ReadOptions): Promise<Uint8Array | undefined> {
    return this.#store.read(path, options)
  }

  /** Reads what others have committed and notifies the listeners; resolves at once when there is nothing new. */
  refresh(): Promise<void> {
    return this.#store.refresh()
  }

  /** Calls `listener` for every change from now on. Returns a function that ends this. */
  onChange(listener: ChangeListener): () => void {
    return this.#store.onChange(listener)
  }

  /** Flushes the plain files and shortens the journal. Runs by itself, too, but not to `shred` all earlier commits. */
  checkpoint(options?: { readonly shred?: boolean }): Promise<void> {
    return this.#store.checkpoint(options)
  }

  /** Flushes commits that `interval` and `none` acknowledged before the call: they then survive loss of power. */
  flush(): Promise<void> {
    return this.#store.flush()
  }

  /** How much room the disk has. */
  space(): Promise<DiskSpace> {
    return this.#store.space()
  }

  /**
   * Files that the store could not keep, by name: recovery could not restore them, or another program has removed them.
   * They stay on the list, over any number of openings, until they are accepted or exist again. Usually empty.
   */
  get lostFiles(): readonly LostFile[] {
    return this.#store.lostFiles
  }

  /** Adds to `lostFiles`, for stores built on the directory. One that cannot be written yet is kept in memory. */
  reportLost(files: readonly LostReport[]): Promise<void> {
    return this.#store.reportLost(files)
  }

  /**
   * Removes files from the list of `lostFiles`, by default all of them. Returns those that were on it.
   * @throws StorageError when the list cannot be written
   */
  acceptLost(paths?: readonly string[]): Promise<readonly LostFile[]> {
    return this.#store.acceptLost(paths)
  }

  /**
   * Backs the directory up while any process writes to it: `to` gets exactly what was committed up to one moment. The
   * first backup in a directory is full, the following ones add what is new. Writers wait for some milliseconds at its
   * end. See docs/backup.md.
   *
   * @param to a directory for the backups of this store alone, best on another disk: it is made if it is missing. Or a
   * stream, which gets a full backup as a tar archive, and is not ended
   * @throws TypeError or RangeError for a wrong option; StorageError FS-FORMAT-001 when `to` holds something else or
   * overlaps with the store (nothing is changed there), FS-LOCK-001 while another backup is written to it, FS-IO-001
   * and others by the failure of either disk: earlier backups stay as they are
   */
  backup(to: BackupPlace, options?: BackupOptions): Promise<BackupReport> {
    return this.#store.backup(to, options)
  }

  /**
   * Restores a backup, of any kind of store, into a new place. It overwrites nothing. The place is a store once the call
   * has resolved; a restore that was killed can be made again.
   *
   * @param directory the directory of the backups, or a tar archive of it as a stream
   * @throws TypeError or RangeError for a wrong option; StorageError FS-FORMAT-001 when `to` is not empty or there is no
   * such backup, FS-LOAD-001 when the backup is damaged: it names the file, and nothing is restored without
   * `allowDamaged`
   */
  static async restore(directory: BackupOrigin, options: RestoreOptions): Promise<RestoreReport> {
    return await restoreBackup(directory, options)
  }

  /** For stores built on it when they close: from now on, retries do not wait. */
  hurry(): void {
    this.#store.hurry()
  }

  health(): DirectoryHealth {
    return this.#store.health()
  }

  /** Completes earlier calls, refuses later ones, takes a checkpoint, and releases everything. Idempotent. */
  close(): Promise<void> {
    return this.#store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

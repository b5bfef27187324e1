import type { Readable } from 'node:stream'
import {
  diskReport,
  requiredMbOption,
  type DiskSpaceOptions,
  type DiskSpaceReport,
} from '../engine/disk-space.js'
import { readingFrom, type ByteSource } from '../base/byte-source.js'
import { integerOption } from '../base/options.js'
import { FILES_CLAIM } from '../document/store-names.js'
import type {
  BackupOptions,
  BackupOrigin,
  BackupPlace,
  BackupReport,
  RestoreOptions,
  RestoreReport,
} from '../engine/backup/backup-options.js'
import { restoreBackup } from '../engine/backup/backups.js'
import type { BatchResult } from './batch.js'
import type { AccessReport } from './bucket/access.js'
import { resolveFileStorageConfig, type FileStorageConfig } from './config.js'
import { FileCalls, type RetrieveStreamOptions } from './calls.js'
import {
  askTheCloud,
  healthOf,
  resolveHealthOptions,
  type HealthOptions,
  statsOf,
  type FileHealth,
  type FileStats,
} from './health.js'
import type { FileVersion, VersionOptions } from './history.js'
import type { FileInfo } from './info.js'
import { backedUpDirectory, localDirectoryOf, cloudOf } from './parts.js'
import { FileSession } from './session.js'
import type { Metadata, StoreEntry, StoreOptions, StreamOptions } from './writer.js'
import {
  checkPrefix,
  listFiles,
  prefixOption,
  type FileList,
  type ListFilesOptions,
} from './listing.js'
import {
  removeOld,
  rotateKeys,
  sweepExpired,
  usageOf,
  type FileUsage,
  syncPending,
  type SyncOptions,
  type SyncReport,
} from './maintenance.js'
import {
  checkVerifyOptions,
  verifyFiles,
  type FileVerifyOptions,
  type FileVerifyReport,
} from './verify.js'
import type { FileValue } from './value.js'
import { pruneVersions, resolvePruning, type PruneOptions } from './versions.js'

/**
 * Files of any kind under keys: bytes, text and JSON come back as exactly what went in, with their metadata. A resolved
 * call is durable: its effect survives the end of the process and loss of power. Changes of one key are made in the
 * order of the calls.
 *
 * @example
 * await using files = await FileStorage.open({ storageDir: 'data' })
 * await files.store('users/7/profile.json', { name: 'Ada' }, { tags: ['admin'] })
 * const profile = await files.retrieve('users/7/profile.json')
 */
export class FileStorage implements AsyncDisposable {
  readonly #session: FileSession
  readonly #calls: FileCalls

  /** @throws TypeError for a key that is unknown or whose value is wrong; StorageError when it cannot be opened */
  static async open(config?: FileStorageConfig): Promise<FileStorage> {
    const storage = new FileStorage(config)
    await storage.initialize()
    return storage
  }

  /**
   * A storage that opens at its first use, or by `initialize`.
   * @param predecessor a storage, perhaps of the same place, that is closed first
   */
  constructor(config?: FileStorageConfig, predecessor?: FileStorage) {
    const resolved = resolveFileStorageConfig(config)
    this.#session = new FileSession(resolved, predecessor)
    this.#calls = new FileCalls(this.#session)
  }

  /** Whether `close` has been called. */
  get isClosed(): boolean {
    return !this.#session.isOpen
  }

  /** Opens the storage. Optional; may be called again after it has failed. */
  async initialize(): Promise<true> {
    await this.#session.call(async () => await this.#session.open())
    return true
  }

  /**
   * Stores a value: a `Uint8Array`, text, or anything that JSON holds exactly. True when it is durable.
   * The call takes all of it at once: later changes of the bytes or objects do not matter.
   * @throws TypeError for a value, key or metadata that cannot be kept; StorageError FS-CONFLICT-001 when the condition
   * does not hold, FS-QUOTA-001, or by the failure of the disk or the cloud
   */
  async store(
    key: string,
    data: FileValue | null,
    metadata: Metadata = {},
    options: StoreOptions = {},
  ): Promise<true> {
    const entry = { key, data, metadata, options }
    return await this.#session.call(async () => await this.#calls.store(entry))
  }

  /**
   * Stores a stream of bytes, in constant memory: a Readable, a ReadableStream, or any async iterable of Uint8Arrays. A
   * stream that fails leaves everything as it was; a call that fails destroys the stream. Each piece is copied before
   * the next is asked for, so they may come in one buffer. It takes its place among the changes of the key when it has
   * ended.
   */
  async storeStream(key: string, body: ByteSource, given: StreamOptions = {}): Promise<FileInfo> {
    return await readingFrom('body', body, async () =>
      this.#session.call(async () => await this.#calls.storeStream(key, body, given)),
    )
  }

  /**
   * The value, or that of an earlier version; undefined when there is none. JSON is frozen.
   * @throws StorageError FS-LOAD-001, FS-CRYPT-001, FS-CODEC-001
   */
  async retrieve(key: string, options?: VersionOptions): Promise<FileValue | null | undefined> {
    return await this.#session.call(async () => await this.#calls.retrieve(key, options))
  }

  /**
   * The content, or the bytes from `start` before `end`, as a stream that has to be read or destroyed; with `version`,
   * of an earlier version.
   */
  async retrieveStream(
    key: string,
    options?: RetrieveStreamOptions,
  ): Promise<{ readonly file: FileInfo; readonly body: Readable } | undefined> {
    return await this.#session.call(async () => await this.#calls.retrieveStream(key, options))
  }

  /** Removes the file; false when there was none. With `keepVersions` it is kept as a version. */
  async delete(key: string, options: Pick<StoreOptions, 'ifMatch'> = {}): Promise<boolean> {
    return await this.#session.call(async () => await this.#calls.delete(key, options))
  }

  async exists(key: string): Promise<boolean> {
    return (await this.stat(key)) !== undefined
  }

  /** Information about a file or an earlier version of it, without its content. */
  async stat(key: string, options?: VersionOptions): Promise<FileInfo | undefined> {
    return await this.#session.call(async () => await this.#calls.stat(key, options))
  }

  /**
   * The versions of a key, newest first: the current file, and with `keepVersions` those before it, also after a
   * delete. Empty when there are none.
   */
  async history(key: string): Promise<FileVersion[]> {
    return await this.#session.call(async () => await this.#calls.history(key))
  }

  /**
   * Stores a version again, with its metadata, as the current file of its key; undefined when it is not kept. The file
   * that it replaces is kept in turn. The current version stays as it is. It also brings back a deleted file.
   * @throws as `store`
   */
  async restoreVersion(
    key: string,
    version: string,
    options: StoreOptions = {},
  ): Promise<FileInfo | undefined> {
    return await this.#session.call(
      async () => await this.#calls.restoreVersion(key, version, options),
    )
  }

  /**
   * Removes one kept version for good; false when it is not kept.
   * @throws StorageError FS-CONFLICT-001 for the version of the current file
   */
  async deleteVersion(key: string, version: string): Promise<boolean> {
    return await this.#session.call(async () => await this.#calls.deleteVersion(key, version))
  }

  /** Removes the kept versions beyond a number or an age, by default those of the options. Returns their number. */
  async pruneVersions(options: PruneOptions = {}): Promise<number> {
    const pruning = resolvePruning(options)
    return await this.#session.run('prune', async (parts) => await pruneVersions(parts, pruning))
  }

  /** The keys with a prefix, sorted by their bytes: all of them, or the first `limit`. */
  async listKeys(prefix?: string | null, limit?: number | null): Promise<string[]> {
    const start = checkPrefix(prefix)
    const most = integerOption('limit', limit ?? undefined, { min: 0, max: 2 ** 31, default: -1 })
    const keys: string[] = []
    return await this.#session.call(async () => {
      if (most === 0) return keys
      for await (const key of this.#calls.keys(start)) if (keys.push(key) === most) break
      return keys
    })
  }

  /**
   * All keys with a prefix, sorted by their bytes, as they are read from page to page. `close` does not wait for an
   * iteration to end: its next step is refused.
   */
  keys(options: { readonly prefix?: string } = {}): AsyncGenerator<string, void, void> {
    return this.#session.steps(this.#calls.keys(prefixOption(options, 'keys')))
  }

  /** As `keys`, with the information about each file. */
  files(options: { readonly prefix?: string } = {}): AsyncGenerator<FileInfo, void, void> {
    return this.#session.steps(this.#calls.files(prefixOption(options, 'files')))
  }

  /** One page of the files with a prefix; its `cursor`, where there is one, leads to the next. */
  async list(options: ListFilesOptions = {}): Promise<FileList> {
    return await this.#session.run('list', async (parts) => await listFiles(parts, options))
  }

  /** Copies a file with its metadata; false when there is none. `to` is replaced unless a condition says otherwise. */
  async copy(from: string, to: string, options: StoreOptions = {}): Promise<boolean> {
    return await this.#session.call(async () => await this.#calls.copy(from, to, options))
  }

  /**
   * Renames a file; false when there is none. Of several calls that move one file, one gets true. In a directory it is
   * one commit; in a bucket, a crash can leave both files.
   */
  async move(from: string, to: string, options: StoreOptions = {}): Promise<boolean> {
    return await this.#session.call(async () => await this.#calls.move(from, to, options))
  }

  /** Each entry has its own result; a failed one does not keep others from being stored. */
  async storeMany(entries: readonly StoreEntry[]): Promise<BatchResult<true>[]> {
    return await this.#session.call(async () => await this.#calls.storeMany(entries))
  }

  async retrieveMany(
    keys: readonly string[],
  ): Promise<BatchResult<FileValue | null | undefined>[]> {
    return await this.#session.call(async () => await this.#calls.retrieveMany(keys))
  }

  async deleteMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    return await this.#session.call(async () => await this.#calls.deleteMany(keys))
  }

  async existsMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    return await this.#session.call(async () => await this.#calls.existsMany(keys))
  }

  /**
   * Removes expired files, and returns their number. They count as absent before that, too. Removes versions that are
   * not kept any longer as well.
   */
  async sweep(): Promise<number> {
    return await this.#session.run('sweep', sweepExpired)
  }

  /** Removes the files that were last stored over `daysOld` days ago. Returns their number. */
  async cleanupOldFiles(
    daysOld: number = 30,
    options: { readonly prefix?: string } = {},
  ): Promise<number> {
    const days = integerOption('daysOld', daysOld, { min: 0, max: 36_500, default: 30 })
    const prefix = prefixOption(options, 'cleanupOldFiles')
    return await this.#session.run('cleanup', async (parts) => await removeOld(parts, days, prefix))
  }

  /** Reads all files with a prefix to their end, checks digests, tags and documents, and looks for foreign entries. */
  async verify(options: FileVerifyOptions = {}): Promise<FileVerifyReport> {
    checkVerifyOptions(options)
    return await this.#session.run('verify', async (parts) => await verifyFiles(parts, options))
  }

  /**
   * Stores all files and versions again that are not encrypted with the current key, or were encrypted by an earlier version, and
   * removes what is left of them in the journal. Returns their number.
   */
  async rotateKeys(): Promise<number> {
    return await this.#session.run('rotate', rotateKeys)
  }

  /** Removes what the local journal still has of replaced and deleted contents; the disk may keep their blocks. */
  async shred(): Promise<void> {
    await this.#session.run('shred', async (parts) => {
      await localDirectoryOf(parts)?.checkpoint({ shred: true })
    })
  }

  /**
   * Backs the files up while any process stores some: `to` gets exactly what was committed up to one moment. The first
   * backup in a directory is full, the following ones add what is new. See docs/backup.md.
   *
   * @param to a directory for the backups of this storage alone, best on another disk: it is made if it is missing. Or a
   * stream, which gets a full backup as a tar archive, and is not ended
   * @throws TypeError for files in a bucket; otherwise as `DurableDirectory.backup`
   */
  async backup(to: BackupPlace, options?: BackupOptions): Promise<BackupReport> {
    return await this.#session.run(
      'backup',
      async (parts) => await backedUpDirectory(parts).backup(to, options),
    )
  }

  /**
   * Restores a backup of files into a new place. It overwrites nothing.
   * @param directory the directory of the backups, or a tar archive of it as a stream
   * @throws as `DurableDirectory.restore`
   */
  static async restore(directory: BackupOrigin, options: RestoreOptions): Promise<RestoreReport> {
    return await restoreBackup(directory, options, { kind: FILES_CLAIM.kind })
  }

  /** Sends pending changes to the cloud, now. Without a bucket, or a fallback, there are none. */
  async sync(options: SyncOptions = {}): Promise<SyncReport> {
    return await this.#session.run('sync', async (parts) => await syncPending(parts, options))
  }

  /** Creates the configured bucket; false when it already exists. Nothing else ever does. */
  async createBucket(): Promise<boolean> {
    return await this.#session.run('bucket', async (parts) => await cloudOf(parts).createBucket())
  }

  /** @throws StorageError FS-PERM-001 when there are no credentials for the cloud */
  async checkCredentials(): Promise<void> {
    await this.#session.run('access', async (parts) => await cloudOf(parts).checkCredentials())
  }

  /** Tries to list, write, read and delete an object of its own. @throws TypeError without a bucket */
  async verifyBucketAccess(): Promise<AccessReport> {
    return await this.#session.run(
      'access',
      async (parts) => await cloudOf(parts).verifyBucketAccess(),
    )
  }

  /** Counters, and the setup of the storage. */
  async getStats(): Promise<FileStats> {
    return await statsOf(this.#session.parts, this.#session.config)
  }

  /**
   * How much free space the disk of the local directory has, and whether it is enough; `requiredMb` is `minFreeMb` by
   * default. Undefined when no files are on this machine. @throws StorageError when the disk does not report it
   */
  async checkDiskSpace(options: DiskSpaceOptions = {}): Promise<DiskSpaceReport | undefined> {
    const requiredMb = requiredMbOption(options, this.#session.config.minFreeMb)
    return await this.#session.run('space', async (parts) => {
      const space = await localDirectoryOf(parts)?.space()
      return space && diskReport(space, requiredMb)
    })
  }

  /** Empties the cache, and returns how many contents it held. Stored files stay. */
  async clearCache(): Promise<number> {
    return await this.#session.run('cache', async ({ cache }) => cache?.clear() ?? 0)
  }

  /**
   * Whether files can be stored and read, and why not. For the cloud, it reports what the last calls have shown, or
   * with `askCloud` its answer now, which takes as long as a request with its retries.
   */
  async getHealthStatus(options: HealthOptions = {}): Promise<FileHealth> {
    const { askCloud } = resolveHealthOptions(options)
    if (askCloud) await this.#session.run('health', askTheCloud)
    return await healthOf(await this.getStats(), this.#session.parts)
  }

  /** Counts all files: a listing of everything. */
  async getStorageUsage(): Promise<FileUsage> {
    return await this.#session.run('usage', usageOf)
  }

  /** Completes the calls made before it, refuses those made after it, and releases everything. Idempotent. */
  async close(): Promise<void> {
    await this.#session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

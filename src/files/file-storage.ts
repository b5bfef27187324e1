import type { Readable } from 'node:stream'
import { integerOption, rejectUnknown } from '../options.js'
import type { ByteRange, StoredFile } from './backend.js'
import { batchOf, keyed, type BatchResult } from './batch.js'
import { resolveFileStorageConfig, type FileStorageConfig } from './config.js'
import { copyFile } from './copy-file.js'
import type { AccessReport } from './cloud/access.js'
import { checkFileKey } from './file-key.js'
import { infoOf, livingHead, type FileInfo } from './file-parts.js'
import { FileSession } from './file-session.js'
import { openContent, readContent } from './file-reader.js'
import {
  checkStoreOptions,
  storeContent,
  type Metadata,
  type StoreEntry,
  type StoreOptions,
  type StreamOptions,
} from './file-writer.js'
import { statsOf, type FileHealth, type FileStats } from './file-stats.js'
import { listFiles, livingFiles, type FileList, type ListFilesOptions } from './listing.js'
import {
  reencrypt,
  removeOld,
  removeUnchanged,
  sweepExpired,
  usageOf,
  type FileUsage,
} from './maintenance.js'
import { cloudOf, syncPending, type SyncOptions, type SyncReport } from './sync.js'
import {
  checkVerifyOptions,
  verifyFiles,
  type FileVerifyOptions,
  type FileVerifyReport,
} from './verify.js'
import { decodeValue, encodeValue, type FileValue } from './value.js'

/**
 * Files of any kind under keys: bytes, text and JSON come back as exactly what went in, with their metadata. Stored is
 * durable: what a call has resolved survives the end of the process and loss of power.
 *
 * @example
 * await using files = await FileStorage.open({ local_storage_path: 'data' })
 * await files.store('users/7/profile.json', { name: 'Ada' }, { tags: ['admin'] })
 * const profile = await files.retrieve('users/7/profile.json')
 */
export class FileStorage implements AsyncDisposable {
  readonly #session: FileSession

  /** @throws TypeError for a key that is unknown or whose value is wrong; StorageError when it cannot be opened */
  static async open(config?: FileStorageConfig): Promise<FileStorage> {
    const storage = new FileStorage(config)
    await storage.initialize()
    return storage
  }

  /** A storage that opens at its first use, or by `initialize`. */
  constructor(config?: FileStorageConfig) {
    this.#session = new FileSession(resolveFileStorageConfig(config))
  }

  /** Opens the storage. Needs not be called, and may be again after it has failed. */
  async initialize(): Promise<true> {
    await this.#session.open()
    return true
  }

  /**
   * Stores a value: a `Uint8Array`, text, or anything that JSON holds exactly. True when it is durable.
   * @throws TypeError for a value, key or metadata that cannot be kept; StorageError FS-CONFLICT-001 when the condition
   * does not hold, FS-QUOTA-001, or by the failure of the disk or the cloud
   */
  async store(
    key: string,
    data: FileValue | null,
    metadata: Metadata = {},
    options: StoreOptions = {},
  ): Promise<true> {
    checkFileKey(key)
    checkStoreOptions(options, 'store')
    const { kind, bytes: body } = encodeValue(data)
    await this.#session.run(
      'store',
      async (parts) =>
        await storeContent(parts, { key, kind, body, metadata: metadata ?? {}, options }),
    )
    return true
  }

  /** Stores a stream of bytes, in constant memory. A stream that fails leaves everything as it was. */
  async storeStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
    given: StreamOptions = {},
  ): Promise<FileInfo> {
    checkFileKey(key)
    const { metadata = {}, ...options } = given
    checkStoreOptions(options, 'storeStream')
    return await this.#session.run('store', async (parts) =>
      infoOf(await storeContent(parts, { key, kind: 'bytes', body, metadata, options })),
    )
  }

  /** The value, or undefined when there is none. JSON is frozen. @throws StorageError FS-LOAD-001, FS-CRYPT-001, FS-CODEC-001 */
  async retrieve(key: string): Promise<FileValue | null | undefined> {
    checkFileKey(key)
    return await this.#session.run('retrieve', async (parts) => {
      const found = await readContent(parts, key)
      return found && decodeValue(found.file.document.kind, found.content)
    })
  }

  /** The content, or the bytes from `start` before `end`, as a stream that has to be read or destroyed. */
  async retrieveStream(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly file: FileInfo; readonly body: Readable } | undefined> {
    checkFileKey(key)
    return await this.#session.run('retrieve', async (parts) => {
      const opened = await openContent(parts, key, range)
      return opened && { file: infoOf(opened.file), body: opened.body }
    })
  }

  /** Removes the file; false when there was none. */
  async delete(key: string, options: Pick<StoreOptions, 'ifMatch'> = {}): Promise<boolean> {
    checkFileKey(key)
    rejectUnknown(options, ['ifMatch'], 'delete')
    checkStoreOptions(options, 'delete')
    return await this.#session.run('delete', async (parts) => {
      const { ifMatch } = options
      try {
        const removed = await parts.backend.delete(key, ifMatch === undefined ? {} : { ifMatch })
        if (removed) parts.quota.forget()
        return removed
      } finally {
        parts.cache?.forget(key)
      }
    })
  }

  async exists(key: string): Promise<boolean> {
    return (await this.stat(key)) !== undefined
  }

  /** What is known of a file without its content. */
  async stat(key: string): Promise<FileInfo | undefined> {
    checkFileKey(key)
    return await this.#session.run('stat', async (parts) => {
      const file = await livingHead(parts, key)
      return file && infoOf(file)
    })
  }

  /** The keys with a prefix, sorted by their bytes: all of them, or the first `limit`. */
  async listKeys(prefix?: string | null, limit?: number | null): Promise<string[]> {
    const most = integerOption('limit', limit ?? undefined, { min: 0, max: 2 ** 31, default: -1 })
    const keys: string[] = []
    if (most === 0) return keys
    for await (const key of this.keys({ prefix: prefix ?? '' })) if (keys.push(key) === most) break
    return keys
  }

  /** All keys with a prefix, sorted by their bytes, as they are read from page to page. */
  async *keys(options: { readonly prefix?: string } = {}): AsyncGenerator<string> {
    for await (const { key } of this.files(options)) yield key
  }

  /** As `keys`, with what is known of each file. */
  async *files({ prefix = '' }: { readonly prefix?: string } = {}): AsyncGenerator<FileInfo> {
    const parts = await this.#session.open()
    for await (const file of livingFiles(parts.backend, prefix, parts.now)) yield infoOf(file)
  }

  /** One page of the files with a prefix; its `cursor`, where there is one, leads to the next. */
  async list(options: ListFilesOptions = {}): Promise<FileList> {
    return await this.#session.run('list', async (parts) => await listFiles(parts, options))
  }

  /** Copies a file with its metadata; false when there is none. `to` is replaced unless a condition says otherwise. */
  async copy(from: string, to: string, options: StoreOptions = {}): Promise<boolean> {
    return (await this.#copy('copy', from, to, options)) !== undefined
  }

  /** `copy`, then removal of the source if it is still what was copied. A crash in between leaves both. */
  async move(from: string, to: string, options: StoreOptions = {}): Promise<boolean> {
    const copied = await this.#copy('move', from, to, options)
    if (copied === undefined) return false
    await removeUnchanged(await this.#session.open(), copied)
    return true
  }

  /** Each entry has its own result; one that fails keeps no other from being stored. */
  async storeMany(entries: readonly StoreEntry[]): Promise<BatchResult<true>[]> {
    return await batchOf(
      entries,
      async ({ key, data, metadata, options }) => await this.store(key, data, metadata, options),
    )
  }

  async retrieveMany(
    keys: readonly string[],
  ): Promise<BatchResult<FileValue | null | undefined>[]> {
    return await batchOf(keys.map(keyed), async ({ key }) => await this.retrieve(key))
  }

  async deleteMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    return await batchOf(keys.map(keyed), async ({ key }) => await this.delete(key))
  }

  async existsMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    return await batchOf(keys.map(keyed), async ({ key }) => await this.exists(key))
  }

  /** Removes what is past its time, and gives the number of files. Until then such files are absent all the same. */
  async sweep(): Promise<number> {
    return await this.#session.run('sweep', sweepExpired)
  }

  /** Removes the files that were last stored over `daysOld` days ago. Gives their number. */
  async cleanupOldFiles(
    daysOld: number = 30,
    options: { readonly prefix?: string } = {},
  ): Promise<number> {
    const days = integerOption('daysOld', daysOld, { min: 0, max: 36_500, default: 30 })
    const { prefix = '' } = options
    return await this.#session.run('cleanup', async (parts) => await removeOld(parts, days, prefix))
  }

  /** Reads all files with a prefix to their end, checks digests, tags and documents, and looks for what is not ours. */
  async verify(options: FileVerifyOptions = {}): Promise<FileVerifyReport> {
    checkVerifyOptions(options)
    return await this.#session.run('verify', async (parts) => await verifyFiles(parts, options))
  }

  /** Stores all files anew that are not encrypted with the current key. Gives their number. */
  async rotateKeys(): Promise<number> {
    return await this.#session.run('rotate', reencrypt)
  }

  /** Gives the cloud what it has missed, now. Without a bucket, or a fallback, there is nothing to give. */
  async sync(options: SyncOptions = {}): Promise<SyncReport> {
    return await this.#session.run('sync', async (parts) => await syncPending(parts, options))
  }

  /** Makes the configured bucket; false when it is there already. Nothing else ever does. */
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

  /** What was counted, and how the storage is set up. */
  async getStats(): Promise<FileStats> {
    return await statsOf(this.#session.parts, this.#session.config)
  }

  async getHealthStatus(): Promise<FileHealth> {
    const { metrics, ...stats } = await this.getStats()
    return { status: stats.initialized ? 'healthy' : 'unhealthy', ...stats, metrics }
  }

  /** Counts all files: a listing of everything. */
  async getStorageUsage(): Promise<FileUsage> {
    return await this.#session.run('usage', usageOf)
  }

  /** Finishes what is in flight and releases everything. Idempotent. */
  async close(): Promise<void> {
    await this.#session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #copy(
    name: string,
    from: string,
    to: string,
    options: StoreOptions,
  ): Promise<StoredFile | undefined> {
    checkFileKey(from, 'from')
    checkFileKey(to, 'to')
    checkStoreOptions(options, name)
    return await this.#session.run(name, async (parts) => await copyFile(parts, from, to, options))
  }
}

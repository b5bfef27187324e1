import { wrongArgument } from '../base/misuse.js'
import type { ByteSource } from '../base/byte-source.js'
import { documentTime } from '../base/clock.js'
import { countedSteps, Lifecycle } from '../base/lifecycle.js'
import { StorageError, isStorageError } from '../base/errors.js'
import type { BatchResult } from '../files/batch.js'
import type { FileInfo } from '../files/info.js'
import type { FileStorage } from '../files/file-storage.js'
import type { Metadata, StoreEntry } from '../files/writer.js'
import type { FileValue } from '../files/value.js'
import { shown } from '../base/options.js'
import type { ResolvedAdapterOptions } from './adapter-options.js'
import { KeyMap, LONG_KEY_FIELD } from './key-map.js'

/** This many files are removed before the next ones are looked up. */
const REMOVED_AT_ONCE = 1000
/** The last millisecond that a document can name. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** An entry to be stored, as an adapter has it. */
export interface NewEntry {
  readonly key: string
  readonly value: FileValue | null
  readonly metadata?: Metadata | undefined
  /** Milliseconds from now; undefined: forever. */
  readonly ttlMs?: number | undefined
}

/** An entry that is stored. */
export interface FoundEntry {
  readonly key: string
  readonly fileKey: string
  readonly metadata: Metadata
}

/** Some of the entries. */
export type Selection = (entries: AsyncIterable<FoundEntry>) => AsyncIterable<FoundEntry>

const all: Selection = (entries) => entries

/** The entries of a key-value store, as files of a storage: the part that adapters have in common. */
export class Entries {
  readonly storage: FileStorage
  readonly #closesStorage: boolean
  readonly #keys: KeyMap
  readonly #lifecycle = new Lifecycle(
    () => new StorageError('FS-CLOSED-001', 'The adapter is closed'),
  )

  constructor({ storage, closeStorage, base }: ResolvedAdapterOptions) {
    this.storage = storage
    this.#closesStorage = closeStorage
    this.#keys = new KeyMap(base)
  }

  async get(key: string): Promise<FileValue | null | undefined> {
    return await this.#call(async () => await this.storage.retrieve(this.#fileKey(key)))
  }

  async getMany(keys: readonly string[]): Promise<(FileValue | null | undefined)[]> {
    return await this.#call(async () =>
      valuesOf(await this.storage.retrieveMany(keys.map((key) => this.#fileKey(key)))),
    )
  }

  async set(entry: NewEntry): Promise<void> {
    await this.#call(async () => {
      const { key, data, metadata, options } = this.#storeEntry(entry)
      await this.storage.store(key, data, metadata, options)
    })
  }

  /** Each entry is durable by itself. @throws when one could not be stored, once all have been tried */
  async setMany(entries: readonly NewEntry[]): Promise<void> {
    await this.#call(async () =>
      valuesOf(await this.storage.storeMany(entries.map((entry) => this.#storeEntry(entry)))),
    )
  }

  /** The caller has taken the body over, see `readingFrom`. */
  async setStream(entry: Omit<NewEntry, 'value'>, body: ByteSource): Promise<void> {
    await this.#call(async () => {
      const { key, metadata = {}, options } = this.#storeEntry({ ...entry, value: null })
      await this.storage.storeStream(key, body, { metadata, ...options })
    })
  }

  async delete(key: string): Promise<boolean> {
    return await this.#call(async () => await this.storage.delete(this.#fileKey(key)))
  }

  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return await this.#call(async () =>
      valuesOf(await this.storage.deleteMany(keys.map((key) => this.#fileKey(key)))),
    )
  }

  async has(key: string): Promise<boolean> {
    return await this.#call(async () => await this.storage.exists(this.#fileKey(key)))
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return await this.#call(async () =>
      valuesOf(await this.storage.existsMany(keys.map((key) => this.#fileKey(key)))),
    )
  }

  /** Information about an entry, its metadata without that of the adapter. */
  async stat(key: string): Promise<FileInfo | undefined> {
    return await this.#call(async () => {
      const info = await this.storage.stat(this.#fileKey(key))
      if (info === undefined) return undefined
      const { [LONG_KEY_FIELD]: _, ...metadata } = info.metadata
      return { ...info, metadata }
    })
  }

  /** All keys that begin with `prefix`; files without a key are skipped. */
  async keys(prefix = ''): Promise<string[]> {
    return await this.#call(async () => {
      const keys: string[] = []
      for await (const { key } of this.#find(prefix)) keys.push(key)
      return keys
    })
  }

  /** Keys and values of the selected entries whose key begins with `prefix`, as they are read. */
  values(
    prefix: string,
    select: Selection = all,
  ): AsyncGenerator<[string, FileValue | null], void> {
    return countedSteps(this.#lifecycle, this.#values(prefix, select))
  }

  /** Removes the selected entries whose key begins with `prefix`, by default all of them. */
  async clear(prefix = '', select: Selection = all): Promise<void> {
    await this.#call(async () => {
      let keys: string[] = []
      const remove = async (): Promise<void> => {
        valuesOf(await this.storage.deleteMany(keys))
        keys = []
      }
      for await (const { fileKey } of select(this.#find(prefix)))
        if (keys.push(fileKey) === REMOVED_AT_ONCE) await remove()
      await remove()
    })
  }

  /** Lets earlier calls complete, refuses later ones, and closes the storage if it is the adapter's own. Idempotent. */
  async close(): Promise<void> {
    await this.#lifecycle.close(async () => {
      if (this.#closesStorage) await this.storage.close()
    })
  }

  async #call<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#lifecycle.run(work)
  }

  async *#values(
    prefix: string,
    select: Selection,
  ): AsyncGenerator<[string, FileValue | null], void, void> {
    for await (const { key, fileKey } of select(this.#find(prefix))) {
      const value = await this.storage.retrieve(fileKey)
      // Deleted since it was listed.
      if (value !== undefined) yield [key, value]
    }
  }

  async *#find(prefix: string): AsyncGenerator<FoundEntry, void, void> {
    for await (const file of this.storage.files({ prefix: this.#keys.listPrefix(prefix) })) {
      const key = this.#keys.keyOf(file)
      if (key?.startsWith(prefix) === true)
        yield { key, fileKey: file.key, metadata: file.metadata }
    }
  }

  #fileKey(key: string): string {
    return this.#keys.placeOf(key).fileKey
  }

  #storeEntry({ key, value, metadata, ttlMs }: NewEntry): StoreEntry {
    const place = this.#keys.placeOf(key)
    return {
      key: place.fileKey,
      data: value,
      metadata: { ...metadata, ...place.metadata },
      options: { expiresAt: expiryOf(ttlMs) },
    }
  }
}

/** @throws the error of the only failed one; for several a StorageError with all of them as its cause */
function valuesOf<T>(results: readonly BatchResult<T>[]): T[] {
  const errors = results.flatMap(({ error }) => error ?? [])
  const [first] = errors
  if (first === undefined) return results.map(({ value }) => value as T)
  if (errors.length === 1 || !isStorageError(first)) throw first
  throw new StorageError(
    first.code,
    `${errors.length} of ${results.length} entries failed, the first because: ${first.message}`,
    { context: first.context, cause: new AggregateError(errors) },
  )
}

/** An expiry after the year 9999 never comes. @throws TypeError for a value that is not a number */
function expiryOf(ttlMs: unknown): number | undefined {
  if (ttlMs === undefined) return undefined
  if (typeof ttlMs !== 'number' || Number.isNaN(ttlMs))
    throw wrongArgument(`The time to live must be a number, got ${shown(ttlMs)}`)
  const at = Math.ceil(documentTime().getTime() + ttlMs)
  return at > LAST_MS ? undefined : Math.max(at, 0)
}

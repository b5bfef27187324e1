import { EventEmitter } from 'node:events'
import { Keyv, type KeyvOptions } from 'keyv'
import type { FileStorage } from '../files/file-storage.js'
import type { FileValue } from '../files/value.js'
import { resolveAdapterOptions, type AdapterOptions } from './adapter-options.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { Entries, type NewEntry } from './entries.js'
import { namespaceNote, ofNamespace, prefixOf } from './namespace.js'

export type { AdapterOptions, GivenStorage, OwnStorage } from './adapter-options.js'

/** One entry of `setMany`. */
export interface KeyvHoldfastEntry {
  readonly key: string
  readonly value: unknown
  /** Milliseconds. */
  readonly ttl?: number | undefined
}

/**
 * A store of Keyv that keeps each value in a file of a `FileStorage`: durable once `set` has resolved, and seen by all
 * processes. The key `users:7`, or `7` in the namespace `users`, is the file `users/7`.
 *
 * @example
 * const keyv = new Keyv({ store: new KeyvHoldfast({ storageDir: 'data' }), namespace: 'users' })
 */
export class KeyvHoldfast extends EventEmitter {
  /**
   * What `clear` and `iterator` keep to: keys that begin with it and a colon. Keyv sets it. Only declared, never made
   * here: a store that comes with the property gets its keys from Keyv 6 without the namespace.
   */
  declare namespace?: string | undefined
  /** The dialect is no matter of SQL: Keyv 5 has an `iterator` only for the dialects that it knows by name. */
  readonly opts: Record<string, unknown>
  readonly #entries: Entries
  /** Those of the Keyvs that came before the last one. */
  readonly #earlier = new Set<string>()

  /** @throws TypeError or RangeError for an unknown or wrong option */
  constructor(options: AdapterOptions = {}) {
    super()
    this.#entries = new Entries(resolveAdapterOptions(options, 'KeyvHoldfast'))
    this.opts = { dialect: 'sqlite' }
    // Every Keyv over this store listens for its errors.
    this.setMaxListeners(0)
  }

  /** Where the values are. */
  get storage(): FileStorage {
    return this.#entries.storage
  }

  /** The value as it was given to `set`; undefined when there is none. A failure is also an `error` event. */
  async get<Value>(key: string): Promise<Value | undefined> {
    try {
      return (await this.#entries.get(key)) as Value | undefined
    } catch (error) {
      // Keyv 5 drops what a get throws, unless `throwOnErrors` is set; the event it passes on.
      if (this.listenerCount('error') > 0) this.emit('error', error)
      throw error
    }
  }

  async getMany<Value>(keys: readonly string[]): Promise<(Value | undefined)[]> {
    return (await this.#entries.getMany(keys)) as (Value | undefined)[]
  }

  /** @param ttl milliseconds; the file expires then, and is swept. Default: never. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.#entries.set(this.#newEntry({ key, value, ttl }))
    return true
  }

  /**
   * Each value is durable by itself. Keyv's types say that nothing comes back, and Keyv hands on what does.
   * @throws when a value could not be stored, once all have been tried
   */
  async setMany(entries: readonly KeyvHoldfastEntry[]): Promise<void> {
    await this.#entries.setMany(entries.map((entry) => this.#newEntry(entry)))
    return entries.map(() => true) as unknown as undefined
  }

  async delete(key: string): Promise<boolean> {
    return await this.#entries.delete(key)
  }

  /** True when all of them were there. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    return (await this.#entries.deleteMany(keys)).every(Boolean)
  }

  async has(key: string): Promise<boolean> {
    return await this.#entries.has(key)
  }

  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    return await this.#entries.hasMany(keys)
  }

  /**
   * Removes all values of the namespace, and none of another; without one, those below the base that have none.
   * @throws TypeError under several Keyvs with different namespaces: Keyv does not say which of them calls
   */
  async clear(): Promise<void> {
    this.#assertOneNamespace()
    await this.#entries.clear(prefixOf(this.namespace), ofNamespace(this.namespace))
  }

  /**
   * Keys and values of the namespace, or all, as they are read from the storage. Keyv 5 asks for that of the last Keyv
   * over this store, whichever iterates.
   */
  iterator<Value>(namespace?: string): AsyncGenerator<[string, Awaited<Value>], void> {
    const select = (namespace ?? '') === '' ? undefined : ofNamespace(namespace)
    const values = this.#entries.values(prefixOf(namespace), select)
    return values as AsyncGenerator<[string, Awaited<Value>], void>
  }

  /**
   * Lets the calls that were made before it complete, refuses those that are made after it (FS-CLOSED-001), and closes
   * the storage if it is the adapter's own.
   */
  async disconnect(): Promise<void> {
    await this.#entries.close()
  }

  /** Each Keyv listens for errors, and then sets its namespace over that of the one before. */
  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    if ('namespace' in this) this.#earlier.add(this.namespace ?? '')
    return super.on(event, listener as (...args: unknown[]) => void)
  }

  get #namespaces(): readonly string[] {
    return [...new Set([...this.#earlier, this.namespace ?? ''])]
  }

  #assertOneNamespace(): void {
    const namespaces = this.#namespaces
    if (namespaces.length === 1) return
    throw wrongArgument(
      `clear needs a KeyvHoldfast of one namespace, and this one has ${namespaces.length}, ${namespaces.slice(0, 3).map(shown).join(', ')}: give each Keyv its own KeyvHoldfast; they may share one "storage"`,
    )
  }

  #newEntry({ key, value, ttl }: KeyvHoldfastEntry): NewEntry {
    const own = this.#namespaces.filter((namespace) => key.startsWith(prefixOf(namespace)))
    const metadata = own.length === 1 ? namespaceNote(own[0], key) : {}
    return { key, value: value as FileValue, metadata, ttlMs: lifetime(ttl) }
  }
}

export default KeyvHoldfast

/**
 * A Keyv over `KeyvHoldfast`. Other than with Keyv itself, `throwOnErrors` is true by default: what was not stored, or
 * could not be read, is never told by a return value alone.
 */
export function createKeyv(
  options: AdapterOptions = {},
  keyvOptions: Omit<KeyvOptions, 'store'> = {},
): Keyv {
  return new Keyv({ throwOnErrors: true, ...keyvOptions, store: new KeyvHoldfast(options) })
}

/** Keyv takes 0, or nothing, for no end. */
function lifetime(ttl: number | undefined): number | undefined {
  return ttl === 0 || ttl === null ? undefined : ttl
}

import { EventEmitter } from 'node:events'
import { Keyv, type KeyvOptions } from 'keyv'
import type { FileStorage } from '../files/file-storage.js'
import type { FileValue } from '../files/value.js'
import type { Metadata } from '../files/writer.js'
import { resolveAdapterOptions, type AdapterOptions } from './adapter-options.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { Entries, type FoundEntry, type NewEntry, type Selection } from './entries.js'

export type { AdapterOptions, GivenStorage, OwnStorage } from './adapter-options.js'

/** The metadata field of a file with the namespace of its Keyv entry; '' for none. */
const NAMESPACE_FIELD = 'keyv_namespace'

const SEPARATOR = ':'

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
   * Limits `clear` and `iterator` to keys that begin with it and a colon. Keyv sets it. Only declared, never made here:
   * Keyv 6 passes keys without the namespace to a store that comes with the property.
   */
  declare namespace?: string | undefined
  /** The dialect has nothing to do with SQL: Keyv 5 has an `iterator` only for the dialects that it knows by name. */
  readonly opts: Record<string, unknown>
  readonly #entries: Entries
  /** The namespaces of the Keyvs before the last one. */
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
      // Keyv 5 drops the error of a get, unless `throwOnErrors` is set; it passes the event on.
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
   * Each value is durable by itself. Keyv's types say that nothing is returned, but Keyv passes on what is.
   * @throws when a value could not be stored, once all have been tried
   */
  async setMany(entries: readonly KeyvHoldfastEntry[]): Promise<void> {
    await this.#entries.setMany(entries.map((entry) => this.#newEntry(entry)))
    return entries.map(() => true) as unknown as undefined
  }

  async delete(key: string): Promise<boolean> {
    return await this.#entries.delete(key)
  }

  /** True when all of them existed. */
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
   * Keys and values of the namespace, or all, as they are read from the storage. Keyv 5 passes the namespace of the
   * last Keyv over this store, whichever iterates.
   */
  iterator<Value>(namespace?: string): AsyncGenerator<[string, Awaited<Value>], void> {
    const select = (namespace ?? '') === '' ? undefined : ofNamespace(namespace)
    const values = this.#entries.values(prefixOf(namespace), select)
    return values as AsyncGenerator<[string, Awaited<Value>], void>
  }

  /**
   * Lets earlier calls complete, refuses later ones (FS-CLOSED-001), and closes the storage if it is the adapter's own.
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
 * A Keyv over `KeyvHoldfast`. Unlike with Keyv itself, `throwOnErrors` is true by default: a failed store or read is
 * never reported by a return value alone.
 */
export function createKeyv(
  options: AdapterOptions = {},
  keyvOptions: Omit<KeyvOptions, 'store'> = {},
): Keyv {
  return new Keyv({ throwOnErrors: true, ...keyvOptions, store: new KeyvHoldfast(options) })
}

/** For Keyv, 0 or a missing value means no end. */
function lifetime(ttl: number | undefined): number | undefined {
  return ttl === 0 || ttl === null ? undefined : ttl
}

/** What the keys of a namespace begin with. */
function prefixOf(namespace = ''): string {
  return namespace === '' ? '' : `${namespace}${SEPARATOR}`
}

/** The key `app:v1:k` may be `v1:k` of `app` or `k` of `app:v1`: the entry notes which. */
function namespaceNote(namespace: string | undefined, key: string): Metadata {
  return key.startsWith(prefixOf(namespace)) ? { [NAMESPACE_FIELD]: namespace ?? '' } : {}
}

/**
 * The entries of a namespace and of no other. One without a note (of an earlier version) counts as the namespace's
 * unless its key is also one of another namespace that has entries with a note.
 */
function ofNamespace(namespace = ''): Selection {
  return async function* (entries) {
    const others = new Set<string>()
    const unclear: FoundEntry[] = []
    for await (const entry of entries) {
      const noted = entry.metadata[NAMESPACE_FIELD]
      if (noted === namespace) yield entry
      else if (typeof noted === 'string') others.add(noted)
      else unclear.push(entry)
    }
    const prefixes = [...others].map(prefixOf)
    for (const entry of unclear)
      if (!prefixes.some((prefix) => prefix !== '' && entry.key.startsWith(prefix))) yield entry
  }
}

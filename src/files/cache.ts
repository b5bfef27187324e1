import { LRUCache } from 'lru-cache'
import type { FileBackend, StoredFile } from './backend.js'

/** A content in memory, with the store that it came from. */
export interface CachedFile {
  readonly file: StoredFile
  readonly content: Uint8Array
  /** When the backend was last asked whether this is still the file, by the monotonic clock. */
  checkedMs: number
}

/** A backend that reports every change, by any process, so that cached contents need no query. */
export interface CoherentBackend extends FileBackend {
  onChange(listener: (key: string | undefined) => void): () => void
  refresh(): Promise<void>
}

export interface FileCacheOptions {
  readonly bytesMax: number
  readonly ttlMs: number
  /** How long an entry is believed without asking, where the backend does not report changes. */
  readonly maxStalenessMs: number
  /** The monotonic clock: tests that fake time do not change how long a content stays. */
  readonly now: () => number
}

const ENTRIES_MAX = 100_000
/** Besides its content. */
const ENTRY_BYTES = 512

/** A read in progress. Callers that want the same file meanwhile share it. */
interface Loading {
  readonly promise: Promise<CachedFile | undefined>
  /** The file has changed since: the result is neither for the cache nor for later callers. */
  stale: boolean
}

/**
 * Contents of the files that were read last, bounded in bytes and in time. Only reads fill it, so what is in it was
 * durable; changed files leave it.
 */
export class FileCache {
  readonly #entries: LRUCache<string, CachedFile>
  readonly #loading = new Map<string, Loading>()
  readonly #options: FileCacheOptions
  readonly #backend: FileBackend
  readonly #stop: (() => void) | undefined

  constructor(backend: FileBackend, options: FileCacheOptions) {
    this.#backend = backend
    this.#options = options
    this.#entries = new LRUCache({
      max: ENTRIES_MAX,
      maxSize: options.bytesMax,
      ttl: options.ttlMs,
      sizeCalculation: ({ content }) => content.length + ENTRY_BYTES,
      perf: { now: options.now },
      ttlResolution: 0,
    })
    this.#stop = isCoherent(backend)
      ? backend.onChange((key) => void (key === undefined ? this.clear() : this.forget(key)))
      : undefined
  }

  /** Number of contents in memory. */
  get size(): number {
    this.#entries.purgeStale()
    return this.#entries.size
  }

  get bytes(): number {
    return this.#entries.calculatedSize
  }

  /** The cached file, if it is still current. */
  async get(key: string): Promise<CachedFile | undefined> {
    if (isCoherent(this.#backend)) {
      await this.#backend.refresh()
      return this.#entries.get(key)
    }
    const entry = this.#entries.get(key)
    const { now, maxStalenessMs } = this.#options
    if (entry === undefined || now() - entry.checkedMs < maxStalenessMs) return entry
    const askedMs = now()
    const head = await this.#backend.head(key)
    if (head?.etag !== entry.file.etag) {
      this.forget(key)
      return undefined
    }
    entry.checkedMs = askedMs
    return entry
  }

  /** Loads a file once for all concurrent callers, and keeps it when it fits and has not changed meanwhile. */
  async load(
    key: string,
    load: () => Promise<CachedFile | undefined>,
  ): Promise<CachedFile | undefined> {
    const under = this.#loading.get(key)
    if (under !== undefined && !under.stale) return await under.promise
    const loading: Loading = { promise: load(), stale: false }
    this.#loading.set(key, loading)
    try {
      const loaded = await loading.promise
      if (loaded !== undefined && !loading.stale) this.#entries.set(key, loaded)
      return loaded
    } finally {
      if (this.#loading.get(key) === loading) this.#loading.delete(key)
    }
  }

  /** The file has changed, or may have. */
  forget(key: string): void {
    this.#entries.delete(key)
    const loading = this.#loading.get(key)
    if (loading !== undefined) loading.stale = true
  }

  /** Returns how many contents were in it. */
  clear(): number {
    const { size } = this.#entries
    this.#entries.clear()
    for (const loading of this.#loading.values()) loading.stale = true
    return size
  }

  close(): void {
    this.#stop?.()
    this.clear()
  }
}

export function isCoherent(backend: FileBackend): backend is CoherentBackend {
  return 'onChange' in backend && 'refresh' in backend
}

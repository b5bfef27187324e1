import { monotonicMs, nowText } from '../base/clock.js'
import { listStoreHolders } from '../disk/store-holders.js'
import { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import { percentilesOf } from './percentiles.js'
import { given } from './repeatable.js'

/** A store as it is at one moment, and what has happened since the sample before. */
export interface TopSample {
  readonly time: string
  readonly storage_dir: string
  readonly state: string
  readonly prompts: number
  readonly versions: number
  /** Processes that have the store open. */
  readonly processes: number
  /** Batches of transactions in a second, of all processes; null in the first sample. */
  readonly commits_per_second: number | null
  /** Versions saved less versions deleted, in a second; null in the first sample. */
  readonly versions_per_second: number | null
  /** How long this process took to read documents from their files, lately; null in an empty store. */
  readonly read_p50_ms: number | null
  readonly read_p99_ms: number | null
  /** 0 to 1: documents that came from the memory of a process; null before the first read. */
  readonly hit_rate: number | null
  readonly journal_bytes: number
  readonly free_mb: number
  readonly used_percent: number
  readonly problems: number
}

/** Documents that are read for each sample. */
const READ_AT_ONCE = 5
/** Durations that the percentiles are of. */
const DURATIONS_MAX = 100

interface Position {
  readonly atMs: number
  readonly lsn: number
  readonly versions: number
}

/** Looks at a store again and again, beside the processes that have it open. It takes no lock and writes nothing. */
export class TopSampler {
  readonly #directory: string
  readonly #uncached: FileSystemStorage
  readonly #counted: FileSystemStorage
  readonly #durationsMs: number[] = []
  #position: Position | undefined
  #after: string | undefined

  /** @throws StorageError as `FileSystemStorage.open` */
  static async open(directory: string, disk: 'auto' | 'native' | 'portable'): Promise<TopSampler> {
    const options = { storageDir: directory, readOnly: true, create: false, disk }
    const counted = await FileSystemStorage.open(options)
    try {
      // Reads from memory would say nothing of the disk.
      const uncached = await FileSystemStorage.open({ ...options, useCache: false })
      return new TopSampler(directory, uncached, counted)
    } catch (error) {
      await counted.close()
      throw error
    }
  }

  private constructor(directory: string, uncached: FileSystemStorage, counted: FileSystemStorage) {
    this.#directory = directory
    this.#uncached = uncached
    this.#counted = counted
  }

  async sample(): Promise<TopSample> {
    const { lsn, journal_bytes, state, problems, storage_dir } = await this.#uncached.doctor()
    const stats = await this.#uncached.getStorageStats()
    const usage = await this.#counted.cacheUsage({ limit: 0 })
    const before = this.#position
    const now = { atMs: monotonicMs(), lsn, versions: stats.total_versions }
    this.#position = now
    await this.#readSome()
    const reads = percentilesOf(this.#durationsMs)
    return {
      time: nowText(),
      storage_dir,
      state,
      prompts: stats.total_prompts,
      versions: stats.total_versions,
      processes: (await listStoreHolders(this.#directory)).length,
      commits_per_second: rate(before, now, 'lsn'),
      versions_per_second: rate(before, now, 'versions'),
      read_p50_ms: reads?.p50_ms ?? null,
      read_p99_ms: reads?.p99_ms ?? null,
      hit_rate: usage === undefined || usage.hits + usage.misses === 0 ? null : usage.hit_rate,
      journal_bytes,
      free_mb: stats.free_mb,
      used_percent: stats.used_percent,
      problems: problems.length,
    }
  }

  /** The latest versions of the next prompts, from the first one again after the last. */
  async #readSome(): Promise<void> {
    let last: string | undefined
    const next = given({ after: this.#after, limit: READ_AT_ONCE })
    for await (const id of this.#uncached.promptIds(next)) {
      last = id
      const startedMs = monotonicMs()
      await this.#uncached.getLatestVersion(id)
      this.#durationsMs.push(monotonicMs() - startedMs)
    }
    this.#after = last
    this.#durationsMs.splice(0, Math.max(this.#durationsMs.length - DURATIONS_MAX, 0))
  }

  async close(): Promise<void> {
    await this.#uncached.close()
    await this.#counted.close()
  }
}

function rate(
  before: Position | undefined,
  now: Position,
  what: 'lsn' | 'versions',
): number | null {
  if (before === undefined) return null
  return Number((((now[what] - before[what]) * 1000) / (now.atMs - before.atMs)).toFixed(1))
}

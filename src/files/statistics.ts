import { monotonicMs } from '../base/clock.js'

/** What was counted since the storage was opened. */
export interface FileMetrics {
  readonly total_operations: number
  readonly successful_operations: number
  readonly failed_operations: number
  /** Contents that `retrieve` and similar calls returned from memory. */
  readonly cache_hits: number
  /** Contents that they had to read. A missing file is neither; streams bypass the cache. */
  readonly cache_misses: number
  /** Bytes that compression has saved. */
  readonly compression_savings: number
  /** Bytes of content that were stored. */
  readonly total_data_size: number
  /** Share of the successful ones, 1 when there were none. */
  readonly success_rate: number
  /** Stored bytes divided by content bytes, 1 when nothing was stored. */
  readonly compression_ratio: number
  /** Milliseconds. */
  readonly average_response_time: number
  /** By operation: `store`, `retrieve`, `delete`, ... */
  readonly operations: Readonly<Record<string, OperationCount>>
}

export interface OperationCount {
  readonly success: number
  readonly failure: number
  /** Milliseconds, of all of them together. */
  readonly duration: number
}

/** Counts operations. */
export class Statistics {
  cacheHits = 0
  cacheMisses = 0
  #contentBytes = 0
  #storedBytes = 0
  #savings = 0
  readonly #operations = new Map<string, { success: number; failure: number; duration: number }>()

  /** Runs an operation and counts it. */
  async count<T>(name: string, work: () => Promise<T>): Promise<T> {
    const count = this.#operations.get(name) ?? { success: 0, failure: 0, duration: 0 }
    this.#operations.set(name, count)
    const begin = monotonicMs()
    try {
      const result = await work()
      count.success++
      return result
    } catch (error) {
      count.failure++
      throw error
    } finally {
      count.duration += monotonicMs() - begin
    }
  }

  /** `compressed`: a smaller size comes from compression. */
  stored(contentBytes: number, storedBytes: number, compressed: boolean): void {
    this.#contentBytes += contentBytes
    this.#storedBytes += storedBytes
    if (compressed) this.#savings += Math.max(0, contentBytes - storedBytes)
  }

  metrics(): FileMetrics {
    const counts = [...this.#operations.values()]
    const successful = counts.reduce((sum, { success }) => sum + success, 0)
    const failed = counts.reduce((sum, { failure }) => sum + failure, 0)
    const total = successful + failed
    const duration = counts.reduce((sum, each) => sum + each.duration, 0)
    return {
      total_operations: total,
      successful_operations: successful,
      failed_operations: failed,
      cache_hits: this.cacheHits,
      cache_misses: this.cacheMisses,
      compression_savings: this.#savings,
      total_data_size: this.#contentBytes,
      success_rate: total === 0 ? 1 : successful / total,
      compression_ratio: this.#contentBytes === 0 ? 1 : this.#storedBytes / this.#contentBytes,
      average_response_time: total === 0 ? 0 : duration / total,
      operations: Object.fromEntries(
        [...this.#operations].map(([name, count]) => [name, { ...count }]),
      ),
    }
  }
}

import { monotonicMs } from '../../base/clock.js'
import type { Store } from '../../engine/store.js'
import { StorageError } from '../../base/errors.js'

const MIB = 1024 * 1024
/** Others write too: free space is queried again after this long, and before each refusal. */
const FRESH_MS = 1000

/** Refuses stores that would leave less than `minFreeMb` of the disk free, while there is still room to work in. */
export class FreeSpace {
  readonly #directory: Store
  readonly #minFreeMb: number
  #freeBytes = Number.NEGATIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY
  /** Of running stores: they may or may not be on the disk when it is queried. */
  #comingBytes = 0

  /** @param minFreeMb 0: never refuses */
  constructor(directory: Store, minFreeMb: number) {
    this.#directory = directory
    this.#minFreeMb = minFreeMb
  }

  /** Runs a write of this many bytes. @throws StorageError FS-IO-001 with reason `disk_space`, before it runs */
  async hold<T>(key: string, bytes: number, write: () => Promise<T>): Promise<T> {
    await this.#enter(key, bytes)
    try {
      return await write()
    } finally {
      this.#leave(bytes)
    }
  }

  /** A stream that fails, with the same error, before the piece for which there is no room. */
  async *guarded(key: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      await this.#enter(key, piece.length)
      try {
        yield piece
      } finally {
        this.#leave(piece.length)
      }
    }
  }

  /** Checks and takes in one step, so that many at once do not all take the same room. */
  async #enter(key: string, bytes: number): Promise<void> {
    if (this.#minFreeMb === 0) return
    const isFresh = monotonicMs() - this.#askedMs < FRESH_MS
    if (!isFresh || !this.#hasRoomFor(bytes)) {
      this.#freeBytes = (await this.#directory.space()).freeBytes
      this.#askedMs = monotonicMs()
      if (!this.#hasRoomFor(bytes)) throw this.#refusal(key, bytes)
    }
    this.#comingBytes += bytes
  }

  #leave(bytes: number): void {
    if (this.#minFreeMb === 0) return
    this.#comingBytes -= bytes
    this.#freeBytes -= bytes
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#freeBytes - this.#comingBytes - bytes >= this.#minFreeMb * MIB
  }

  #refusal(key: string, bytes: number): StorageError {
    const freeMb = Math.floor(this.#freeBytes / MIB)
    return new StorageError(
      'FS-IO-001',
      `Not enough space for '${key}': ${freeMb} MB free, and option "minFreeMb" asks for ${this.#minFreeMb}`,
      {
        context: {
          reason: 'disk_space',
          key,
          free_mb: freeMb,
          min_free_mb: this.#minFreeMb,
          needed_bytes: bytes,
        },
      },
    )
  }
}

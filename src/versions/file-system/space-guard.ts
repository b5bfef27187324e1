import { monotonicMs } from '../../base/clock.js'
import { diskReport, type DiskSpaceReport } from '../../engine/disk-report.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import { StorageError } from '../../base/errors.js'

const MIB = 1024 * 1024
/** Free space is asked for at most this often: it costs a call of its own. */
const FRESH_MS = 1000

/** Refuses saves before the disk is full, while there is still room to work in. */
export class SpaceGuard {
  readonly #directory: DurableDirectory
  readonly #minFreeMb: number
  #freeMb = Number.POSITIVE_INFINITY
  #askedMs = Number.NEGATIVE_INFINITY

  constructor(directory: DurableDirectory, minFreeMb: number) {
    this.#directory = directory
    this.#minFreeMb = minFreeMb
  }

  /** Undefined when nothing has to be waited for. @throws StorageError FS-IO-001 with reason `disk_space` */
  check(): Promise<void> | undefined {
    if (this.#minFreeMb === 0) return undefined
    if (monotonicMs() - this.#askedMs > FRESH_MS) return this.#askAndCheck()
    this.#refuse()
    return undefined
  }

  async report(requiredMb: number): Promise<DiskSpaceReport> {
    return diskReport(await this.#directory.space(), requiredMb)
  }

  async #askAndCheck(): Promise<void> {
    this.#askedMs = monotonicMs()
    this.#freeMb = (await this.#directory.space()).freeBytes / MIB
    this.#refuse()
  }

  #refuse(): void {
    if (this.#freeMb >= this.#minFreeMb) return
    throw new StorageError(
      'FS-IO-001',
      `Not enough space: ${Math.floor(this.#freeMb)} MB free, and option "minFreeMb" asks for ${this.#minFreeMb}`,
      {
        context: {
          reason: 'disk_space',
          free_mb: Math.floor(this.#freeMb),
          min_free_mb: this.#minFreeMb,
        },
      },
    )
  }
}

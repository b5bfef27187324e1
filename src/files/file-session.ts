import { inTurn } from '../base/turns.js'
import { clearInterval, documentTime, setInterval } from '../base/clock.js'
import { StorageError } from '../errors.js'
import type { StoredFile } from './backend.js'
import type { ResolvedFileStorageConfig } from './config.js'
import type { FileParts } from './file-parts.js'
import { removeUnchanged, sweepExpired } from './maintenance.js'
import { openFileParts } from './open-parts.js'

/** The life of an open storage: opened at first use, calls counted, closed when they have ended. */
export class FileSession {
  readonly config: ResolvedFileStorageConfig
  readonly #running = new Set<Promise<unknown>>()
  #opening: Promise<FileParts> | undefined
  #parts: FileParts | undefined
  #closing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(config: ResolvedFileStorageConfig) {
    this.config = config
  }

  /** Undefined while it is not open. */
  get parts(): FileParts | undefined {
    return this.#closing === undefined ? this.#parts : undefined
  }

  /** @throws StorageError FS-CLOSED-001 after `close`, or why it cannot be opened; the next call tries again */
  async open(): Promise<FileParts> {
    if (this.#closing !== undefined)
      throw new StorageError('FS-CLOSED-001', 'The storage of files is closed')
    this.#opening ??= openFileParts(
      this.config,
      (file) => this.#expire(file),
      () => documentTime().getTime(),
    )
    const opening = this.#opening
    try {
      this.#parts = await opening
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
    this.#startSweeping()
    return this.#parts
  }

  /** Runs a call and counts it under its name. */
  async run<T>(name: string, work: (parts: FileParts) => Promise<T>): Promise<T> {
    const parts = await this.open()
    const running = parts.statistics.count(name, async () => await work(parts))
    return await inTurn(await this.#tracked(running))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    const parts = await this.#opening?.catch(() => undefined)
    await Promise.allSettled(this.#running)
    parts?.cache?.close()
    await parts?.backend.close()
  }

  async #tracked<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  #startSweeping(): void {
    const ms = this.config.sweep_interval_seconds * 1000
    if (ms === 0 || this.#timer !== undefined || this.#closing !== undefined) return
    this.#timer = setInterval(() => this.#inBackground(sweepExpired), ms)
    this.#timer.unref()
  }

  #expire(file: StoredFile): void {
    this.#inBackground(async (parts) => await removeUnchanged(parts, file))
  }

  /** A failure is counted: the file is absent all the same, and the next sweep tries again. */
  #inBackground(work: (parts: FileParts) => Promise<unknown>): void {
    if (this.#closing === undefined) this.run('expire', work).catch(() => undefined)
  }
}

import { inTurn } from '../base/turns.js'
import { clearInterval, documentTime, setInterval } from '../base/clock.js'
import { countedSteps, Lifecycle } from '../base/lifecycle.js'
import { KeyedQueue } from '../base/keyed-queue.js'
import { StorageError } from '../base/errors.js'
import type { StoredFile } from './backend.js'
import type { ResolvedFileStorageOptions } from './file-storage-options.js'
import { localDirectoryOf, type FileParts, openFileParts } from './parts.js'
import { removeUnchanged, sweepExpired } from './maintenance.js'

interface Closeable {
  close(): Promise<void>
}

/** The life of an open storage: opened at first use, calls counted, closed when they have ended. */
export class FileSession {
  readonly config: ResolvedFileStorageOptions
  readonly #lifecycle = new Lifecycle(
    () =>
      new StorageError(
        'FS-CLOSED-001',
        `The storage of files '${this.config.storageDir}' is closed`,
        { context: { path: this.config.storageDir } },
      ),
  )
  readonly #changes = new KeyedQueue()
  readonly #predecessor: Closeable | undefined
  #opening: Promise<FileParts> | undefined
  #parts: FileParts | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param predecessor closed before this is opened: they may be in the same place */
  constructor(config: ResolvedFileStorageOptions, predecessor?: Closeable) {
    this.config = config
    this.#predecessor = predecessor
  }

  /** False from the moment at which `close` is called. */
  get isOpen(): boolean {
    return this.#lifecycle.isOpen
  }

  /** Undefined while it is not open. */
  get parts(): FileParts | undefined {
    return this.#lifecycle.isOpen ? this.#parts : undefined
  }

  /**
   * Runs a call of the user, of one operation or of many. It is refused after `close`, and `close` waits for it.
   * @throws StorageError FS-CLOSED-001
   */
  async call<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#lifecycle.run(work)
  }

  /** An iteration for the user, whose every step is a call. */
  steps<Item>(source: AsyncGenerator<Item, void, void>): AsyncGenerator<Item, void, void> {
    return countedSteps(this.#lifecycle, source)
  }

  /** The parts of the storage, opened at first use. One call gets the failure of an opening; the next tries again. */
  async open(): Promise<FileParts> {
    this.#opening ??= this.#open()
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

  /** Runs an operation within a call, and counts it under its name. */
  async operate<Result>(
    name: string,
    work: (parts: FileParts) => Promise<Result>,
  ): Promise<Result> {
    const parts = await this.open()
    return await inTurn(await parts.statistics.count(name, async () => await work(parts)))
  }

  /** As `operate`, for a change of these keys: changes of one key are made in the order of the calls. */
  async change<Result>(
    keys: string | readonly string[],
    name: string,
    work: (parts: FileParts) => Promise<Result>,
  ): Promise<Result> {
    return await this.#changes.run(keys, async () => await this.operate(name, work))
  }

  /** A call of one operation. */
  async run<Result>(name: string, work: (parts: FileParts) => Promise<Result>): Promise<Result> {
    return await this.call(async () => await this.operate(name, work))
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#parts !== undefined) localDirectoryOf(this.#parts)?.hurry()
    return this.#lifecycle.close(async () => await this.#close())
  }

  async #open(): Promise<FileParts> {
    // The caller that has closed it gets the failure of that.
    await this.#predecessor?.close().catch(() => undefined)
    return await openFileParts(
      this.config,
      (file) => this.#expire(file),
      () => documentTime().getTime(),
    )
  }

  async #close(): Promise<void> {
    const parts = await this.#opening?.catch(() => undefined)
    clearInterval(this.#timer)
    parts?.cache?.close()
    parts?.trust.close()
    await parts?.backend.close()
  }

  #startSweeping(): void {
    const ms = this.config.sweepIntervalSeconds * 1000
    if (ms === 0 || this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#inBackground(sweepExpired), ms)
    this.#timer.unref()
  }

  #expire(file: StoredFile): void {
    this.#inBackground(async (parts) => await removeUnchanged(parts, file))
  }

  /** A failure is counted: the file is absent all the same, and the next sweep tries again. */
  #inBackground(work: (parts: FileParts) => Promise<unknown>): void {
    if (this.#lifecycle.isOpen) this.run('expire', work).catch(() => undefined)
  }
}

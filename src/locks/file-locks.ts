import { randomUUID } from 'node:crypto'
import { nowMs } from '../base/clock.js'
import { isConflict } from '../base/errors.js'
import { assertOpened, OPENED } from '../base/lifecycle.js'
import { ownRecord } from '../disk/process-start.js'
import type { DirectoryOptions } from '../engine/directory-options.js'
import { DurableDirectory } from '../engine/durable-directory.js'
import { Acquirer, type LockDriver } from './acquire.js'
import type { Grant } from './lease.js'
import { bytesOf, isHeld, parseLock, pathOf, TOKENS_IN_MS, type LockRecord } from './lock-record.js'
import type { AcquireOptions, Lease, LockService } from './lock-service.js'

/**
 * Locks in a directory, for the processes and threads of one machine. Each change of a lock is a commit of a
 * `DurableDirectory`, under its writer lock. When the holder's process has ended, the lock is free at once where that is
 * visible (in the same container), else when its time is over.
 *
 * @example
 * await using locks = await FileLocks.open('/var/lib/app/locks')
 * await using lease = await locks.acquire('nightly-report', { waitMs: 0 })
 */
export class FileLocks implements LockService {
  readonly #acquirer: Acquirer

  /**
   * @param directory a directory for locks alone; it is made if it is missing
   * @throws TypeError or RangeError for a wrong option; StorageError as `DurableDirectory.open`
   */
  static async open(directory: string | URL, options?: DirectoryOptions): Promise<FileLocks> {
    const store = await DurableDirectory.open(directory, options)
    return new FileLocks(new Acquirer(new FileDriver(store)), OPENED)
  }

  private constructor(acquirer: Acquirer, via: typeof OPENED) {
    assertOpened(via, 'FileLocks.open(directory)')
    this.#acquirer = acquirer
  }

  async acquire(name: string, options?: AcquireOptions): Promise<Lease> {
    return await this.#acquirer.acquire(name, options)
  }

  async close(): Promise<void> {
    await this.#acquirer.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

class FileDriver implements LockDriver {
  readonly #store: DurableDirectory

  constructor(store: DurableDirectory) {
    this.#store = store
  }

  async try(name: string, ttlMs: number): Promise<Grant | undefined> {
    const path = pathOf(name)
    const read = await this.#store.read(path)
    const before = read === undefined ? undefined : parseLock(read, path)
    if (before !== undefined && (await isHeld(before))) return undefined
    const record: LockRecord = {
      name,
      token: Math.max((before?.token ?? 0) + 1, nowMs() * TOKENS_IN_MS),
      expires_at: nowMs() + ttlMs,
      holder: randomUUID(),
      process: await ownRecord(''),
    }
    const isMine = await this.#replace(path, read, bytesOf(record))
    return isMine
      ? new FileGrant(record, ttlMs, async (from, to) => this.#replace(path, from, to))
      : undefined
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  /** False when the file does not hold `from` any more. */
  async #replace(path: string, from: Uint8Array | undefined, to: Uint8Array): Promise<boolean> {
    try {
      await this.#store.commit([
        from === undefined
          ? { kind: 'create', path, bytes: to }
          : { kind: 'replace', path, bytes: to, ifBytes: from },
      ])
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }
}

class FileGrant implements Grant {
  readonly token: number
  readonly #ttlMs: number
  readonly #replace: (from: Uint8Array, to: Uint8Array) => Promise<boolean>
  #record: LockRecord

  constructor(
    record: LockRecord,
    ttlMs: number,
    replace: (from: Uint8Array, to: Uint8Array) => Promise<boolean>,
  ) {
    this.token = record.token
    this.#record = record
    this.#ttlMs = ttlMs
    this.#replace = replace
  }

  async renew(): Promise<boolean> {
    // Another process may have read the file as free at any moment after that.
    if (nowMs() >= this.#record.expires_at) return false
    return await this.#change(nowMs() + this.#ttlMs)
  }

  async release(): Promise<void> {
    // False: another holder has it.
    await this.#change(0)
  }

  async #change(expiresAt: number): Promise<boolean> {
    const next = { ...this.#record, expires_at: expiresAt }
    const isChanged = await this.#replace(bytesOf(this.#record), bytesOf(next))
    if (isChanged) this.#record = next
    return isChanged
  }
}

import { createHash } from 'node:crypto'
import { nowMs } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { judgeByNumber, parseRecord, type OwnerRecord } from '../disk/process-start.js'
import { TTL_MS_MAX } from './lock-service.js'

/** The file of a lock. It stays when the lock is released: the token rises on. */
export interface LockRecord {
  readonly name: string
  readonly token: number
  /** In ms since 1970; 0 for a lock that was released. */
  readonly expires_at: number
  readonly holder: string
  readonly process: OwnerRecord
}

/** A token is the time of its grant in microseconds, or one more than the token before, if that is later. */
export const TOKENS_IN_MS = 1000

/** Names differ in case, hold separators, or are reserved on Windows: none of that reaches the file system. */
export function pathOf(name: string): string {
  return `${createHash('sha256').update(name).digest('hex').slice(0, 40)}.json`
}

/** Whether a file in the directory is that of a lock, by its name. */
export function isLockFile(name: string): boolean {
  return /^[0-9a-f]{40}\.json$/.test(name)
}

/** Whether its time is not over, and its process has not ended. */
export async function isHeld({ expires_at, process }: LockRecord): Promise<boolean> {
  // A clock that was set back must not keep a lock for longer than any holder may.
  const leftMs = expires_at - nowMs()
  if (leftMs <= 0 || leftMs > TTL_MS_MAX) return false
  return (await judgeByNumber(process)) !== 'dead'
}

/** The content of its file. */
export function bytesOf(record: LockRecord): Uint8Array {
  return Buffer.from(`${JSON.stringify(record)}\n`)
}

/** @throws StorageError FS-LOAD-001 for a damaged file */
export function parseLock(bytes: Uint8Array, path: string): LockRecord {
  try {
    const text = Buffer.from(bytes).toString()
    const value = JSON.parse(text) as LockRecord
    const process = parseRecord(JSON.stringify(value.process))
    const isWhole = Number.isSafeInteger(value.token) && Number.isFinite(value.expires_at)
    if (isWhole && process !== undefined) return { ...value, process }
  } catch (cause) {
    throw isDamaged(path, cause)
  }
  throw isDamaged(path)
}

function isDamaged(path: string, cause?: unknown): StorageError {
  const remedy = 'remove the file: tokens go on from the time of day'
  return new StorageError('FS-LOAD-001', `The file of a lock is damaged; ${remedy}`, {
    context: { path },
    cause,
  })
}

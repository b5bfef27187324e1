import { isConflict } from '../base/errors.js'
import { rejectUnknown } from '../base/options.js'
import type { StoredFile } from './backend.js'
import { isExpired } from './document.js'
import type { FileParts } from './parts.js'
import { allFiles } from './listing.js'
import { policyOption, type ConflictPolicy } from './conflict.js'
import type { SyncReport } from './fallback/replayer.js'

const DAY_MS = 86_400_000

export interface FileUsage {
  readonly file_count: number
  /** Of the contents. */
  readonly total_size_bytes: number
  readonly total_size_mb: number
  /** After compression and encryption. */
  readonly stored_bytes: number
}

/** Removes expired files. Returns their number. */
export async function sweepExpired(parts: FileParts): Promise<number> {
  const { trust, now } = parts
  return await removeWhere(
    parts,
    '',
    ({ document }) => isExpired(document, now()) && trust.mayExpire(document),
  )
}

/** Removes files that were stored more than this many days ago. */
export async function removeOld(parts: FileParts, days: number, prefix: string): Promise<number> {
  const before = parts.now() - days * DAY_MS
  return await removeWhere(
    parts,
    prefix,
    ({ document }) => Date.parse(document.updated_at) < before,
  )
}

async function removeWhere(
  parts: FileParts,
  prefix: string,
  matches: (file: StoredFile) => boolean,
): Promise<number> {
  let removed = 0
  for await (const file of allFiles(parts.backend, prefix))
    if (matches(file) && (await parts.trust.admits(file)) && (await removeUnchanged(parts, file)))
      removed++
  return removed
}

/** Removes the file if it is still the one that was seen. */
export async function removeUnchanged(parts: FileParts, file: StoredFile): Promise<boolean> {
  try {
    const removed = await parts.backend.delete(file.key, { ifMatch: file.etag })
    if (removed) parts.quota.release(file.storedBytes)
    return removed
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  } finally {
    forgetRemoved(parts, file.key)
  }
}

export function forgetRemoved(parts: FileParts, key: string): void {
  parts.cache?.forget(key)
  parts.trust.forget(key)
}

export async function usageOf({ backend }: FileParts): Promise<FileUsage> {
  let files = 0
  let bytes = 0
  let stored = 0
  for await (const file of allFiles(backend, '')) {
    files++
    bytes += file.document.bytes
    stored += file.storedBytes
  }
  const megabytes = Math.round((bytes / (1024 * 1024)) * 100) / 100
  return {
    file_count: files,
    total_size_bytes: bytes,
    total_size_mb: megabytes,
    stored_bytes: stored,
  }
}

export type { SyncReport } from './fallback/replayer.js'

export interface SyncOptions {
  /** For this run only; by default the configuration's `on_conflict`. */
  readonly onConflict?: ConflictPolicy | undefined
}

const NOTHING: SyncReport = Object.freeze({ replayed: 0, conflicts: [], failed: [], pending: 0 })

export async function syncPending(
  { fallback, cache }: FileParts,
  options: SyncOptions,
): Promise<SyncReport> {
  rejectUnknown(options, ['onConflict'], 'sync')
  if (options.onConflict !== undefined) policyOption(options.onConflict)
  if (fallback === undefined) return NOTHING
  const report = await fallback.sync(options)
  // After a decision of a policy, the content may be another one than the one that was cached here.
  for (const key of report.conflicts) cache?.forget(key)
  return report
}

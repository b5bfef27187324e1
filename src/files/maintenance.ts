import { isConflict, StorageError } from '../base/errors.js'
import { rejectUnknown } from '../base/options.js'
import type { StoredFile } from './backend.js'
import { isExpired } from './document.js'
import { localDirectoryOf, type FileParts } from './parts.js'
import { isVersionKeeper, type KeepRequest } from './kept.js'
import { allFiles } from './listing.js'
import { policyOption, type ConflictPolicy } from './conflict.js'
import type { SyncReport } from './fallback/replayer.js'
import { LocalBackend } from './local/backend.js'
import { hasKeyRecords } from './pipeline/keys.js'
import { keepRequest, storeContent } from './writer.js'
import { versionsOf } from './history.js'
import { storeVersionAgain, sweepVersions } from './versions.js'

const DAY_MS = 86_400_000

export interface FileUsage {
  readonly file_count: number
  /** Of the contents. */
  readonly total_size_bytes: number
  readonly total_size_mb: number
  /** After compression and encryption. */
  readonly stored_bytes: number
  /** Of kept versions, which the other figures leave out: how many, and their bytes as they are stored. */
  readonly version_count: number
  readonly version_stored_bytes: number
}

/** Removes expired files, and versions that are not kept any longer. Returns the number of files. */
export async function sweepExpired(parts: FileParts): Promise<number> {
  const { trust, now } = parts
  const removed = await removeWhere(
    parts,
    '',
    ({ document }) => isExpired(document, now()) && trust.mayExpire(document),
  )
  await sweepVersions(parts)
  return removed
}

/** Removes files that were stored more than this many days ago. */
export async function removeOld(parts: FileParts, days: number, prefix: string): Promise<number> {
  const before = parts.now() - days * DAY_MS
  const isOld = ({ document }: StoredFile): boolean => Date.parse(document.updated_at) < before
  return await removeWhere(parts, prefix, isOld, keepRequest(parts))
}

async function removeWhere(
  parts: FileParts,
  prefix: string,
  matches: (file: StoredFile) => boolean,
  keep?: KeepRequest,
): Promise<number> {
  let removed = 0
  for await (const file of allFiles(parts.backend, prefix)) {
    if (!matches(file) || !(await parts.trust.admits(file))) continue
    if (await removeUnchanged(parts, file, keep)) removed++
  }
  return removed
}

/**
 * Removes the file if it is still the one that was seen.
 * @param keep undefined: it is not kept as a version
 */
export async function removeUnchanged(
  parts: FileParts,
  file: StoredFile,
  keep?: KeepRequest,
): Promise<boolean> {
  try {
    const removed = await parts.backend.delete(file.key, { ifMatch: file.etag, keep })
    if (removed && keep === undefined) parts.quota.release(file.storedBytes)
    else if (removed) await releaseRemoved(parts, file)
    return removed
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  } finally {
    forgetRemoved(parts, file.key)
  }
}

/** After a removal that keeps versions, if any does. */
export async function releaseRemoved(
  { backend, quota }: FileParts,
  file: StoredFile,
): Promise<void> {
  const keeps = isVersionKeeper(backend) && (await backend.keepSetting()).most > 0
  // How much the removal of older versions has freed is not known here.
  if (keeps) quota.forget()
  else quota.release(file.storedBytes)
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
  let versions = 0
  let versionBytes = 0
  for await (const { file } of versionsOf(backend)) {
    versions++
    versionBytes += file?.storedBytes ?? 0
  }
  const megabytes = Math.round((bytes / (1024 * 1024)) * 100) / 100
  return {
    file_count: files,
    total_size_bytes: bytes,
    total_size_mb: megabytes,
    stored_bytes: stored,
    version_count: versions,
    version_stored_bytes: versionBytes,
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

/**
 * Stores every file and every kept version again that is not encrypted with the current key, or not in the current format, or is encrypted
 * though none should be. Files replaced meanwhile are left alone: they were stored with the current key. Then nothing
 * is left of the replaced contents, in the journal either. Returns the number of files.
 *
 * @throws StorageError FS-CRYPT-001 for a file that is not trusted, FS-UNAVAILABLE-001 while the cloud lacks something
 */
export async function rotateKeys(parts: FileParts): Promise<number> {
  await emptyOutbox(parts)
  const { backend, pipeline } = parts
  if (backend instanceof LocalBackend && pipeline.keyId !== undefined)
    await backend.keyGuard.makeCurrent(pipeline.keyId)
  // Another process may have been storing with the earlier key when it was retired.
  const rotated = (await rotateAll(parts)) + (await rotateAll(parts))
  await emptyOutbox(parts)
  await sealKey(parts)
  await localDirectoryOf(parts)?.checkpoint({ shred: true })
  return rotated
}

/** Files before versions: one that is replaced meanwhile may be kept as it was. */
async function rotateAll(parts: FileParts): Promise<number> {
  let rotated = 0
  for await (const file of allFiles(parts.backend, ''))
    if (!isCurrent(parts, file) && (await storeAgain(parts, file.key))) rotated++
  for await (const kept of versionsOf(parts.backend)) {
    if (kept.file === undefined || isCurrent(parts, kept.file)) continue
    if (await storeVersionAgain(parts, kept)) rotated++
  }
  return rotated
}

/** From then on a document of the current key without a MAC counts as planted. */
async function sealKey({ backend, pipeline }: FileParts): Promise<void> {
  const { keyId: id, keyring } = pipeline
  if (id === undefined || keyring === undefined || !hasKeyRecords(backend)) return
  const added = new Map([[id, await keyring.newRecord(id, true)]])
  const record = (await backend.addKeyRecords(added)).get(id)
  if (record !== undefined) await keyring.adopt(id, record)
}

function isCurrent({ pipeline }: FileParts, { document }: StoredFile): boolean {
  const { encryption, format } = document
  return encryption?.key_id === pipeline.keyId && (encryption === undefined || format === 2)
}

/** Its entries name older documents, and pending files may hide what the cloud still has. */
async function emptyOutbox({ fallback }: FileParts): Promise<void> {
  if (fallback === undefined) return
  const { pending, failed } = await fallback.sync()
  if (pending === 0) return
  throw new StorageError(
    'FS-UNAVAILABLE-001',
    `Keys cannot be rotated while ${pending} changes are pending for the cloud${failed[0] === undefined ? '' : `: ${failed[0].message}`}`,
    { context: { reason: 'pending', pending } },
  )
}

/** Expired files, too: only the next sweep, which needs a document that it can trust, removes them. */
async function storeAgain(parts: FileParts, key: string): Promise<boolean> {
  const found = await parts.backend.get(key)
  if (found === undefined) return false
  const { file, body: stored } = found
  try {
    await parts.trust.check(file)
    const { kind, metadata, expires_at: expiresAt } = file.document
    const body = await parts.pipeline.unpack(file.document, stored)
    const condition = { ifMatch: file.etag }
    const content = { key, kind, body, metadata, condition, expiresAt }
    await storeContent(parts, { ...content, again: true })
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  } finally {
    stored.destroy()
  }
}

import { isDamage, StorageError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { integerOption, rejectUnknown, stringOption } from '../base/options.js'
import type { WriteCondition } from './backend.js'
import { checkCondition } from './conflict.js'
import { isExpired, type FileDocument } from './document.js'
import { headUndamaged, versionsOf, viewOf } from './history.js'
import { infoOf, type FileInfo } from './info.js'
import {
  inOrder,
  isVersionKeeper,
  KEPT_VERSIONS_MAX,
  surplusOf,
  type KeepSetting,
  type KeptEntry,
  type VersionKeeper,
} from './kept.js'
import type { FileParts } from './parts.js'
import { openContent } from './reader.js'
import { storeContent } from './writer.js'

/** A version to be stored again. */
export interface RestoreRequest {
  readonly key: string
  readonly version: string
  readonly condition: WriteCondition
  readonly expiresAt: string | undefined
}

/** Stores a version again as the current file; undefined when there is none. The current one stays as it is. */
export async function restoreVersion(
  parts: FileParts,
  { key, version, condition, expiresAt }: RestoreRequest,
): Promise<FileInfo | undefined> {
  const opened = await openContent(viewOf(parts, version), key, undefined)
  if (opened === undefined) return undefined
  try {
    const current = await headUndamaged(parts.backend, key)
    if (current?.etag === version) {
      await checkCondition(key, current, condition)
      return infoOf(current)
    }
    const { kind, metadata, expires_at: expires } = opened.file.document
    const times = { expiresAt: expiresAt ?? expires }
    const content = { key, kind, body: opened.body, metadata, condition, ...times }
    return infoOf((await storeContent(parts, content)).file)
  } finally {
    opened.body.destroy()
  }
}

/**
 * Removes one kept version; false when there is none.
 * @throws StorageError FS-CONFLICT-001 for the current file's
 */
export async function deleteVersion(
  { backend, quota }: FileParts,
  key: string,
  version: string,
): Promise<boolean> {
  const current = await headUndamaged(backend, key)
  if (current?.etag === version)
    throw new StorageError(
      'FS-CONFLICT-001',
      `'${version}' is the current file of '${key}', not a kept version: use delete`,
      { context: { key, version } },
    )
  if (!isVersionKeeper(backend)) return false
  const removed = (await backend.deleteVersions(key, [version])) > 0
  if (removed) quota.forget()
  return removed
}

export interface PruneOptions {
  /** Only keys with it. Default '': all. */
  readonly prefix?: string | undefined
  /**
   * How many versions of each key stay, 0 to 10000. Default: as many as the store keeps; needed where that is 0.
   */
  readonly keepVersions?: number | undefined
  /** Only those that were replaced at most this many days ago stay. Default: as the store keeps them. */
  readonly keepVersionsDays?: number | undefined
}

/** @throws TypeError or RangeError for a wrong option */
export function resolvePruning(options: PruneOptions): PruneOptions {
  rejectUnknown(options, ['prefix', 'keepVersions', 'keepVersionsDays'], 'pruneVersions')
  const { prefix, keepVersions: most, keepVersionsDays: days } = options
  const range = { min: 0, max: KEPT_VERSIONS_MAX, default: 0 }
  return {
    prefix: stringOption('prefix', prefix, { default: '', empty: true }),
    keepVersions: most === undefined ? most : integerOption('keepVersions', most, range),
    keepVersionsDays:
      days === undefined
        ? days
        : integerOption('keepVersionsDays', days, { min: 1, max: 36_500, default: 1 }),
  }
}

/** Removes the versions that are not to be kept; returns their number. */
export async function pruneVersions(
  parts: FileParts,
  { prefix, keepVersions, keepVersionsDays }: PruneOptions,
): Promise<number> {
  const { backend } = parts
  if (!isVersionKeeper(backend)) return 0
  const setting = await backend.keepSetting()
  const most = keepVersions ?? setting.most
  if (most === 0 && keepVersions === undefined)
    throw wrongArgument(
      'Option "keepVersions" of pruneVersions is missing, and this store keeps no versions: 0 removes all that were kept before',
    )
  return await prune(parts, backend, prefix ?? '', { most, days: keepVersionsDays ?? setting.days })
}

/** Removes expired versions, and those that the store does not keep any longer, unless it has stopped to keep any. */
export async function sweepVersions(parts: FileParts): Promise<void> {
  const { backend } = parts
  if (!isVersionKeeper(backend)) return
  const { most, days } = await backend.keepSetting()
  await prune(parts, backend, '', most === 0 ? { most: KEPT_VERSIONS_MAX } : { most, days })
}

async function prune(
  parts: FileParts,
  backend: VersionKeeper,
  prefix: string,
  setting: KeepSetting,
): Promise<number> {
  let removed = 0
  let ofKey: KeptEntry[] = []
  const pruneKey = async (): Promise<void> => {
    const [first] = ofKey
    if (first !== undefined) removed += await pruneOne(parts, backend, first.key, ofKey, setting)
    ofKey = []
  }
  for await (const entry of versionsOf(backend, prefix)) {
    if (entry.key !== ofKey[0]?.key) await pruneKey()
    ofKey.push(entry)
  }
  await pruneKey()
  if (removed > 0) parts.quota.forget()
  return removed
}

/** Copies of the current file are left alone: its next change decides about them. */
async function pruneOne(
  { now, trust }: FileParts,
  backend: VersionKeeper,
  key: string,
  entries: readonly KeptEntry[],
  setting: KeepSetting,
): Promise<number> {
  let current: string | undefined
  try {
    current = (await backend.head(key))?.etag
  } catch (error) {
    // With a damaged current file, each version may be the one to restore.
    if (isDamage(error)) return 0
    throw error
  }
  const kept = inOrder(entries).filter(({ version }) => version !== current)
  const isPast = (document: FileDocument): boolean =>
    isExpired(document, now()) && trust.mayExpire(document)
  const surplus = new Set<string>(surplusOf(kept, setting, now()).map(({ version }) => version))
  for (const { version, file } of kept)
    if (file !== undefined && isPast(file.document)) surplus.add(version)
  return surplus.size === 0 ? 0 : await backend.deleteVersions(key, [...surplus])
}

/** Stores a kept version again, with the current key, or without one. False when it is gone by now. */
export async function storeVersionAgain(parts: FileParts, kept: KeptEntry): Promise<boolean> {
  const { backend, pipeline, trust } = parts
  if (!isVersionKeeper(backend)) return false
  const { key } = kept
  const found = await backend.getVersion(key, kept.version)
  if (found === undefined) return false
  const { file, body } = found
  try {
    await trust.checkKept(file)
    const { kind, metadata, created_at, updated_at, expires_at, version } = file.document
    const packed = await pipeline.pack({ key, kind }, await pipeline.unpack(file.document, body))
    const describe = (): FileDocument => {
      const times = { created_at, updated_at, expires_at }
      const document = { format: 1, key, kind, ...packed.describe(), metadata, ...times } as const
      return packed.seal(document, version ?? Date.parse(updated_at) * 1000)
    }
    return await backend.putVersion(kept, packed.body, describe, 'present')
  } finally {
    body.destroy()
  }
}

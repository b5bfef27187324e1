import { LRUCache } from 'lru-cache'
import { isConflict, StorageError } from '../../base/errors.js'
import type { FileBackend, StoredFile } from '../backend.js'
import { missing, untilFirst, type ConflictPolicy } from '../conflict.js'
import type { KeepRequest } from '../kept.js'
import type { LocalBackend } from '../local/backend.js'
import {
  documentDigest,
  DELETED,
  type OutboxEntry,
  type CloudBase,
  type FoundEntry,
  type Outbox,
} from './outbox.js'
import { replayKeep, sendVersions } from './versions.js'

export type ReplayOutcome =
  /** The cloud has it now, or had it already. */
  | 'replayed'
  /** Another client had changed the file as well, and the policy has decided. */
  | 'conflict'

export interface ReplayParts {
  readonly cloud: FileBackend
  readonly local: LocalBackend
  readonly outbox: Outbox
  readonly memory: CloudMemory
}

/**
 * Carries a key's entry out in the cloud and removes it. It may end at any line and be done again: changes already in
 * the cloud are recognised, every change there states what it replaces, and payload and entry leave in one commit.
 */
export async function replayEntry(
  parts: ReplayParts,
  key: string,
  policy: ConflictPolicy,
): Promise<ReplayOutcome> {
  return await untilFirst(key, parts.local.lockTimeoutMs, isLostRace, async () => {
    // Read again each time: another process may have replaced the entry, or replayed it.
    const found = await parts.outbox.find(key)
    if (found === undefined) return 'replayed'
    return found.entry.action === 'store'
      ? await replayStore(parts, found, policy)
      : await replayDelete(parts, found, policy)
  })
}

async function replayStore(
  parts: ReplayParts,
  found: FoundEntry,
  policy: ConflictPolicy,
): Promise<ReplayOutcome> {
  const { cloud, local, outbox, memory } = parts
  const { key } = found.entry
  const file = await local.head(key)
  if (file === undefined) throw missingPayload(key)
  const now = await cloud.head(key)
  const landed = now !== undefined && isSame(now, file)
  memory.see(key, now)
  const conflict = !landed && isOvertaken(found.entry, now)
  if (!landed) {
    const both = conflict && policy === 'keep-both' && now !== undefined
    if (both) await copyBeside(parts, file)
    else if (!conflict || policy !== 'cloud-wins') {
      const keep = await replayKeep(parts, key, found.entry.since_ms)
      await copy(parts, file, key, now, keep)
    }
  }
  const removals = await local.versionRemovals(key, await sendVersions(parts, key))
  await local.delete(key, { ifMatch: file.etag }, () => [outbox.removing(found), ...removals])
  return conflict ? 'conflict' : 'replayed'
}

async function replayDelete(
  parts: ReplayParts,
  found: FoundEntry,
  policy: ConflictPolicy,
): Promise<ReplayOutcome> {
  const { cloud, local, outbox, memory } = parts
  const { key } = found.entry
  const now = await cloud.head(key)
  const conflict = now !== undefined && isOvertaken(found.entry, now)
  if (now !== undefined && (!conflict || policy === 'local-wins')) {
    const keep = await replayKeep(parts, key, found.entry.since_ms)
    await cloud.delete(key, { ifMatch: now.etag, keep })
  }
  memory.see(key, conflict && policy !== 'local-wins' ? now : undefined)
  const removals = await local.versionRemovals(key, await sendVersions(parts, key))
  await local.directory.commit([outbox.removing(found), ...removals])
  return conflict ? 'conflict' : 'replayed'
}

/** Stores the local file in the cloud, replacing exactly what was seen there. */
async function copy(
  { cloud, local, memory }: ReplayParts,
  file: StoredFile,
  key: string,
  replaced: StoredFile | undefined,
  keep?: KeepRequest,
): Promise<void> {
  const opened = await local.get(file.key)
  if (opened === undefined) throw missingPayload(file.key)
  try {
    // By another process, between the two reads: it has replaced the entry as well.
    if (opened.file.etag !== file.etag) throw missing(file.key, 'was stored again')
    const document = { ...file.document, key }
    const condition = replaced === undefined ? { ifAbsent: true } : { ifMatch: replaced.etag, keep }
    memory.see(key, await cloud.put(key, opened.body, () => document, condition))
  } finally {
    opened.body.destroy()
  }
}

/** An encrypted file is bound to its key: under another one it could never be read again. */
async function copyBeside(parts: ReplayParts, file: StoredFile): Promise<void> {
  const { key, document } = file
  if (document.encryption !== undefined) {
    throw new StorageError(
      'FS-CONFLICT-001',
      `'${key}' was changed in the cloud as well, and cannot be kept beside it because it is encrypted; choose with sync({ onConflict })`,
      { context: { key, reason: 'encrypted' } },
    )
  }
  const beside = conflictKey(key, file)
  const now = await parts.cloud.head(beside)
  if (now === undefined || !isSame(now, { ...file, document: { ...document, key: beside } }))
    await copy(parts, file, beside, now)
}

function isSame(left: StoredFile, right: StoredFile): boolean {
  return documentDigest(left.document) === documentDigest(right.document)
}

function missingPayload(key: string): StorageError {
  return new StorageError('FS-LOAD-001', `The local file '${key}' of the outbox is missing`, {
    context: { key, reason: 'missing' },
  })
}

/** The cloud's file, or the entry itself, has changed meanwhile: look again. */
function isLostRace(error: unknown): boolean {
  return isConflict(error) && error.context['reason'] !== 'encrypted'
}

/**
 * Whether another client has changed the cloud's file after the local change. The file of the time of the local change
 * does not count, nor does one that we have put there in an earlier attempt. Where neither is known, the time in the
 * cloud's document decides, by the clock of its writer.
 */
function isOvertaken(entry: OutboxEntry, now: StoredFile | undefined): boolean {
  const { base, superseded, since_ms } = entry
  if (now === undefined) return base.kind === 'file' && !superseded.includes(DELETED)
  if (base.kind === 'file' && base.etag === now.etag) return false
  if (superseded.includes(documentDigest(now.document))) return false
  return Date.parse(now.document.updated_at) > since_ms
}

/** The name under which `keep-both` keeps a local file: the same each time the same file is replayed. */
function conflictKey(key: string, file: StoredFile): string {
  return `${key}.conflict-${documentDigest(file.document).slice(0, 12)}`
}

/** A few megabytes at most; forgotten keys count as unknown. */
const KEYS_MAX = 20_000
const ABSENT = ''

/** What the cloud held after our last change of a key: the base of the first local change of a key in an outage. */
export class CloudMemory {
  readonly #etags = new LRUCache<string, string>({ max: KEYS_MAX })

  see(key: string, file: StoredFile | undefined): void {
    this.#etags.set(key, file?.etag ?? ABSENT)
  }

  /** After a change whose outcome is unknown. */
  forget(key: string): void {
    this.#etags.delete(key)
  }

  base(key: string): CloudBase {
    const etag = this.#etags.get(key)
    if (etag === undefined) return { kind: 'unknown' }
    return etag === ABSENT ? { kind: 'absent' } : { kind: 'file', etag }
  }
}

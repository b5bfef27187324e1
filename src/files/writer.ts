import { wrongArgument } from '../base/misuse.js'
import { isDate, kindOf } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { parseTimestamp } from '../document/timestamp.js'
import { isStorageError } from '../base/errors.js'
import { booleanOption, rejectUnknown, shown, stringOption } from '../base/options.js'
import type { Describe, FileBackend, StoredFile, WriteCondition } from './backend.js'
import type { FileBody } from '../base/byte-source.js'
import { isExpired, type FileDocument } from './document.js'
import type { KeepRequest } from './kept.js'
import type { FileParts } from './parts.js'
import type { FileValue } from './value.js'

export type Metadata = Readonly<Record<string, unknown>>

export interface StoreOptions {
  /** Only where there is no file under the key; else FS-CONFLICT-001. */
  readonly ifAbsent?: boolean | undefined
  /** Only where the file still has this etag; else FS-CONFLICT-001. */
  readonly ifMatch?: string | undefined
  /** From then on the file is absent: a time, in ISO 8601 or as milliseconds since the epoch. Default:
   * `metadata.expires_at`, if there is one. */
  readonly expiresAt?: Date | string | number | undefined
}

/** One entry of `storeMany`. */
export interface StoreEntry {
  readonly key: string
  readonly data: FileValue | null
  readonly metadata?: Metadata
  readonly options?: StoreOptions
}

export interface StreamOptions extends StoreOptions {
  readonly metadata?: Metadata
}

/** A call's data about a file beside its content, as it was at the call: callers may change their objects after it. */
export interface Storing {
  readonly metadata: Metadata
  readonly condition: WriteCondition
  readonly expiresAt: string | undefined
}

/** A content to be stored. */
export interface NewFileContent extends Storing {
  readonly key: string
  readonly kind: FileDocument['kind']
  /** Bytes that no longer change, or a stream. */
  readonly body: FileBody
  /** The file under the key is stored again as it is: replaced even if it has expired, and not kept. */
  readonly again?: boolean
  /** By default the backend's own. */
  readonly put?: FileBackend['put'] | undefined
}

export interface Stored {
  readonly file: StoredFile
  /** Whether there was a file before that had not expired. */
  readonly replaced: boolean
}

/** Stores a content: resolves when it is durable. */
export async function storeContent(parts: FileParts, content: NewFileContent): Promise<Stored> {
  const { key, kind, metadata, expiresAt, condition: given } = content
  const isPast = async (file: StoredFile): Promise<boolean> => await isSurelyExpired(parts, file)
  const condition =
    content.again === true ? given : { ...given, isExpired: isPast, keep: keepRequest(parts) }
  await parts.quota.prepare()
  const packed = await parts.pipeline.pack({ key, kind }, content.body)
  const { backend } = parts
  const put = content.put ?? (async (...given) => await backend.put(...given))
  let reserved = 0
  let replaced = false
  const describe: Describe = (before, storedBytes, freedBytes) => {
    // When described again, it replaces another file than before.
    parts.quota.release(reserved)
    reserved = 0
    const freed = freedBytes ?? before?.storedBytes ?? 0
    parts.quota.reserve(key, storedBytes, freed)
    reserved = storedBytes - freed
    replaced = before !== undefined && !isExpired(before.document, parts.now())
    const updated = new Date(parts.now()).toISOString()
    const known = before !== undefined && parts.trust.vouchesFor(before.document)
    const living = known && !isExpired(before.document, parts.now())
    const document: FileDocument = {
      format: 1,
      key,
      kind,
      ...packed.describe(),
      metadata,
      created_at: living ? before.document.created_at : updated,
      updated_at: updated,
      expires_at: expiresAt,
    }
    const version = known ? (before.document.version ?? 0) : 0
    return packed.seal(document, Math.max(version + 1, parts.now() * 1000))
  }
  try {
    const file = await put(key, packed.body, describe, condition)
    const { bytes, compression } = file.document
    parts.trust.see(file)
    parts.statistics.stored(bytes, file.storedBytes, compression !== 'none')
    return { file, replaced }
  } catch (error) {
    parts.quota.release(reserved)
    throw error
  } finally {
    parts.cache?.forget(key)
  }
}

/** What a change keeps of the file that it replaces or removes: all but an expired one. */
export function keepRequest({ now, trust }: Pick<FileParts, 'now' | 'trust'>): KeepRequest {
  const nowMs = now()
  const isPast = (document: FileDocument): boolean =>
    isExpired(document, nowMs) && trust.mayExpire(document)
  return { nowMs, keeps: ({ document }) => !isPast(document) }
}

/** @throws TypeError for unknown options and wrong values, and for metadata that cannot be kept */
export function resolveStoring(options: StoreOptions, given: unknown, where: string): Storing {
  const condition = resolveCondition(options, where)
  const metadata = checkMetadata(given)
  const expiresAt = expiryOf(options.expiresAt ?? metadata['expires_at'])
  return { metadata, condition, expiresAt }
}

/** @throws TypeError for unknown options and wrong values */
export function resolveCondition(options: StoreOptions, where: string): WriteCondition {
  rejectUnknown(options, ['ifAbsent', 'ifMatch', 'expiresAt'], where)
  expiryOf(options.expiresAt)
  return conditionOf(options)
}

/** An expired file is absent, though it still exists; unless its document cannot be trusted. */
async function isSurelyExpired(parts: FileParts, file: StoredFile): Promise<boolean> {
  if (!isExpired(file.document, parts.now())) return false
  try {
    await parts.trust.check(file)
    return true
  } catch (error) {
    if (isStorageError(error, 'FS-CRYPT-001')) return false
    throw error
  }
}

function checkMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw wrongArgument(`Argument "metadata" must be an object, got ${kindOf(metadata)}`)
  return freezeJson(metadata, 'metadata') as Metadata
}

function conditionOf({ ifAbsent, ifMatch }: StoreOptions): WriteCondition {
  const absent = booleanOption('ifAbsent', ifAbsent, false)
  if (ifMatch === undefined) return { ifAbsent: absent }
  if (absent) throw wrongArgument('Options "ifAbsent" and "ifMatch" exclude each other')
  return { ifMatch: stringOption('ifMatch', ifMatch) }
}

/** @throws TypeError for a value that is not a time */
function expiryOf(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given === 'string') return parseTimestamp(given)
  const time = isDate(given) ? given.getTime() : given
  if (typeof time === 'number' && Math.abs(time) <= 8.64e15 && Number.isFinite(time)) {
    const text = new Date(time).toISOString()
    if (text.length === 24) return text
  }
  throw wrongArgument(`Option "expiresAt" must be a time, got ${shown(given)}`)
}

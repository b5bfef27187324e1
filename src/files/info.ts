import type { StoredFile } from './backend.js'
import { isExpired, type FileDocument } from './document.js'
import type { ReadParts } from './parts.js'

/** A file as callers see it. */
export interface FileInfo {
  readonly key: string
  /** The kind of its value: bytes, text or any other JSON value. */
  readonly kind: FileDocument['kind']
  /** Of the content. */
  readonly bytes: number
  /** SHA-256 of the content, in hex; of an encrypted file, a keyed digest that differs with each store. */
  readonly digest: string
  /** Size after compression and encryption. */
  readonly stored_bytes: number
  /** Changes with every store: the condition of `ifMatch`. */
  readonly etag: string
  readonly compression: FileDocument['compression']
  /** Which key it is encrypted with, if it is. */
  readonly encryption_key_id: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  readonly created_at: string
  readonly updated_at: string
  readonly expires_at: string | undefined
}

export function infoOf({ key, etag, storedBytes, document }: StoredFile): FileInfo {
  const { kind, bytes, digest, compression, metadata } = document
  return {
    key,
    kind,
    bytes,
    digest,
    stored_bytes: storedBytes,
    etag,
    compression,
    encryption_key_id: document.encryption?.key_id,
    metadata,
    created_at: document.created_at,
    updated_at: document.updated_at,
    expires_at: document.expires_at,
  }
}

/** The file, unless it has expired. */
export async function livingHead(parts: ReadParts, key: string): Promise<StoredFile | undefined> {
  const file = await parts.backend.head(key)
  if (file !== undefined) await parts.trust.check(file)
  return file === undefined || isLiving(parts, file) ? file : undefined
}

/** False for an expired file, which is then removed, if that is sure. The file has been checked. */
export function isLiving(parts: ReadParts, file: StoredFile): boolean {
  if (!isExpired(file.document, parts.now())) return true
  if (parts.trust.mayExpire(file.document)) parts.expire(file)
  return false
}

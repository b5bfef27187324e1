import type { DurableDirectory } from '../engine/durable-directory.js'
import type { StoredFile } from './backend.js'
import type { ResolvedFileStorageOptions } from './file-storage-options.js'
import type { DocumentTrust } from './document-trust.js'
import type { FileCache } from './file-cache.js'
import { isExpired, type FileDocument } from './file-document.js'
import { LocalBackend } from './local/local-backend.js'
import type { OpenedBackend } from './open-backend.js'
import type { Pipeline } from './pipeline/pipeline.js'
import type { Quota } from './quota.js'
import type { Statistics } from './statistics.js'

/** What an open storage is made of. */
export interface FileParts extends OpenedBackend {
  readonly config: ResolvedFileStorageOptions
  readonly pipeline: Pipeline
  /** What a backend gives is checked by it before any of it is used. */
  readonly trust: DocumentTrust
  /** Undefined when it is switched off. */
  readonly cache: FileCache | undefined
  readonly quota: Quota
  readonly statistics: Statistics
  readonly now: () => number
  /** Removes what is past its time; nobody waits for it. */
  readonly expire: (file: StoredFile) => void
}

/** Where files are kept on this machine: all of them, or those that wait for the cloud. */
export function localDirectoryOf({ backend, fallback }: FileParts): DurableDirectory | undefined {
  return backend instanceof LocalBackend ? backend.directory : fallback?.local
}

/** A file as callers see it. */
export interface FileInfo {
  readonly key: string
  /** What it was stored as: bytes, text or any other JSON value. */
  readonly kind: FileDocument['kind']
  /** Of the content. */
  readonly bytes: number
  /** SHA-256 of the content, in hex; of an encrypted file, a keyed digest that is another one with each store. */
  readonly digest: string
  /** Size after compression and encryption. */
  readonly stored_bytes: number
  /** Another one with every store: the condition of `ifMatch`. */
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

/** The file, unless it is past its time. */
export async function livingHead(parts: FileParts, key: string): Promise<StoredFile | undefined> {
  const file = await parts.backend.head(key)
  if (file !== undefined) await parts.trust.check(file)
  return file === undefined || isLiving(parts, file) ? file : undefined
}

/** False for what is past its time, which is then removed, if that is sure. The file has been checked. */
export function isLiving(parts: FileParts, file: StoredFile): boolean {
  if (!isExpired(file.document, parts.now())) return true
  if (parts.trust.mayExpire(file.document)) parts.expire(file)
  return false
}

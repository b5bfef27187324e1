import type { Readable } from 'node:stream'
import type { ByteRange, FileBody } from '../base/byte-source.js'
import { StorageError } from '../base/errors.js'
import type { FileDocument } from './document.js'
import type { KeepRequest } from './kept.js'

/** A file as a backend knows it. */
export interface StoredFile {
  readonly key: string
  /** Changes with every store of the key and never comes back: the condition of `ifMatch`. */
  readonly etag: string
  /** Bytes as they are stored: after compression and encryption. */
  readonly storedBytes: number
  readonly modifiedMs: number
  readonly document: FileDocument
}

/** The condition of a write; without any, the key is written whatever it holds. */
export interface WriteCondition {
  /** Only where there is no file under the key. */
  readonly ifAbsent?: boolean
  /** Only where the file still has this etag. */
  readonly ifMatch?: string
  /** Whether the file that a condition finds has expired, and so counts as absent. Default: none has. */
  readonly isExpired?: (file: StoredFile) => Promise<boolean>
  /** Keeps the file that is replaced, where the backend keeps versions. Default: it is gone. */
  readonly keep?: KeepRequest | undefined
}

/** As a `WriteCondition`, for a delete. */
export type DeleteCondition = Pick<WriteCondition, 'ifMatch' | 'keep'>

export interface FilePage {
  /** Sorted by the bytes of the key. */
  readonly files: readonly StoredFile[]
  /** Whether there are more after the last of these. */
  readonly more: boolean
}

export interface ListRequest {
  readonly prefix: string
  /** Only keys after this one. */
  readonly after?: string
  readonly limit: number
}

/**
 * Returns the document of the file to be stored. It is called once the body has been read to its end, since digest and
 * size are known only then, and again when the file to be replaced turns out to be another one: the last call counts.
 * An error that it throws about the existing file ends the store.
 *
 * @param before the file that is replaced; undefined where there is none, or a damaged one
 * @param storedBytes what the body has yielded
 * @param freedBytes stored bytes that this change removes, where the file that it replaces is kept; undefined where that
 *   file is removed
 */
export type Describe = (
  before: StoredFile | undefined,
  storedBytes: number,
  freedBytes?: number,
) => FileDocument

/**
 * Where files are kept. Every backend, local or in a cloud, keeps these rules, which one conformance suite checks: a
 * write is acknowledged when it is durable; payload and document change together or not at all; a read returns the
 * bytes and the document of one and the same store; a write's condition is checked and met in one step. Any number of
 * changes of one key may be made at once: those of one process are made in the order in which they were called, or, for
 * streams, in which these have ended. A call made before `close` completes, one after it fails with FS-CLOSED-001.
 *
 * Failures are `StorageError`s: FS-CONFLICT-001 for a condition that does not hold, and for nothing else; FS-LOCK-001
 * when other processes have changed the key again and again for too long; FS-TIMEOUT-001 where the outcome is unknown,
 * FS-UNAVAILABLE-001 where the service cannot be reached or refuses for now.
 */
export interface FileBackend {
  /** What it is, for health and messages: 'memory', 'local', 's3', 'gcs', or the name of one of your own. */
  readonly kind: string

  /**
   * Stores `body` under `key`. A body that fails leaves everything as it was.
   */
  put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition?: WriteCondition,
  ): Promise<StoredFile>

  /** The file and a stream of its stored bytes, or undefined when there is none. The caller consumes or destroys it. */
  get(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined>

  /** The file without its bytes. */
  head(key: string): Promise<StoredFile | undefined>

  /** Removes the file; false when there was none. */
  delete(key: string, condition?: DeleteCondition): Promise<boolean>

  list(request: ListRequest): Promise<FilePage>

  close(): Promise<void>
}

/** The error of a call on a closed backend. */
export function closedBackend(place: string): StorageError {
  return new StorageError('FS-CLOSED-001', `The files in '${place}' are closed`, {
    context: { place },
  })
}

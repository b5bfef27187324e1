import type { Readable } from 'node:stream'
import type { ByteRange } from '../base/byte-source.js'
import type { SpooledBody } from './spool.js'

/** An object of a bucket, without its bytes. */
export interface StoredObject {
  readonly name: string
  /** What the service's preconditions compare: S3's ETag without quotes, Google's generation. */
  readonly version: string
  readonly bytes: number
  /** User metadata, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Every change of an object states what it replaces, so that one that arrives late cannot undo a newer one. */
export type Precondition = 'absent' | { readonly version: string }

export interface ObjectWrite {
  readonly name: string
  readonly body: SpooledBody
  readonly metadata: Readonly<Record<string, string>>
  readonly precondition: Precondition
}

export interface OpenObject {
  readonly object: StoredObject
  readonly body: Readable
}

export interface ObjectPage {
  /** Sorted by the bytes of the name. */
  readonly objects: readonly StoredObject[]
  /** Name of the last object that was looked at, whether or not it is still there. */
  readonly last: string | undefined
  readonly more: boolean
}

export interface ObjectNames {
  /** Sorted by their bytes. */
  readonly names: readonly string[]
  readonly more: boolean
}

/** An object as a list shows it: without its metadata. */
export interface ListedObject {
  readonly name: string
  /** As that of a `StoredObject`. */
  readonly version: string
  readonly bytes: number
  /** When it was last written, by the clock of the service, in ms since 1970. S3 has whole seconds. */
  readonly modifiedMs: number
}

export interface ObjectListing {
  /** Sorted by the bytes of the name. */
  readonly listed: readonly ListedObject[]
  readonly more: boolean
}

/** What a copy is to be. */
export interface ObjectCopy {
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface ObjectListRequest {
  readonly prefix: string
  readonly after: string | undefined
  readonly limit: number
  /** Objects whose names begin with it are left out. Default: none are. */
  readonly without?: string | undefined
}

/**
 * One bucket of a service: each call is one attempt. Failures are `ObjectFailure`s that say what is known of the
 * outcome; the caller retries.
 */
export interface ObjectService {
  readonly kind: 's3' | 'gcs'
  readonly bucket: string
  /** Most bytes of user metadata, names included. */
  readonly metadataBytesMax: number
  /** Whether an object can be removed on condition; without, its conditional removal leaves an empty marker. */
  removesOnCondition(): Promise<boolean>
  /**
   * Finds out what has to be known before the first change.
   * @throws StorageError FS-FORMAT-001 when the service cannot keep the promises of a backend
   */
  prepare(): Promise<void>
  /** @throws TypeError for a name that the service does not accept */
  checkName(name: string): void
  head(name: string, signal: AbortSignal): Promise<StoredObject | undefined>
  /** `'beyond'`: the range begins where the object has ended. */
  read(
    name: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<OpenObject | 'beyond' | undefined>
  write(write: ObjectWrite, signal: AbortSignal): Promise<StoredObject>
  /** Without a version: any version. */
  remove(name: string, version: string | undefined, signal: AbortSignal): Promise<void>
  /**
   * Copies that version of an object within the bucket, over whatever has the other name.
   * @throws ObjectFailure `conflict` when the object is another one by now
   */
  copy(object: StoredObject, to: ObjectCopy, signal: AbortSignal): Promise<void>
  /** Most bytes that `copy` takes. */
  readonly copyBytesMax: number
  list(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectPage>
  /** As `list`, in one request for each page, of all objects with the prefix. */
  scan(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectListing>
  /** As `scan`, of the names alone. */
  listNames(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectNames>
  /** False when it already exists and is open to us. */
  createBucket(signal: AbortSignal): Promise<boolean>
  /** Fails unless there are credentials. */
  findCredentials(): Promise<void>
  close(): void
}

import type { Checksum } from '../../format/frame.js'
import type { SharedPage } from '../../format/page.js'

/**
 * The steps of the commit procedure: each fails with a `DiskError` or has happened. Paths are safe and relative to the
 * volume.
 */
export interface CommitPrimitives {
  readonly crc32c: Checksum

  /** Writes a new file under a private name and returns the name. */
  stage(content: Uint8Array): Promise<string>
  /** Removes a private name; does nothing if it is gone. */
  discard(staged: string): Promise<void>
  /** Makes the missing directories above `path`; returns those, outermost first. */
  makeParents(path: string): Promise<readonly string[]>
  /** What is at `path`, without following links; `undefined` if there is nothing. */
  look(path: string): Promise<Found | undefined>
  /** The whole file, without following links; `undefined` if there is none. EFBIG for more than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>
  /** Rejects unless entries may be made and removed in the directory of `path`. ENOENT if it is missing. */
  checkParentWritable(path: string): Promise<void>

  /** Gives a staged file its name; EEXIST when it is taken. The private name may stay until `discard`. */
  publishNew(staged: string, path: string): Promise<void>
  publishOver(staged: string, path: string): Promise<void>
  /** False when there was nothing. */
  remove(path: string): Promise<boolean>
  /** Flushes the directory of `path`. */
  flushParent(path: string): Promise<void>
  /** Removes the directories above `path` that have become empty. */
  pruneParents(path: string): Promise<void>
  /** Removes the directory at `path` if it is empty. */
  removeEmptyDirectory(path: string): Promise<void>

  /** Writes to the current segment; all of it or a rejection in the phase 'append'. */
  append(bytes: Uint8Array, offset: number): Promise<void>
  /** Flushes the current segment; rejects in the phase 'frame_flush'. */
  flush(): Promise<void>

  /** The writer lock. ELOCKTIMEOUT if the wait times out. */
  lock(timeoutMs: number): Promise<void>
  unlock(): Promise<void>
}

export interface Found {
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
}

/** What a committer keeps between its commits. */
export interface CommitState {
  readonly page: SharedPage
  segment: CommitSegment | undefined
  /** Settles when every earlier call has ended: calls are served in order. */
  turn: Promise<unknown>
}

/** The segment that `append` writes to. */
export interface CommitSegment {
  readonly sequence: number
  readonly path: string
  readonly bytes: number
}

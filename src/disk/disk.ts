import type { DiskError, DiskFailure } from './disk-error.js'
import type { JournalPosition, SharedPage } from '../format/page.js'

/**
 * The port to the operating system, sized for the engine. Two implementations ship, `native` (the addon) and `portable`
 * (node:fs only); both leave the same bytes on disk and pass one contract suite.
 *
 * Paths are relative to the volume, '/'-separated, and never leave it: no empty, '.' or '..' segment, no symbolic link
 * is followed. Failures reject with a `DiskError`; what is missing is `undefined` or `false`.
 */
export interface Disk {
  readonly kind: DiskKind
  /** Opens `directory`, creating it and its parents (`directoryMode`) when missing and `create` is set. */
  openVolume(directory: string, options: VolumeOptions): Promise<Volume>
}

/**
 * The most bytes of a file that is read whole, by default: 64 MiB, as much as a document. Callers that read longer or
 * shorter files pass their own limit.
 */
export const READ_BYTES_MAX: number = 64 * 1024 * 1024

export type DiskKind = 'native' | 'portable' | 'simulated'

export interface VolumeOptions {
  /** An operation that takes longer rejects with ETIMEDOUT; its thread is left to finish alone. 0: wait forever. */
  readonly ioTimeoutMs: number
  readonly fileMode: number
  readonly directoryMode: number
  /** False: a missing directory is not created, and opening it fails with ENOENT. */
  readonly create: boolean
  /** Nothing is written or probed: every change fails with EROFS, locks among them. Default false. */
  readonly readOnly?: boolean
}

export interface Volume {
  readonly kind: DiskKind
  /** The absolute path of the directory. */
  readonly directory: string
  readonly capabilities: Capabilities

  /**
   * The whole file; `undefined` if there is none. EISDIR, ELOOP or EINVAL if it is not a regular file. EFBIG if it has
   * more than `maxBytes` (default: `READ_BYTES_MAX`), before any memory is allocated for it.
   */
  read(path: string, maxBytes?: number): Promise<Uint8Array | undefined>
  /**
   * The whole file, answered at once on the calling thread from the page cache; `undefined` when it cannot be answered
   * without waiting (missing, not cached, too long, not supported): then use `read`.
   */
  readHot(path: string, maxBytes?: number): Uint8Array | undefined
  /** Many whole files in one hop, each with its own result, and each of at most `maxBytes`. */
  readMany(
    paths: readonly string[],
    maxBytes?: number,
  ): Promise<readonly (Uint8Array | undefined | DiskError)[]>
  /** Up to `length` bytes from `offset`; shorter at the end of the file; `undefined` when there is no file. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined>
  /**
   * Opens a file for repeated reads: all bytes are those of one file, whatever takes its name meanwhile. `undefined` if
   * there is none; fails as `read` does.
   */
  openFile(path: string): Promise<OpenFile | undefined>
  /** Makes a file to be written in pieces. EEXIST when the name is taken. Missing parents are made. */
  createFile(path: string): Promise<NewFile>
  stat(path: string): Promise<FileStat | undefined>
  /** The entries of a directory ('' is the volume itself), unsorted; `undefined` when there is none. */
  list(path: string): Promise<readonly DirectoryEntry[] | undefined>

  /**
   * Stages a new file and gives it its name: readers see all of it or nothing. `replace: false` fails with EEXIST
   * when the name is taken. Missing parent directories are made. `flush: true`: the file's bytes are flushed before
   * the name is given, and the directory after; new parent directories too.
   */
  write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void>
  /** Renames a file. `replace: false` fails with EEXIST when `to` is taken. Missing parents of `to` are made. */
  rename(from: string, to: string, options: { readonly replace: boolean }): Promise<void>
  /** Removes a file; false when there was none. */
  remove(path: string): Promise<boolean>
  makeDirectory(path: string): Promise<void>
  /** Removes an empty directory; false if it is missing or not empty. */
  removeDirectory(path: string): Promise<boolean>

  /** Flushes files, then directories ('' is the volume); missing ones are skipped. One hop. */
  flushMany(files: readonly string[], directories: readonly string[]): Promise<void>
  /**
   * Flushes the whole file system through a descriptor that is as old as this volume. Undefined where no one call does
   * that: `node:fs` has none, nor has Windows. To flush each file of a store instead takes longer the larger it is.
   */
  readonly flushFileSystem: (() => Promise<void>) | undefined
  /** Flushes the directories above the volume, up to the top of its file system: the names that lead to it. */
  flushAncestors(): Promise<void>
  space(): Promise<DiskSpace>
  /** The id of the current boot; '' if the system has none. */
  boot(): Promise<string>
  /**
   * Whether the path of the volume still leads to the directory that was opened: false if that was moved away, removed,
   * replaced or mounted over, which descriptors do not notice. EACCES if it can no longer be read by its path.
   */
  isInPlace(): Promise<boolean>

  /** A kernel lock on a file that is created when missing and never removed. ELOCKTIMEOUT, or the signal's reason. */
  lock(path: string, mode: LockMode, options: LockOptions): Promise<Lock>

  /** The name of the sign of life that goes with this volume's presence lock; '' while it has none. */
  readonly sign: string
  /** The signs whose process or thread has ended. A sign that cannot be judged from here is left out. */
  endedSigns(names: Iterable<string>): Promise<ReadonlySet<string>>

  /** Creates a journal segment: allocated, zero-filled, flushed (its directory entry too). EEXIST when taken. */
  createSegment(path: string, bytes: number): Promise<void>
  /**
   * Puts a created or recycled segment into service: writes `header` (one block) in place at its beginning, flushes the
   * file, renames it to `path` without replacing, flushes the directory. One hop.
   */
  startSegment(sparePath: string, path: string, header: Uint8Array): Promise<void>
  openCommitter(options: CommitterOptions): Promise<Committer>

  /** CRC-32C of `bytes`, continued from `seed` (0 to start). */
  crc32c(bytes: Uint8Array, seed: number): number
  /** Releases every descriptor and lock. Idempotent. Operations in flight finish first. */
  close(): Promise<void>
}

/** An open file. EBADF once it is closed. */
export interface OpenFile {
  /** The size when it was opened. */
  readonly bytes: number
  /** Up to `length` bytes from `offset`; shorter at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Calls under way finish first. Idempotent. */
  close(): Promise<void>
}

/** A new file, written and flushed through one descriptor. EBADF once it is closed. */
export interface NewFile {
  /** Appends bytes, which must not change until it resolves. One call at a time. */
  append(bytes: Uint8Array): Promise<void>
  /** Flushes the bytes; `flushMany` flushes the name. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface WriteOptions {
  readonly replace: boolean
  readonly flush: boolean
}

export type LockMode = 'shared' | 'exclusive'

export interface LockOptions {
  /** 0: try once. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface Lock {
  readonly mode: LockMode
  /** Turns an exclusive lock into a shared one. */
  downgrade(): Promise<void>
  release(): Promise<void>
}

/** What a commit keeps open: the writer lock's descriptor, the shared page, the current segment. */
export interface CommitterOptions {
  readonly lockPath: string
  readonly pagePath: string
}

/**
 * The write side of a journal. `commit` is one hop: lock, check, stage, append, flush, publish, advance the page,
 * unlock. Calls are served in order; the next batch may be staged while the one before is flushed.
 */
export interface Committer {
  readonly page: SharedPage
  /** The inode number of the page's file; 0n if the page is in memory, or inode numbers are not reliable. */
  readonly pageInode: bigint
  /** Opens a segment as the one `commit` appends to. */
  useSegment(sequence: number, path: string): Promise<void>
  commit(request: CommitRequest): Promise<CommitReply>
  /** Makes the files match the records, replacing what is there; flushes files and directories if asked. */
  redo(records: Uint8Array, options: { readonly flush: boolean }): Promise<void>
  /** Flushes the current segment and records in the page how far it is durable. A failure poisons the page. */
  flush(): Promise<void>
  /** The writer lock, for the few operations that are not commits. No commit may be called while it is held. */
  lock(options: LockOptions): Promise<void>
  unlock(): Promise<void>
  close(): Promise<void>
}

export interface CommitRequest {
  readonly kind: FrameKind
  /** Transaction records, back to back, as format/record.ts writes them. No path twice in one request. */
  readonly records: Uint8Array
  readonly transactionCount: number
  /**
   * Flush before publishing: this makes a commit durable. A commit that replaces or removes an existing file is flushed
   * in any case: the old content must not go while loss of power can take the new one.
   */
  readonly flush: boolean
  /** Milliseconds since the epoch, kept in the frame. */
  readonly timeMs: number
  readonly lockTimeoutMs: number
}

export type FrameKind = 'commit' | 'checkpoint'

/**
 * `committed`: see outcomes. Every other status: nothing was done and the lock is released.
 * `moved`: the journal's current segment is another one. `full`: the frame does not fit into the segment.
 * `unclean`: the last writer died mid-way, a takeover is due. `poisoned`: a flush has failed on this segment.
 */
export type CommitStatus = 'committed' | 'moved' | 'full' | 'unclean' | 'poisoned'

export interface CommitReply {
  readonly status: CommitStatus
  /** Where the journal ended before this frame; other processes may have appended since the caller's last position. */
  readonly from: JournalPosition
  readonly to: JournalPosition
  /** One for each transaction, in order: why it was not committed, and nothing of it remains; `undefined` if it was. */
  readonly outcomes: readonly (DiskFailure | undefined)[]
}

export interface FileStat {
  readonly kind: EntryKind
  readonly bytes: number
  readonly modifiedMs: number
  readonly links: number
  readonly mode: number
  readonly uid: number
  /** Of a directory, see `DirectoryEntry`. */
  readonly stamp?: string
}

export type EntryKind = 'file' | 'directory' | 'other'

export interface DirectoryEntry {
  readonly name: string
  readonly kind: EntryKind
  readonly modifiedMs: number
  /**
   * For a directory: which one it is, and when its entries or attributes last changed, `<inode>-<nanoseconds>` in hex.
   * Unlike `modifiedMs`, no program can set that time: with the same stamp it is the same directory, with the same
   * entries, unless the clock of the file system has not ticked in between.
   */
  readonly stamp?: string
}

export interface DiskSpace {
  readonly totalBytes: number
  /** What this process may still use. */
  readonly freeBytes: number
  /** What files use. Blocks reserved for the administrator are neither used nor free. */
  readonly usedBytes: number
  /** 0 where the file system has no fixed number of inodes. */
  readonly totalInodes: number
  readonly freeInodes: number
}

/** What this file system can do, as probed when the volume was opened. */
export interface Capabilities {
  /** The file system's type, such as 'ext4' or 'tmpfs'; 'unknown' where it has no known name. */
  readonly fileSystem: string
  /** Files can be staged without a name (O_TMPFILE). */
  readonly unnamedFiles: boolean
  /** How a staged file gets its name without replacing another. */
  readonly publish: 'linkat' | 'renameNoReplace' | 'link'
  readonly kernelLocks: boolean
  /** Several processes may share the store: kernel locks and a coherent mapped page. */
  readonly multiProcess: boolean
  readonly hotRead: boolean
  /** Names that differ only in case are different files. */
  readonly caseSensitive: boolean
  readonly copyOnWrite: boolean
  readonly network: boolean
  /** Nothing is written, by request or because of the mount: the other facts are assumed, not probed. */
  readonly readOnly: boolean
  /** Why the portable disk replaces the native one, which was preferred. */
  readonly fallback?: string
  /** What is missing and what is done instead, one sentence each; empty when all is well. */
  readonly warnings: readonly string[]
}

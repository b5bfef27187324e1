import type { DiskFailure } from '../disk-error.js'

/**
 * The addon's functions, as native/node/*_api.cc export them. Each asynchronous one takes the caller's number for the call
 * first (see `lastCall`), makes one hop to a pool thread, and rejects with an Error `{ code, errno, phase, syscall, path }`.
 */
export interface Binding {
  /** The number given to the last call. Kept here because all users in a thread share the addon's calls. */
  lastCall?: number
  openVolume(
    call: number,
    directory: string,
    create: boolean,
    fileMode: number,
    directoryMode: number,
    temporaryPath: string,
    readOnly: boolean,
  ): Promise<OpenedVolume>
  closeVolume(volume: VolumeHandle): void
  flushFileSystem(call: number, volume: VolumeHandle): Promise<void>
  flushAncestors(call: number, volume: VolumeHandle): Promise<void>
  space(call: number, volume: VolumeHandle): Promise<NativeSpace>
  lock(
    call: number,
    volume: VolumeHandle,
    path: string,
    exclusive: boolean,
    timeoutMs: number,
  ): Promise<LockHandle>
  downgrade(call: number, lock: LockHandle): Promise<void>
  /** The handle is empty from the call on, whatever the outcome. */
  release(call: number, lock: LockHandle): Promise<void>
  /** A call that waits for a lock or its turn gives up with ECANCELED. */
  abort(call: number): void
  /** No caller waits for the call any more: its promise resolves to nothing, its thread is replaced. */
  abandon(call: number): void
  crc32c(bytes: Uint8Array, seed: number, byTable?: boolean): number

  /** Up to `length` bytes. `whole`: EFBIG for a file that has more after `offset`. */
  read(
    call: number,
    volume: VolumeHandle,
    path: string,
    offset: number,
    length: number,
    whole: boolean,
  ): Promise<Uint8Array | undefined>
  /** `undefined` for more than `maxBytes`, as for any file that cannot be read at once. */
  readHot(volume: VolumeHandle, path: string, maxBytes: number): Uint8Array | undefined
  readMany(
    call: number,
    volume: VolumeHandle,
    paths: readonly string[],
    maxBytes: number,
  ): Promise<(Uint8Array | undefined | NativeError)[]>
  openFile(
    call: number,
    volume: VolumeHandle,
    path: string,
    create: boolean,
  ): Promise<OpenedFile | undefined>
  readOpenFile(call: number, file: FileHandle, offset: number, length: number): Promise<Uint8Array>
  writeOpenFile(call: number, file: FileHandle, offset: number, bytes: Uint8Array): Promise<void>
  flushOpenFile(call: number, file: FileHandle): Promise<void>
  /** The descriptor is closed when the last call under way has ended. */
  closeOpenFile(file: FileHandle): void
  stat(call: number, volume: VolumeHandle, path: string): Promise<NativeStat | undefined>
  list(call: number, volume: VolumeHandle, path: string): Promise<NativeEntry[] | undefined>
  write(
    call: number,
    volume: VolumeHandle,
    path: string,
    bytes: Uint8Array,
    replace: boolean,
    flush: boolean,
  ): Promise<void>
  rename(
    call: number,
    volume: VolumeHandle,
    from: string,
    to: string,
    replace: boolean,
  ): Promise<void>
  remove(call: number, volume: VolumeHandle, path: string, directory: boolean): Promise<boolean>
  makeDirectory(call: number, volume: VolumeHandle, path: string): Promise<void>
  flushMany(
    call: number,
    volume: VolumeHandle,
    files: readonly string[],
    directories: readonly string[],
  ): Promise<void>
  createSegment(call: number, volume: VolumeHandle, path: string, bytes: number): Promise<void>
  startSegment(
    call: number,
    volume: VolumeHandle,
    sparePath: string,
    path: string,
    header: Uint8Array,
  ): Promise<void>

  openCommitter(
    call: number,
    volume: VolumeHandle,
    lockPath: string,
    pagePath: string,
    lockTimeoutMs: number,
  ): Promise<OpenedCommitter>
  closeCommitter(committer: CommitterHandle): void
  /** Copies the start of the page, as much as `into` has room for: a multiple of 8 bytes. */
  readPage(page: PageHandle, into: Uint8Array): void
  /** Offset and length: multiples of 4. */
  writePage(page: PageHandle, offset: number, bytes: Uint8Array): void
  useSegment(
    call: number,
    committer: CommitterHandle,
    sequence: number,
    path: string,
    /** The name of the next segment. While that is taken, nothing is written to this one. */
    nextPath: string,
  ): Promise<void>
  commit(
    call: number,
    committer: CommitterHandle,
    records: Uint8Array,
    transactionCount: number,
    checkpoint: boolean,
    flush: boolean,
    timeMs: number,
    lockTimeoutMs: number,
  ): Promise<NativeReply>
  redo(call: number, committer: CommitterHandle, records: Uint8Array, flush: boolean): Promise<void>
  flushSegment(call: number, committer: CommitterHandle): Promise<void>
  lockWriter(call: number, committer: CommitterHandle, timeoutMs: number): Promise<void>
  unlockWriter(call: number, committer: CommitterHandle): Promise<void>
}

declare const handleKind: unique symbol
export interface VolumeHandle {
  readonly [handleKind]: 'volume'
}
export interface CommitterHandle {
  readonly [handleKind]: 'committer'
}
export interface PageHandle {
  readonly [handleKind]: 'page'
}
export interface LockHandle {
  readonly [handleKind]: 'lock'
}

export interface FileHandle {
  readonly [handleKind]: 'file'
}

export interface OpenedFile {
  readonly handle: FileHandle
  readonly bytes: number
}

export interface OpenedVolume {
  readonly handle: VolumeHandle
  readonly fileSystem: string
  readonly network: boolean
  readonly memory: boolean
  readonly copyOnWrite: boolean
  readonly unnamedFiles: boolean
  readonly publish: 'linkat' | 'renameNoReplace' | 'link'
  readonly canPublish: boolean
  readonly kernelLocks: boolean
  readonly hotRead: boolean
  readonly caseSensitive: boolean
  /** The name of the errno if the directory could not be written to; the facts are then assumptions. */
  readonly probeError?: string
}

export interface OpenedCommitter {
  readonly handle: CommitterHandle
  /** A handle where JavaScript cannot have a view of memory that is not its own. */
  readonly page: ArrayBuffer | PageHandle
  readonly pageInode: bigint
}

export interface NativeSpace {
  readonly totalBytes: number
  readonly freeBytes: number
  readonly usedBytes: number
  readonly totalInodes: number
  readonly freeInodes: number
}

export interface NativeStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly bytes: number
  readonly modifiedMs: number
  readonly links: number
  readonly mode: number
  readonly uid: number
  readonly stamp?: string
}

export interface NativeEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  readonly modifiedMs: number
  readonly stamp?: string
}

export interface NativeError extends Error, DiskFailure {}

/** Status, from (segment, offset, lsn, chain), to (the same), failures by place: undefined when there is none. */
export type NativeReply = readonly [
  status: number,
  fromSegment: number,
  fromOffset: number,
  fromLsn: number,
  fromChain: number,
  toSegment: number,
  toOffset: number,
  toLsn: number,
  toChain: number,
  failures: readonly (DiskFailure | undefined)[] | undefined,
]

import { platform } from 'node:process'
import { PRESENCE_FILE } from '../../format/layout.js'
import type { Binding, NativeError, VolumeHandle } from './binding.js'
import type { DirectoryPlace } from '../directory-place.js'
import { againOneByOne } from '../descriptors.js'
import { DiskError } from '../disk-error.js'
import {
  READ_BYTES_MAX,
  type Capabilities,
  type Committer,
  type CommitterOptions,
  type DirectoryEntry,
  type DiskSpace,
  type FileStat,
  type Lock,
  type LockMode,
  type LockOptions,
  type NewFile,
  type OpenFile,
  type Volume,
  type WriteOptions,
} from '../disk.js'
import { endedSigns } from '../liveness.js'
import { bootId } from '../process-start.js'
import { isNativeFailure, type NativeCalls, toDiskError } from './calls.js'
import { NativeCommitter } from './committer.js'
import { createNativeFile, type NativeFile, openNativeFile } from './file.js'
import { acquireLock, type NativeLock } from './lock.js'
import { attend, AttendedLock, nativeSignPlace } from './signs.js'

/** How long a new page waits for the writer lock. Only the first process of a store makes one. */
const PAGE_LOCK_TIMEOUT_MS = 30_000

/** A volume of the native disk. The addon checks paths; ill-formed ones are checked here, while they still differ. */
export class NativeVolume implements Volume {
  readonly kind = 'native'
  readonly directory: string
  readonly capabilities: Capabilities
  readonly #binding: Binding
  readonly #calls: NativeCalls
  readonly #place: DirectoryPlace
  readonly #handle: VolumeHandle
  readonly #fileMode: number
  readonly #locks = new Set<NativeLock>()
  readonly #attended = new Set<AttendedLock>()
  readonly #committers = new Set<NativeCommitter>()
  readonly #files = new Set<NativeFile>()
  #closing: Promise<void> | undefined

  constructor(
    binding: Binding,
    calls: NativeCalls,
    place: DirectoryPlace,
    directory: string,
    handle: VolumeHandle,
    capabilities: Capabilities,
    fileMode: number,
  ) {
    this.#binding = binding
    this.#calls = calls
    this.#place = place
    this.directory = directory
    this.#handle = handle
    this.capabilities = capabilities
    this.#fileMode = fileMode
  }

  read(path: string, maxBytes: number = READ_BYTES_MAX): Promise<Uint8Array | undefined> {
    return this.#read(path, 0, maxBytes, true)
  }

  readHot(path: string, maxBytes: number = READ_BYTES_MAX): Uint8Array | undefined {
    if (this.#calls.closed || !path.isWellFormed()) return undefined
    return this.#binding.readHot(this.#handle, path, maxBytes)
  }

  async readMany(
    paths: readonly string[],
    maxBytes: number = READ_BYTES_MAX,
  ): Promise<readonly (Uint8Array | undefined | DiskError)[]> {
    // An ill-formed path names no file: the addon refuses the empty one in its place.
    const named = paths.map((path) => (path.isWellFormed() ? path : ''))
    const results = await this.#calls.run({ syscall: 'read', path: '', phase: 'read' }, (call) =>
      this.#binding.readMany(call, this.#handle, named, maxBytes),
    )
    return await againOneByOne(results.map(toReadResult), async (at) => {
      return await this.read(named[at] ?? '', maxBytes)
    })
  }

  readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#read(path, offset, length, false)
  }

  #read(
    path: string,
    offset: number,
    length: number,
    whole: boolean,
  ): Promise<Uint8Array | undefined> {
    return this.#calls.repeat({ syscall: 'read', path, phase: 'read' }, (call) =>
      this.#binding.read(call, this.#handle, path, offset, length, whole),
    )
  }

  openFile(path: string): Promise<OpenFile | undefined> {
    return openNativeFile(this.#binding, this.#calls, this.#handle, this.#files, path)
  }

  createFile(path: string): Promise<NewFile> {
    return createNativeFile(this.#binding, this.#calls, this.#handle, this.#files, path)
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#calls.repeat({ syscall: 'stat', path, phase: 'read' }, (call) =>
      this.#binding.stat(call, this.#handle, path),
    )
  }

  list(path: string): Promise<readonly DirectoryEntry[] | undefined> {
    return this.#calls.repeat({ syscall: 'readdir', path, phase: 'read' }, (call) =>
      this.#binding.list(call, this.#handle, path),
    )
  }

  write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
    return this.#calls.run({ syscall: 'write', path, phase: 'call' }, (call) =>
      this.#binding.write(call, this.#handle, path, bytes, options.replace, options.flush),
    )
  }

  async rename(from: string, to: string, options: { readonly replace: boolean }): Promise<void> {
    if (!from.isWellFormed()) throw new DiskError('EINVAL', 'path', from)
    await this.#calls.run({ syscall: 'rename', path: to, phase: 'call' }, (call) =>
      this.#binding.rename(call, this.#handle, from, to, options.replace),
    )
  }

  remove(path: string): Promise<boolean> {
    return this.#calls.repeat({ syscall: 'unlink', path, phase: 'call' }, (call) =>
      this.#binding.remove(call, this.#handle, path, false),
    )
  }

  makeDirectory(path: string): Promise<void> {
    return this.#calls.repeat({ syscall: 'mkdir', path, phase: 'call' }, (call) =>
      this.#binding.makeDirectory(call, this.#handle, path),
    )
  }

  removeDirectory(path: string): Promise<boolean> {
    return this.#calls.repeat({ syscall: 'rmdir', path, phase: 'call' }, (call) =>
      this.#binding.remove(call, this.#handle, path, true),
    )
  }

  flushMany(files: readonly string[], directories: readonly string[]): Promise<void> {
    const illFormed = [...files, ...directories].find((path) => !path.isWellFormed())
    return this.#calls.repeat({ syscall: 'fsync', path: illFormed ?? '', phase: 'flush' }, (call) =>
      this.#binding.flushMany(call, this.#handle, files, directories),
    )
  }

  get flushFileSystem(): Volume['flushFileSystem'] {
    if (platform === 'win32') return undefined
    return async () =>
      await this.#calls.run({ syscall: 'syncfs', path: '', phase: 'flush' }, (call) =>
        this.#binding.flushFileSystem(call, this.#handle),
      )
  }

  flushAncestors(): Promise<void> {
    return this.#calls.run({ syscall: 'fsync', path: '..', phase: 'flush' }, (call) =>
      this.#binding.flushAncestors(call, this.#handle),
    )
  }

  space(): Promise<DiskSpace> {
    return this.#calls.run({ syscall: 'statvfs', path: '', phase: 'read' }, (call) =>
      this.#binding.space(call, this.#handle),
    )
  }

  async boot(): Promise<string> {
    return await bootId()
  }

  async isInPlace(): Promise<boolean> {
    if (this.#calls.closed) throw new DiskError('EBADF', 'stat', '')
    return await this.#place.isHeld()
  }

  async lock(path: string, mode: LockMode, options: LockOptions): Promise<Lock> {
    const lock = await acquireLock(
      this.#binding,
      this.#calls,
      this.#handle,
      this.#locks,
      path,
      mode,
      options,
    )
    if (path !== PRESENCE_FILE) return lock
    try {
      const sign = await attend(this, nativeSignPlace(this, this.#fileMode), mode)
      return new AttendedLock(lock, sign, this.#attended)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  get sign(): string {
    return [...this.#attended].at(-1)?.signName ?? ''
  }

  async endedSigns(names: Iterable<string>): Promise<ReadonlySet<string>> {
    return await endedSigns(nativeSignPlace(this, this.#fileMode), names)
  }

  createSegment(path: string, bytes: number): Promise<void> {
    return this.#calls.run({ syscall: 'create', path, phase: 'call' }, (call) =>
      this.#binding.createSegment(call, this.#handle, path, bytes),
    )
  }

  startSegment(sparePath: string, path: string, header: Uint8Array): Promise<void> {
    return this.#calls.run({ syscall: 'rename', path, phase: 'call' }, (call) =>
      this.#binding.startSegment(call, this.#handle, sparePath, path, header),
    )
  }

  async openCommitter(options: CommitterOptions): Promise<Committer> {
    const { lockPath, pagePath } = options
    const name = {
      syscall: 'open',
      path: pagePath,
      phase: 'call',
      extraTimeoutMs: PAGE_LOCK_TIMEOUT_MS,
    } as const
    const opened = await this.#calls.run(name, (call) =>
      this.#binding.openCommitter(call, this.#handle, lockPath, pagePath, PAGE_LOCK_TIMEOUT_MS),
    )
    const committer = new NativeCommitter(this.#binding, this.#calls, opened, this.#committers)
    this.#committers.add(committer)
    return committer
  }

  crc32c(bytes: Uint8Array, seed: number): number {
    return this.#binding.crc32c(bytes, seed)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const released = Promise.all([...this.#attended].map(async (lock) => await lock.release()))
    await released.catch(() => undefined)
    await this.#calls.close()
    for (const committer of this.#committers) committer.releaseNow()
    for (const file of this.#files) file.releaseNow()
    try {
      await Promise.all([...this.#locks].map((lock) => lock.release()))
      await released
    } finally {
      this.#binding.closeVolume(this.#handle)
    }
  }
}

function toReadResult(
  result: Uint8Array | undefined | NativeError,
): Uint8Array | undefined | DiskError {
  if (!isNativeFailure(result)) return result
  return toDiskError(result) as DiskError
}

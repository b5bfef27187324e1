import { constants } from 'node:fs'
import { crc32c } from '../../format/crc32c.js'
import type { SharedPage } from '../../format/page.js'
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
import type { DirectoryPlace } from '../directory-place.js'
import { againOneByOne, answerOf, descriptors, holding } from '../descriptors.js'
import { DiskError, type CallName } from '../disk-error.js'
import { mapLimited } from '../../base/map-limited.js'
import { PortableCommitter, type RunOperation } from './committer.js'
import { errorCode } from '../node-error.js'
import { createPortableFile, openPortableFile, type PortableFile } from './file.js'
import { flushAncestors, flushMany } from './flush.js'
import type { Operations } from '../node-calls.js'
import { spaceOf } from './probe.js'
import { listDirectory, openInPlace, readFileRange, readFileWhole, statPath } from './read.js'
import { bootId } from '../process-start.js'
import type { PortableRoot } from './root.js'
import { createPage, createSegment, startSegment } from './journal-files.js'
import { releaseStore, type PortableStore } from './store.js'
import {
  createFile,
  removeEmptyDirectory,
  removeFile,
  renameFile,
  writeFileWhole,
} from './write.js'

const READS_AT_ONCE = 16

export interface PortableVolumeParts {
  readonly root: PortableRoot
  readonly place: DirectoryPlace
  readonly store: PortableStore
  readonly operations: Operations
  readonly capabilities: Capabilities
  readonly writable: boolean
  readonly ioTimeoutMs: number
}

/** A volume over node:fs, for one process and thread at a time. */
export class PortableVolume implements Volume {
  readonly kind = 'portable'
  readonly flushFileSystem = undefined
  readonly directory: string
  readonly capabilities: Capabilities
  readonly #parts: PortableVolumeParts
  readonly #root: PortableRoot
  readonly #run: RunOperation
  /** As `#run`, but retries for lack of descriptors. Only for calls that have no effect when they fail so. */
  readonly #repeat: RunOperation
  readonly #committers = new Set<Committer>()
  readonly #locks = new Set<Lock>()
  readonly #files = new Set<PortableFile>()
  #closing: Promise<void> | undefined

  constructor(parts: PortableVolumeParts) {
    this.directory = parts.root.directory
    this.capabilities = parts.capabilities
    this.#parts = parts
    this.#root = parts.root
    const { operations, ioTimeoutMs } = parts
    this.#run = async (name, work) =>
      await operations.run(name, ioTimeoutMs, async () => await holding(work))
    this.#repeat = async (...call) => await descriptors.repeat(async () => await this.#run(...call))
  }

  async read(path: string, maxBytes: number = READ_BYTES_MAX): Promise<Uint8Array | undefined> {
    const work = async (): Promise<Uint8Array | undefined> =>
      await readFileWhole(this.#root, path, maxBytes)
    return await this.#repeat({ syscall: 'read', path, phase: 'read' }, work)
  }

  /** node:fs cannot read from the page cache alone. */
  readHot(_path: string): undefined {
    return undefined
  }

  async readMany(
    paths: readonly string[],
    maxBytes: number = READ_BYTES_MAX,
  ): Promise<readonly (Uint8Array | undefined | DiskError)[]> {
    const readOne = async (path: string): Promise<Uint8Array | undefined | DiskError> =>
      await answerOf(readFileWhole(this.#root, path, maxBytes))
    const work = async (): Promise<(Uint8Array | undefined | DiskError)[]> =>
      await mapLimited(paths, READS_AT_ONCE, readOne)
    const answers = await this.#run({ syscall: 'read', path: paths[0] ?? '', phase: 'read' }, work)
    return await againOneByOne(answers, async (at) => await this.read(paths[at] ?? '', maxBytes))
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const work = async (): Promise<Uint8Array | undefined> =>
      await readFileRange(this.#root, path, offset, length)
    return await this.#repeat({ syscall: 'read', path, phase: 'read' }, work)
  }

  async openFile(path: string): Promise<OpenFile | undefined> {
    return await this.#repeat({ syscall: 'open', path, phase: 'read' }, async () => {
      return await openPortableFile(this.#root, this.#run, this.#files, path)
    })
  }

  async createFile(path: string): Promise<NewFile> {
    return await this.#change({ syscall: 'open', path, phase: 'call' }, async () => {
      return await createPortableFile(this.#root, this.#run, this.#files, path)
    })
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return await this.#run(
      { syscall: 'stat', path, phase: 'read' },
      async () => await statPath(this.#root, path),
    )
  }

  async list(path: string): Promise<readonly DirectoryEntry[] | undefined> {
    return await this.#repeat(
      { syscall: 'readdir', path, phase: 'read' },
      async () => await listDirectory(this.#root, path),
    )
  }

  async write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
    await this.#change({ syscall: 'write', path, phase: 'call' }, async () => {
      await writeFileWhole(this.#root, path, bytes, options)
    })
  }

  async rename(from: string, to: string, options: { readonly replace: boolean }): Promise<void> {
    await this.#change(
      { syscall: 'rename', path: from, phase: 'call' },
      async () => await renameFile(this.#root, from, to, options),
    )
  }

  async remove(path: string): Promise<boolean> {
    return await this.#change(
      { syscall: 'unlink', path, phase: 'call' },
      async () => await removeFile(this.#root, path),
    )
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#change({ syscall: 'mkdir', path, phase: 'call' }, async () => {
      this.#root.absolute(path)
      await this.#root.makeDirectory(path)
    })
  }

  async removeDirectory(path: string): Promise<boolean> {
    const work = async (): Promise<boolean> => await removeEmptyDirectory(this.#root, path)
    return await this.#change({ syscall: 'rmdir', path, phase: 'call' }, work)
  }

  async flushMany(files: readonly string[], directories: readonly string[]): Promise<void> {
    const work = async (): Promise<void> => await flushMany(this.#root, files, directories)
    await this.#repeat(
      { syscall: 'fsync', path: files[0] ?? directories[0] ?? '', phase: 'flush' },
      work,
    )
  }

  async flushAncestors(): Promise<void> {
    await this.#run(
      { syscall: 'fsync', path: '..', phase: 'flush' },
      async () => await flushAncestors(this.#root.directory),
    )
  }

  async space(): Promise<DiskSpace> {
    return await this.#run(
      { syscall: 'statfs', path: '', phase: 'read' },
      async () => await spaceOf(this.#root),
    )
  }

  async boot(): Promise<string> {
    return await bootId()
  }

  async isInPlace(): Promise<boolean> {
    return await this.#run(
      { syscall: 'stat', path: '', phase: 'read' },
      async () => await this.#parts.place.isHeld(),
    )
  }

  async lock(path: string, mode: LockMode, options: LockOptions): Promise<Lock> {
    options.signal?.throwIfAborted()
    await this.#change(
      { syscall: 'open', path, phase: 'call' },
      async () => await this.#makeLockFile(path),
    )
    const lock = await this.#parts.store.locks.acquire(path, mode, options)
    if (this.#closing !== undefined) {
      await lock.release()
      throw new DiskError('EBADF', 'flock', path, { phase: 'lock' })
    }
    this.#locks.add(lock)
    return lock
  }

  async #makeLockFile(path: string): Promise<void> {
    const found = await openInPlace(this.#root, path, constants.O_RDONLY)
    if (found !== undefined) return await found.handle.close()
    await this.#root.makeParents(path)
    try {
      await (await createFile(this.#root, path)).close()
    } catch (error) {
      // Another caller made it first: it exists, which was all that was wanted.
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }

  /** None is needed: the next process to open the store is alone in it. */
  get sign(): string {
    return ''
  }

  readonly endedSigns: Volume['endedSigns'] = async () => await Promise.resolve(new Set<string>())

  async createSegment(path: string, bytes: number): Promise<void> {
    await this.#change({ syscall: 'open', path, phase: 'call' }, async () => {
      await createSegment(this.#root, path, bytes, this.capabilities.copyOnWrite)
    })
  }

  async startSegment(sparePath: string, path: string, header: Uint8Array): Promise<void> {
    await this.#change({ syscall: 'open', path: sparePath, phase: 'call' }, async () => {
      await startSegment(this.#root, sparePath, path, header)
    })
  }

  async openCommitter({ lockPath, pagePath }: CommitterOptions): Promise<Committer> {
    const page = await this.#change(
      { syscall: 'open', path: pagePath, phase: 'call' },
      async () => {
        await this.#makeLockFile(lockPath)
        return await this.#pageAt(pagePath)
      },
    )
    const { operations, store } = this.#parts
    const { locks } = store
    const committer = new PortableCommitter({
      root: this.#root,
      locks,
      lockPath,
      page,
      run: this.#run,
      operations,
    })
    this.#committers.add(committer)
    return committer
  }

  async #pageAt(path: string): Promise<SharedPage> {
    const { pages } = this.#parts.store
    const page = pages.get(path) ?? createPage(this.#root, path)
    pages.set(path, page)
    try {
      return await page
    } catch (error) {
      pages.delete(path)
      throw error
    }
  }

  crc32c(bytes: Uint8Array, seed: number): number {
    return crc32c(bytes, seed)
  }

  close(): Promise<void> {
    this.#closing ??= this.#release()
    return this.#closing
  }

  async #release(): Promise<void> {
    const { operations, store } = this.#parts
    await operations.close()
    await Promise.all([...this.#files].map(async (file) => await file.close()))
    await Promise.all([...this.#committers].map(async (committer) => await committer.close()))
    await Promise.all([...this.#locks].map(async (lock) => await lock.release()))
    await releaseStore(store, operations)
  }

  /** Without ownership another process may be writing here: nothing is written, whatever the directory now allows. */
  async #change<T>(name: CallName, work: () => Promise<T>): Promise<T> {
    if (!this.#parts.writable) {
      const code = this.capabilities.readOnly ? 'EROFS' : 'EACCES'
      throw new DiskError(code, name.syscall, name.path)
    }
    return await this.#run(name, work)
  }
}

import { access, constants } from 'node:fs/promises'
import { crc32c } from '../../format/crc32c.js'
import type { SharedPage } from '../../format/page.js'
import { commitBatch, poisonOnFailure } from './commit.js'
import type { CommitPrimitives, CommitState, Found } from './commit-primitives.js'
import type { Committer, CommitReply, CommitRequest, Lock, LockOptions } from '../disk.js'
import { repeatCommit, unlessShort } from '../descriptors.js'
import { DiskError, type CallName } from '../disk-error.js'
import { attempt } from '../node-error.js'
import { flushDirectories } from './flush.js'
import type { LockTable } from './locks.js'
import type { Operations } from '../node-calls.js'
import { lstatPath, readFileWhole } from './read.js'
import { redoRecords } from './redo.js'
import { parentOf, type KnownDirectories, type PortableRoot } from './root.js'
import { openSegment, type OpenSegment } from './journal-files.js'
import {
  pruneParents,
  publishStaged,
  removeEmptyDirectory,
  removeFile,
  stageFile,
  unlinkPresent,
  writeFully,
} from './write.js'

/** Runs an operation of the volume within its deadline. */
export type RunOperation = <T>(name: CallName, work: () => Promise<T>) => Promise<T>

export interface PortableCommitterOptions {
  readonly root: PortableRoot
  readonly locks: LockTable
  readonly lockPath: string
  readonly page: SharedPage
  readonly run: RunOperation
  readonly operations: Operations
}

/** The commit procedure over node:fs. */
export class PortableCommitter implements Committer {
  readonly page: SharedPage
  readonly pageInode = 0n
  readonly #options: PortableCommitterOptions
  readonly #state: CommitState
  readonly #primitives: CommitPrimitives
  #segment: OpenSegment | undefined
  /** The commit that holds the writer lock, if one does. */
  #committing: Promise<void> = Promise.resolve()
  /** The writer lock that the caller holds, apart from any commit. */
  #lock: Lock | undefined
  #closing: Promise<void> | undefined

  constructor(options: PortableCommitterOptions) {
    this.page = options.page
    this.#options = options
    this.#state = { page: options.page, segment: undefined, turn: Promise.resolve() }
    this.#primitives = this.#makePrimitives()
  }

  async useSegment(sequence: number, path: string): Promise<void> {
    await this.#run({ syscall: 'open', path, phase: 'call' }, async () => {
      const opened = await openSegment(this.#options.root, path)
      // Not during a commit that has already looked at the page.
      await this.#committing
      if (this.#closing !== undefined) return await opened.handle.close()
      const before = this.#segment
      this.#segment = opened
      this.#state.segment = { sequence, path, bytes: opened.bytes }
      await before?.handle.close()
    })
  }

  async commit(request: CommitRequest): Promise<CommitReply> {
    const path = this.#state.segment?.path ?? ''
    const work = async (): Promise<CommitReply> =>
      unlessShort(await commitBatch(this.#primitives, this.#state, request))
    const extraTimeoutMs = request.lockTimeoutMs
    const name = { syscall: 'commit', path, phase: 'commit', extraTimeoutMs } as const
    return await repeatCommit(async () => await this.#run(name, work))
  }

  async redo(records: Uint8Array, { flush }: { readonly flush: boolean }): Promise<void> {
    const name = { syscall: 'redo', path: '', phase: 'call' } as const
    await this.#run(name, async () => await redoRecords(this.#options.root, records, flush))
  }

  async flush(): Promise<void> {
    const { segment } = this.#state
    const name = { syscall: 'fdatasync', path: segment?.path ?? '', phase: 'flush' } as const
    await this.#run(name, async () => {
      const written = this.page.getU64('committed')
      await poisonOnFailure(this.#state, async () => await this.#primitives.flush())
      // Only what is in this segment is known to be flushed now.
      if (this.page.getU64('segment') !== segment?.sequence) return
      this.page.setU64('durable', Math.max(written, this.page.getU64('durable')))
    })
  }

  async lock(options: LockOptions): Promise<void> {
    const { locks, lockPath } = this.#options
    this.#assertOpen({ syscall: 'flock', path: lockPath, phase: 'lock' })
    this.#lock = await locks.acquire(lockPath, 'exclusive', options)
  }

  async unlock(): Promise<void> {
    const lock = this.#lock
    this.#lock = undefined
    const { abandonedChanges } = this.#options.operations
    // No caller waits for abandoned changes: callers that need the lock find it taken.
    if (abandonedChanges.any) void abandonedChanges.back().then(() => lock?.release())
    else await lock?.release()
  }

  close(): Promise<void> {
    this.#closing ??= this.#release()
    return this.#closing
  }

  async #release(): Promise<void> {
    await this.unlock()
    const closed = this.#state.turn.then(async () => await this.#closeSegment())
    // An abandoned commit keeps the segment until it returns.
    if (this.#options.operations.hasAbandoned) closed.catch(() => undefined)
    else await closed
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment
    this.#segment = undefined
    this.#state.segment = undefined
    await segment?.handle.close()
  }

  async #run<T>(name: CallName, work: () => Promise<T>): Promise<T> {
    this.#assertOpen(name)
    return await this.#options.run(name, work)
  }

  #assertOpen({ syscall, path, phase }: CallName): void {
    if (this.#closing !== undefined) throw new DiskError('EBADF', syscall, path, { phase })
  }

  #current(): OpenSegment {
    if (this.#segment === undefined) throw new DiskError('EBADF', 'segment', '')
    return this.#segment
  }

  #makePrimitives(): CommitPrimitives {
    const { root, locks, lockPath } = this.#options
    // Directories seen since the lock was taken, and since the last one was removed.
    const known: KnownDirectories = new Set()
    let lock: Lock | undefined
    let committed = (): void => undefined
    return {
      crc32c,
      stage: async (content) => await stageFile(root, content, { flush: false }),
      discard: async (staged) => void (await unlinkPresent(root, staged)),
      makeParents: async (path) => await root.makeParents(path),
      look: async (path) => await look(root, path, known),
      read: async (path, maxBytes) => await readFileWhole(root, path, maxBytes),
      checkParentWritable: async (path) => await checkParentWritable(root, path),
      publishNew: async (staged, path) => await publishStaged(root, staged, path, false),
      publishOver: async (staged, path) => await publishStaged(root, staged, path, true),
      remove: async (path) => await removeFile(root, path),
      flushParent: async (path) => await flushDirectories(root, [parentOf(path)]),
      pruneParents: async (path) => {
        known.clear()
        await pruneParents(root, path)
      },
      removeEmptyDirectory: async (path) => {
        known.clear()
        await removeEmptyDirectory(root, path)
      },
      append: async (bytes, offset) => {
        const { handle, path } = this.#current()
        const write = async (): Promise<void> => await writeFully(handle, bytes, offset)
        await attempt('pwrite', path, write, 'append')
      },
      flush: async () => {
        const { handle, path } = this.#current()
        await attempt('fdatasync', path, async () => await handle.datasync(), 'frame_flush')
      },
      lock: async (timeoutMs) => {
        lock = await locks.acquire(lockPath, 'exclusive', { timeoutMs })
        known.clear()
        this.#committing = new Promise((resolve) => (committed = resolve))
      },
      unlock: async () => {
        committed()
        await lock?.release()
      },
    }
  }
}

async function look(
  root: PortableRoot,
  path: string,
  known: KnownDirectories,
): Promise<Found | undefined> {
  const stat = await lstatPath(root, path, known).catch(absentBelowFile)
  if (stat === undefined) return undefined
  if (stat.isFile()) return { kind: 'file', bytes: stat.size }
  return { kind: stat.isDirectory() ? 'directory' : 'other', bytes: 0 }
}

/** Nothing exists below a plain file, as on the native disk. Making a file there still fails. */
function absentBelowFile(error: unknown): undefined {
  if (!(error instanceof DiskError && error.code === 'ENOTDIR')) throw error
}

async function checkParentWritable(root: PortableRoot, path: string): Promise<void> {
  const parent = parentOf(path)
  await attempt('access', path, async () => {
    await access(root.absolute(parent), constants.W_OK | constants.X_OK)
  })
}

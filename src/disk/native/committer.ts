import { isArrayBuffer } from '../../base/values.js'
import { segmentPath } from '../../format/layout.js'
import { SharedPage } from '../../format/page.js'
import type { Binding, CommitterHandle, NativeReply, OpenedCommitter } from './binding.js'
import { repeatCommit, unlessShort } from '../descriptors.js'
import type { CallName } from '../disk-error.js'
import type { CommitReply, CommitRequest, CommitStatus, Committer, LockOptions } from '../disk.js'
import { failed, type NativeCalls } from './calls.js'
import { untilAborted } from './lock.js'

/** In the order of native/core/commit.h. */
export const STATUSES: readonly CommitStatus[] = [
  'committed',
  'moved',
  'full',
  'unclean',
  'poisoned',
]

/** The write side of a journal; native/core/commit.cc does the work. */
export class NativeCommitter implements Committer {
  readonly page: SharedPage
  readonly pageInode: bigint
  readonly #binding: Binding
  readonly #calls: NativeCalls
  readonly #handle: CommitterHandle
  readonly #siblings: Set<NativeCommitter>
  readonly #underWay = new Set<Promise<unknown>>()
  /** Set while the lock is kept for abandoned calls that were made under it. */
  #keeping: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(
    binding: Binding,
    calls: NativeCalls,
    opened: OpenedCommitter,
    siblings: Set<NativeCommitter>,
  ) {
    this.page = sharedPage(binding, opened.page)
    this.pageInode = opened.pageInode
    this.#binding = binding
    this.#calls = calls
    this.#handle = opened.handle
    this.#siblings = siblings
  }

  useSegment(sequence: number, path: string): Promise<void> {
    return this.#run({ syscall: 'open', path, phase: 'call' }, (call) =>
      this.#binding.useSegment(call, this.#handle, sequence, path, segmentPath(sequence + 1)),
    )
  }

  async commit(request: CommitRequest): Promise<CommitReply> {
    return await repeatCommit(async () => await this.#commit(request))
  }

  async #commit(request: CommitRequest): Promise<CommitReply> {
    const { records, transactionCount, flush, timeMs, lockTimeoutMs } = request
    const name = {
      syscall: 'commit',
      path: '',
      phase: 'commit',
      extraTimeoutMs: lockTimeoutMs,
    } as const
    return await this.#runWithLock(name, async (call) => {
      const reply = await this.#binding.commit(
        call,
        this.#handle,
        records,
        transactionCount,
        request.kind === 'checkpoint',
        flush,
        timeMs,
        lockTimeoutMs,
      )
      return unlessShort(toReply(reply, transactionCount))
    })
  }

  redo(records: Uint8Array, options: { readonly flush: boolean }): Promise<void> {
    return this.#run({ syscall: 'redo', path: '', phase: 'call' }, (call) =>
      this.#binding.redo(call, this.#handle, records, options.flush),
    )
  }

  flush(): Promise<void> {
    return this.#run({ syscall: 'fdatasync', path: '', phase: 'flush' }, (call) =>
      this.#binding.flushSegment(call, this.#handle),
    )
  }

  async lock(options: LockOptions): Promise<void> {
    const { timeoutMs, signal } = options
    await untilAborted(this.#binding, signal, (onCall) =>
      this.#runWithLock(
        { syscall: 'flock', path: '', phase: 'lock', extraTimeoutMs: timeoutMs },
        (call) => {
          onCall(call)
          return this.#binding.lockWriter(call, this.#handle, timeoutMs)
        },
      ),
    )
    if (signal?.aborted !== true) return
    await this.unlock()
    throw signal.reason
  }

  async unlock(): Promise<void> {
    const { abandoned } = this.#calls
    if (!abandoned.any) return await this.#unlock()
    this.#keeping = abandoned.back().then(async () => {
      this.#keeping = undefined
      await this.#unlock()
    })
    // No caller waits for it: callers that need the lock find it taken.
    this.#keeping.catch(() => undefined)
  }

  async #unlock(): Promise<void> {
    await this.#calls.runUnchecked({ syscall: 'flock', path: '', phase: 'lock' }, (call) =>
      this.#binding.unlockWriter(call, this.#handle),
    )
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  /** For the close of the volume, when nothing is under way any more. */
  releaseNow(): void {
    this.#closing ??= Promise.resolve()
    this.#release()
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    this.#release()
  }

  #release(): void {
    this.#siblings.delete(this)
    const release = (): void => this.#binding.closeCommitter(this.#handle)
    if (this.#keeping === undefined) release()
    else this.#keeping.then(release, release)
  }

  /** For calls that need the writer lock: while it is kept, they wait as if another process had it. */
  async #runWithLock<T>(name: CallName, begin: (call: number) => Promise<T>): Promise<T> {
    const keeping = this.#keeping
    if (keeping === undefined) return await this.#run(name, begin)
    return await this.#run(name, async (call) => {
      await keeping
      if (this.#calls.isWaitedFor(call)) return await begin(call)
      throw failed('ETIMEDOUT', name)
    })
  }

  async #run<T>(name: CallName, begin: (call: number) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw failed('EBADF', name)
    const running = this.#calls.run(name, begin)
    this.#underWay.add(running)
    try {
      return await running
    } finally {
      this.#underWay.delete(running)
    }
  }
}

function sharedPage(binding: Binding, page: OpenedCommitter['page']): SharedPage {
  if (isArrayBuffer(page)) return new SharedPage(page)
  return new SharedPage({
    read: (into) => binding.readPage(page, into),
    write: (offset, bytes) => binding.writePage(page, offset, bytes),
  })
}

function toReply(reply: NativeReply, transactionCount: number): CommitReply {
  const [status, fromSegment, fromOffset, fromLsn, fromChain] = reply
  const [, , , , , toSegment, toOffset, toLsn, toChain, failures] = reply
  return {
    status: STATUSES[status] as CommitStatus,
    from: { segment: fromSegment, offset: fromOffset, lsn: fromLsn, chain: fromChain },
    to: { segment: toSegment, offset: toOffset, lsn: toLsn, chain: toChain },
    outcomes:
      failures === undefined ? Array.from({ length: transactionCount }, () => undefined) : failures,
  }
}

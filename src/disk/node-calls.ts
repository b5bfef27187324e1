import { clearTimeout, setTimeout } from '../base/clock.js'
import { AbandonedChanges } from './abandoned-changes.js'
import { DiskError, type CallName } from './disk-error.js'

/** Most abandoned operations that have not returned; beyond that, new ones are refused. */
const ABANDONED_MAX = 64

/**
 * The operations of one volume that are under way. One that outlives its deadline rejects with ETIMEDOUT and is left to
 * finish alone: what it holds stays with it until the kernel returns it.
 */
export class Operations {
  readonly abandonedChanges: AbandonedChanges = new AbandonedChanges()
  readonly #running = new Set<Promise<unknown>>()
  readonly #abandoned = new Set<Promise<unknown>>()
  #closed = false

  /** `timeoutMs` 0: no deadline, despite `extraTimeoutMs`. EBADF after `close`, EBUSY with too many calls abandoned. */
  async run<T>(name: CallName, timeoutMs: number, work: () => Promise<T>): Promise<T> {
    const { path, phase } = name
    if (this.#closed) throw new DiskError('EBADF', name.syscall, path, { phase })
    if (this.#abandoned.size >= ABANDONED_MAX)
      throw new DiskError('EBUSY', 'pool', path, { phase: 'pool' })
    const answer = this.#inTime(work(), name, timeoutMs)
    this.#running.add(answer)
    try {
      return await answer
    } finally {
      this.#running.delete(answer)
    }
  }

  /** Refuses new operations and waits for those under way, but not for abandoned ones. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }

  get hasAbandoned(): boolean {
    return this.#abandoned.size > 0
  }

  /** Resolves once the abandoned operations have returned. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#abandoned)
  }

  async #inTime<T>(task: Promise<T>, name: CallName, timeoutMs: number): Promise<T> {
    const { syscall, path, phase, extraTimeoutMs = 0 } = name
    if (timeoutMs === 0) return await task
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.#abandon(task)
        this.abandonedChanges.note(phase, task)
        reject(new DiskError('ETIMEDOUT', syscall, path, { phase }))
      }, timeoutMs + extraTimeoutMs)
    })
    try {
      return await Promise.race([task, deadline])
    } finally {
      clearTimeout(timer)
    }
  }

  #abandon(task: Promise<unknown>): void {
    this.#abandoned.add(task)
    const forget = (): void => void this.#abandoned.delete(task)
    task.then(forget, forget)
  }
}

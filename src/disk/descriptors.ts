import { clearTimeout, monotonicMs, setTimeout } from '../base/clock.js'
import type { CommitReply } from './disk.js'
import { DiskError, reasonOf, type DiskFailure, type DiskPhase } from './disk-error.js'
import { readProc } from './proc.js'

/** How long a call waits for the descriptors that other calls and open files of this thread hold. */
const WAIT_MS_MAX = 5000
/** Other parts of the program do not report what they close. A call retries after this time, then twice that. */
const FIRST_LOOK_MS = 20

/** Phases in which a call may have taken effect already, though it failed. */
const BEGUN: ReadonlySet<DiskPhase> = new Set(['append', 'frame_flush', 'publish'])

/** Whether this process (EMFILE) or the system (ENFILE) has no descriptor left. */
export function isOutOfDescriptors(failure: DiskFailure): boolean {
  return reasonOf(failure) === 'descriptors'
}

/**
 * The descriptors that this thread's volumes hold for a while: one or more for each call under way, one for each open
 * file. A call that finds none left waits for those, for some seconds; if there are none, waiting would be in vain.
 */
export class Descriptors {
  #held = 0
  /** How often descriptors were released. */
  #returns = 0
  /** Releases used for a retry. One call for each: if all retried, a thousand calls would make half a million tries. */
  #taken = 0
  /** Calls that were woken for a retry and have not begun yet: they are about to hold descriptors. */
  #beginning = 0
  readonly #waiting = new Set<(forReturn: boolean) => void>()

  /** Counts a holder of descriptors until the returned function is called, with whether it got them. */
  hold(): (hadThem?: boolean) => void {
    this.#held++
    let isHeld = true
    return (hadThem = true) => {
      if (!isHeld) return
      isHeld = false
      this.#held--
      if (hadThem) this.#returns++
      const [next] = this.#waiting
      // With nothing left to wait for, each waiting call has its last attempt.
      if (hadThem || this.#held === 0) next?.(hadThem)
    }
  }

  /**
   * Makes an attempt, and retries it for lack of descriptors: only for calls that have no effect when they fail so. A
   * commit that fails once its frame is in the journal is not retried: a retry would report its own failure, and the
   * frame is redone all the same.
   */
  async repeat<T>(attempt: () => Promise<T>): Promise<T> {
    let endMs: number | undefined
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs *= 2) {
      const returnsBefore = this.#returns
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof DiskError && isOutOfDescriptors(error))) throw error
        if (BEGUN.has(error.phase)) throw error
        endMs ??= monotonicMs() + WAIT_MS_MAX
        const leftMs = endMs - monotonicMs()
        if (leftMs <= 0) throw error
        // Descriptors that were held when this attempt failed may have been released before the failure arrived.
        if (this.#takeReturn(returnsBefore)) continue
        if (this.#held === 0 && this.#beginning === 0) throw error
        if (await this.#wait(Math.min(pauseMs, leftMs))) this.#beginning--
      }
    }
  }

  /** Whether descriptors were released since then that no other call has used for a retry. */
  #takeReturn(returnsBefore: number): boolean {
    const taken = Math.max(this.#taken, returnsBefore)
    if (taken === this.#returns) return false
    this.#taken = taken + 1
    return true
  }

  /** Whether it was woken by a release: then it counts as beginning. */
  async #wait(ms: number): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const wake = (forReturn: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        if (forReturn) {
          this.#taken = this.#returns
          this.#beginning++
        }
        resolve(forReturn)
      }
      const timer = setTimeout(() => wake(false), ms)
      this.#waiting.add(wake)
    })
  }
}

/** The descriptors of all volumes of this thread: the process has one limit. */
export const descriptors: Descriptors = new Descriptors()

/** The reply to a commit whose only transaction has found no descriptor: it had all that were available. */
class ShortReply extends DiskError {
  readonly reply: CommitReply

  constructor({ code, phase, syscall, path }: DiskFailure, reply: CommitReply) {
    super(code, syscall, path, { phase })
    this.reply = reply
  }
}

/** The reply, unless `repeatCommit` can get a better one. */
export function unlessShort(reply: CommitReply): CommitReply {
  const [only, ...others] = reply.outcomes
  if (only === undefined || others.length > 0 || !isOutOfDescriptors(only)) return reply
  throw new ShortReply(only, reply)
}

/** As `Descriptors.repeat`, for a commit whose reply goes through `unlessShort` while it is under way. */
export async function repeatCommit(commit: () => Promise<CommitReply>): Promise<CommitReply> {
  try {
    return await descriptors.repeat(commit)
  } catch (error) {
    if (error instanceof ShortReply) return error.reply
    throw error
  }
}

/** Counts `work` as a holder while it is under way. */
export async function holding<Result>(work: () => Promise<Result>): Promise<Result> {
  const giveBack = descriptors.hold()
  let hadThem = true
  try {
    return await work()
  } catch (error) {
    hadThem = !(error instanceof DiskError && isOutOfDescriptors(error))
    throw error
  } finally {
    giveBack(hadThem)
  }
}

/** The answers of many reads: each that found no descriptor is read again alone, which waits for one. */
export async function againOneByOne<Answer>(
  answers: readonly (Answer | DiskError)[],
  read: (at: number) => Promise<Answer>,
): Promise<readonly (Answer | DiskError)[]> {
  const all = [...answers]
  for (const [at, answer] of answers.entries()) {
    if (answer instanceof DiskError && isOutOfDescriptors(answer))
      all[at] = await answerOf(read(at))
  }
  return all
}

/** The answer, or the failure in its place. Anything but a DiskError passes through. */
export async function answerOf<Answer>(work: Promise<Answer>): Promise<Answer | DiskError> {
  try {
    return await work
  } catch (error) {
    if (error instanceof DiskError) return error
    throw error
  }
}

let limit: number | undefined

/** Reads how many descriptors this process may have, while there is one left to read it with. */
export async function learnDescriptorLimit(): Promise<void> {
  if (limit !== undefined) return
  const limits = (await readProc('/proc/self/limits')) ?? ''
  limit = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? 0)
}

/** undefined if the system does not say, or if no volume was opened yet. */
export function descriptorLimit(): number | undefined {
  return limit === 0 ? undefined : limit
}

import { wrongArgument } from '../base/misuse.js'
import { keepAlive } from '../base/clock.js'
import { isAbortSignal } from '../base/values.js'
import { checkPromptId } from '../document/prompt-id.js'
import { booleanOption, rejectUnknown, shown } from '../base/options.js'
import type { LabelMove } from './prompt-heads.js'
import type {
  AnyChange,
  LabelWatchOptions,
  VersionChange,
  VersionChanges,
} from './version-watch.js'

/** Most changes kept for a watcher that does not read them; past that it gets one reset instead. */
export const PENDING_CHANGES_MAX = 10_000

/** Hands the changes of one storage to all its watchers. */
export class ChangeFeed {
  readonly #watchers = new Set<Watcher>()

  /** Whether there are watchers: without them no change is put together. */
  get watched(): boolean {
    return this.#watchers.size > 0
  }

  /** Whether there are watchers of labels. */
  get watchesLabels(): boolean {
    for (const watcher of this.#watchers) if (watcher.labels) return true
    return false
  }

  publish(change: VersionChange): void {
    for (const watcher of this.#watchers) watcher.receive(change)
  }

  /** @param moves of labels of the prompt, in order; undefined if they are not known. @param at for a reset */
  publishMoves(promptId: string, moves: readonly LabelMove[] | undefined, at: string): void {
    const changes: readonly AnyChange[] = moves?.map((move) => {
      return { kind: 'label', prompt_id: promptId, ...move }
    }) ?? [resetAt(at)]
    for (const watcher of this.#watchers)
      if (watcher.labels && watcher.follows(promptId))
        for (const change of changes) watcher.receive(change)
  }

  /** @throws TypeError for wrong options */
  watch(options: Partial<LabelWatchOptions> = {}): VersionChanges<AnyChange> {
    checkWatchOptions(options)
    const watcher = new Watcher(options, () => this.#watchers.delete(watcher))
    if (options.signal?.aborted !== true) this.#watchers.add(watcher)
    return watcher
  }

  /** Ends every watch once its pending changes are read. */
  close(): void {
    for (const watcher of this.#watchers) watcher.finish()
  }
}

/** @throws TypeError for wrong options */
export function checkWatchOptions(options: Partial<LabelWatchOptions> | undefined): void {
  rejectUnknown(options, ['promptId', 'labels', 'signal'], 'watch')
  booleanOption('labels', options?.labels, false)
  if (options?.promptId !== undefined) checkPromptId(options.promptId)
  if (options?.signal !== undefined && !isAbortSignal(options.signal))
    throw wrongArgument(`Option "signal" must be an AbortSignal, got ${shown(options.signal)}`)
}

function resetAt(at: string): VersionChange {
  return { kind: 'reset', prompt_id: '', version: '', at }
}

type Turn = IteratorResult<AnyChange, undefined>

class Watcher implements VersionChanges<AnyChange> {
  readonly labels: boolean
  readonly #promptId: string | undefined
  readonly #signal: AbortSignal | undefined
  readonly #leave: () => void
  #pending: AnyChange[] = []
  /** Calls of `next` that wait for their change. Always empty while changes are pending. */
  readonly #waiting: ((turn: Turn) => void)[] = []
  /** Set while a call waits: a process that has nothing else to do must not end meanwhile. */
  #endKeepAlive: (() => void) | undefined
  #finished = false

  constructor(options: Partial<LabelWatchOptions>, leave: () => void) {
    this.labels = options.labels ?? false
    this.#promptId = options.promptId
    this.#signal = options.signal
    this.#leave = leave
    if (this.#signal?.aborted === true) this.#finished = true
    else this.#signal?.addEventListener('abort', this.#stop, { once: true })
  }

  follows(promptId: string): boolean {
    return this.#promptId === undefined || this.#promptId === promptId
  }

  receive(change: AnyChange): void {
    if (this.#finished) return
    if (change.kind === 'reset' && this.#pending.at(-1)?.kind === 'reset') return
    if (change.kind !== 'reset' && !this.follows(change.prompt_id)) return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      if (this.#waiting.length === 0) this.#release()
      waiting({ done: false, value: change })
    } else if (this.#pending.length < PENDING_CHANGES_MAX) this.#pending.push(change)
    else this.#pending = [resetAt(change.at)]
  }

  finish(): void {
    this.#finished = true
    this.#leave()
    this.#release()
    this.#signal?.removeEventListener('abort', this.#stop)
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined })
  }

  next(): Promise<Turn> {
    const change = this.#pending.shift()
    if (change !== undefined) return Promise.resolve({ done: false, value: change })
    if (this.#finished) return Promise.resolve({ done: true, value: undefined })
    this.#endKeepAlive ??= keepAlive()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  return(): Promise<Turn> {
    this.#stop()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #release(): void {
    this.#endKeepAlive?.()
    this.#endKeepAlive = undefined
  }

  /** After an abort or a `break`, pending changes are dropped, too. */
  readonly #stop = (): void => {
    this.#pending = []
    this.finish()
  }
}

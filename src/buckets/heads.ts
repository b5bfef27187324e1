import { monotonicMs, nowText, sleep } from '../base/clock.js'
import { backoffMs } from '../base/retry.js'
import type { StoredObject } from '../objects/service.js'
import { newId, type Bucket } from './bucket.js'
import { tooBusy } from './failure.js'
import { abandoned, emptyHead, type HeadState } from './head-state.js'
import { decodeHeadState, encodeHeadState } from './head-text.js'
import type { ObjectNames } from './object-names.js'
import type { TransactionRecords } from './records.js'

/** A head as it was read, and the object that it was read from: undefined if there is none. */
export interface ReadHead {
  readonly state: HeadState
  readonly object: StoredObject | undefined
}

/** A head as readers take it. */
export interface HeadView extends ReadHead {
  /** The prompt: without a transaction that is decided. One that is not is in `prepared`. */
  readonly seen: HeadState
}

export interface HeadTimes {
  /** How long a change competes with those of others. */
  readonly lockTimeoutMs: number
  /** For how long a transaction of another process has to make no progress before it is undone. */
  readonly abandonedMs: number
}

/** Each version that a transaction saves gives it this much more time. */
const ABANDONED_MS_BY_VERSION = 100
const BACKOFF = { delayMs: 10, maxDelayMs: 200 }

/** The heads of the prompts: objects that change by compare-and-set alone. */
export class Heads {
  readonly #bucket: Bucket
  readonly #names: ObjectNames
  readonly #records: TransactionRecords
  readonly #times: HeadTimes

  constructor(bucket: Bucket, names: ObjectNames, records: TransactionRecords, times: HeadTimes) {
    this.#bucket = bucket
    this.#names = names
    this.#records = records
    this.#times = times
  }

  /** @throws StorageError FS-LOAD-001 for a damaged one */
  async read(promptId: string): Promise<ReadHead> {
    const name = this.#names.head(promptId)
    const found = await this.#bucket.read(name)
    if (found === undefined) return { state: emptyHead(promptId), object: undefined }
    const state = decodeHeadState(found.bytes, `${this.#bucket.place}: ${name}`)
    return { state, object: found.object }
  }

  async view(promptId: string): Promise<HeadView> {
    const head = await this.read(promptId)
    return { ...head, seen: await this.#seen(head.state) }
  }

  /** Whether the prompt is still as it was viewed: one request, or two while a transaction is under way. */
  async isSame({ state, object, seen }: HeadView): Promise<boolean> {
    const now = await this.#bucket.head(this.#names.head(state.promptId))
    if (now?.version !== object?.version) return false
    const { prepared } = seen
    if (prepared?.isShared !== true) return true
    return (await this.#records.read(prepared.id))?.outcome !== 'committed'
  }

  /** Undefined if the head is another one by now, or that is not clear: read it again. */
  async swap({ state, object }: ReadHead, next: HeadState): Promise<ReadHead | undefined> {
    const written = await this.#bucket.write({
      name: this.#names.head(state.promptId),
      bytes: encodeHeadState(next),
      id: newId(),
      precondition: object === undefined ? 'absent' : { version: object.version },
    })
    return written && { state: next, object: written }
  }

  /**
   * The head without any transaction under way: one that is decided is carried out, and one that makes no progress is
   * undone.
   * @throws StorageError FS-LOCK-001 if others come first for `lockTimeoutMs`
   */
  async settled(promptId: string): Promise<ReadHead> {
    const beginMs = monotonicMs()
    let seen = { id: '', sinceMs: beginMs }
    for (let turn = 1; ; turn++) {
      const head = await this.read(promptId)
      const { prepared } = head.state
      if (prepared === undefined) return head
      if (prepared.id !== seen.id) seen = { id: prepared.id, sinceMs: monotonicMs() }
      const patienceMs = this.#times.abandonedMs + prepared.saves.length * ABANDONED_MS_BY_VERSION
      const isAbandoned = monotonicMs() - seen.sinceMs >= patienceMs
      const done = await this.#advance(head, isAbandoned)
      if (done !== undefined) return done
      if (monotonicMs() - beginMs >= this.#times.lockTimeoutMs + patienceMs)
        throw tooBusy(`Prompt ${promptId}`, this.#times.lockTimeoutMs)
      await sleep(backoffMs(turn, BACKOFF))
    }
  }

  /** Finishes what is decided, in any head that still shows it. */
  async finish(promptId: string, id: string): Promise<void> {
    for (;;) {
      const head = await this.read(promptId)
      if (head.state.prepared?.id !== id) return
      if ((await this.#advance(head, false)) !== undefined) return
    }
  }

  /** Undefined if there was nothing to do, or another process has done it. */
  async #advance(head: ReadHead, isAbandoned: boolean): Promise<ReadHead | undefined> {
    const { prepared, promptId } = head.state
    if (prepared === undefined) return head
    if (prepared.isShared) {
      const outcome =
        (await this.#records.read(prepared.id))?.outcome ??
        (isAbandoned ? await this.#records.decide(prepared.id, 'aborted', [promptId]) : undefined)
      if (outcome === undefined) return undefined
      if (outcome === 'committed') return await this.swap(head, prepared.after)
    } else if (!isAbandoned) return undefined
    return await this.swap(head, abandoned(head.state, nowText()))
  }

  async #seen(state: HeadState): Promise<HeadState> {
    const { prepared } = state
    if (prepared?.isShared !== true) return state
    const record = await this.#records.read(prepared.id)
    return record?.outcome === 'committed' ? prepared.after : state
  }
}

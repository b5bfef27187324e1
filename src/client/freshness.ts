import { monotonicMs } from '../base/clock.js'
import type {
  SourceEvent,
  SourceListener,
  SourceReport,
} from '../versions/source/document-source.js'
import type { ChangeStream, StreamListener } from './change-stream.js'

/** In the second half of its time, an answer from memory makes the client ask for changes. */
const REVALIDATED_AFTER = 0.5

/**
 * Knows how old memory is, by the client's own clock, and keeps the bound: within the first half of it, memory answers;
 * within the second, memory answers and changes are asked for; after it, changes are asked for first. Where they cannot
 * be known, memory is dropped, and each answer is the server's own.
 */
export class Freshness implements StreamListener {
  readonly #maxStaleMs: number
  #listener: SourceListener = () => undefined
  #stream: Pick<ChangeStream, 'isLive' | 'catchUp'> | undefined
  #currentMs = Number.NEGATIVE_INFINITY
  #followers = 0
  #asking: Promise<void> | undefined
  /**
   * Commits of this client from before its watchers, of which the stream has not said yet: they are in memory already,
   * and are not news to a watcher who begins now.
   */
  readonly #own = new Set<string>()
  /** When names and heads were read. The stream does not report tags and deprecations, so these are read again. */
  readonly #readMs = new Map<string, number>()
  /** No later than the first of these: most answers from memory then need no look at them. */
  #firstReadMs: number = Number.POSITIVE_INFINITY

  constructor(maxStaleMs: number) {
    this.#maxStaleMs = maxStaleMs
  }

  /** Where changes come from. */
  asks(stream: Pick<ChangeStream, 'isLive' | 'catchUp'>): void {
    this.#stream = stream
  }

  listen(listener: SourceListener): void {
    this.#listener = listener
  }

  /** Counts a watcher, who hears of interruptions, until the returned function is called. */
  follow(): () => void {
    this.#followers++
    return () => {
      this.#followers--
    }
  }

  /** Notes that the head or the names of a prompt are read now. */
  reads(promptId: string): void {
    if (this.#maxStaleMs === 0) return
    if (this.#readMs.has(promptId)) return
    const nowMs = monotonicMs()
    this.#readMs.set(promptId, nowMs)
    this.#firstReadMs = Math.min(this.#firstReadMs, nowMs)
  }

  /** Notes what this client is about to commit; the returned function takes it back. */
  commits(events: readonly SourceEvent[]): () => void {
    if (this.#followers > 0 || this.#stream?.isLive !== true) return () => undefined
    const keys = events.flatMap(keysOf)
    for (const key of keys) this.#own.add(key)
    return () => {
      for (const key of keys) this.#own.delete(key)
    }
  }

  changed(events: readonly SourceEvent[]): void {
    const news = events.filter((event) => {
      const own = keysOf(event).filter((key) => this.#own.delete(key))
      return own.length === 0
    })
    if (news.length > 0) this.#listener(news)
  }

  interrupted(): void {
    this.#own.clear()
    this.#listener([{ kind: this.#followers > 0 ? 'reset' : 'expired' }])
    this.#readMs.clear()
  }

  currentAt(ms: number): void {
    this.#currentMs = Math.max(this.#currentMs, ms)
  }

  /** As `DocumentSource.refresh`. */
  refresh(fresh: boolean): Promise<void> | undefined {
    const nowMs = monotonicMs()
    if (fresh) {
      this.#drop(nowMs)
      // A question of its own: one that is under way may have been answered before this call.
      return this.#followers > 0 ? this.#stream?.catchUp() : undefined
    }
    const ageMs = nowMs - this.#currentMs
    if (ageMs > this.#maxStaleMs) return this.#orDropped()
    if (ageMs > this.#maxStaleMs * REVALIDATED_AFTER && this.#stream?.isLive !== true)
      // Its failure is that of the next question.
      this.#caughtUp().catch(() => undefined)
    this.#forgetRead(nowMs - this.#maxStaleMs)
    return undefined
  }

  /** One question at a time; all who wait share it. */
  async #caughtUp(): Promise<void> {
    this.#asking ??= (async () => {
      try {
        await this.#stream?.catchUp()
      } finally {
        this.#asking = undefined
      }
    })()
    await this.#asking
  }

  async #orDropped(): Promise<void> {
    // Nothing was known yet, so nothing is in memory: it begins now.
    if (this.#currentMs === Number.NEGATIVE_INFINITY) {
      this.#drop(monotonicMs())
      return
    }
    try {
      await this.#caughtUp()
    } catch {
      // Without the stream, the answers of the server itself count: memory begins again, see below.
    }
    const nowMs = monotonicMs()
    if (nowMs - this.#currentMs > this.#maxStaleMs) this.#drop(nowMs)
    else this.#forgetRead(nowMs - this.#maxStaleMs)
  }

  #drop(nowMs: number): void {
    this.#listener([{ kind: 'expired' }])
    this.#readMs.clear()
    this.#currentMs = nowMs
  }

  #forgetRead(beforeMs: number): void {
    if (beforeMs < this.#firstReadMs) return
    for (const [promptId, readMs] of this.#readMs) {
      this.#firstReadMs = readMs
      if (readMs > beforeMs) return
      this.#readMs.delete(promptId)
      const forgotten: SourceReport = { kind: 'head', promptId, moves: [] }
      this.#listener([forgotten])
    }
    this.#firstReadMs = Number.POSITIVE_INFINITY
  }
}

/** A change by its names; moves one by one, as the stream reports them. */
function keysOf(event: SourceEvent): readonly string[] {
  if (event.kind === 'reset') return []
  const { kind, promptId } = event
  if (event.kind !== 'head') return [`${kind}\0${promptId}\0${event.version}`]
  return (event.moves ?? []).map(
    ({ label, at, to }) => `${kind}\0${promptId}\0${label}\0${at}\0${to}`,
  )
}

import type { MessagePort } from 'node:worker_threads'
import { monotonicMs, sleep } from '../base/clock.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import { Database, type Outcome } from './database.js'
import { isBusy, loadDriver, type Driver } from './driver.js'
import { failureOf, type Phase } from './failure.js'
import {
  isWrite,
  type Answers,
  type Ask,
  type DatabaseSettings,
  type Failure,
  type Opened,
  type ReadOperation,
  type Reply,
  type Request,
} from './messages.js'
import { failureOfRefusal } from './schema.js'
import { WriteQueue } from './write-queue.js'

/** How long to wait before a locked database is tried again. */
const LOCK_POLL_MS = 5

/** Opens a database and answers what arrives at the port, until a message that is not a list of requests. */
export async function serve(port: MessagePort, settings: DatabaseSettings): Promise<void> {
  const driver = await loadDriver(settings.driver)
  if (driver === undefined) {
    port.postMessage({ missing: true } satisfies Opened)
    return
  }
  const database = await openDatabase(driver, settings)
  if ('failure' in database) {
    port.postMessage({ failure: database.failure } satisfies Opened)
    return
  }
  const thread = new DatabaseThread(port, database, settings)
  port.on('message', (message: readonly Request[] | 'close') => {
    if (message === 'close') void thread.close()
    else thread.receive(message)
  })
  const { sqliteVersion } = database
  port.postMessage({ driver: driver.name, sqliteVersion } satisfies Opened)
}

async function openDatabase(
  driver: Driver,
  settings: DatabaseSettings,
): Promise<Database | { readonly failure: Failure }> {
  const opened = await untilUnlocked(settings.lockTimeoutMs, () => Database.open(driver, settings))
  if ('result' in opened) return opened.result
  const { error } = opened
  return { failure: failureOfRefusal(error) ?? failureOf(error, 'open', settings.file) }
}

/** A database behind a port. */
class DatabaseThread {
  readonly #port: MessagePort
  readonly #database: Database
  readonly #settings: DatabaseSettings
  readonly #writes: WriteQueue
  /** Reads that wait for a lock; hardly any ever do. */
  readonly #delayed = new Set<Promise<void>>()

  constructor(port: MessagePort, database: Database, settings: DatabaseSettings) {
    this.#port = port
    this.#database = database
    this.#settings = settings
    this.#writes = new WriteQueue(database, settings, (requests, outcomes, events) => {
      const replies = requests.map(({ id }, at) => replyOf(id, outcomes[at] as Outcome))
      this.#post(events, replies)
    })
  }

  /** Reads are answered at once: they wait neither for the lock of a writer nor for the calls before them. */
  receive(requests: readonly Request[]): void {
    const events: SourceEvent[] = []
    const replies: Reply[] = []
    for (const request of requests) {
      if (isWrite(request)) continue
      const answered = this.#read(request as Request<ReadOperation>, events)
      if (answered === undefined) this.#readLater(request as Request<ReadOperation>)
      else replies.push(answered)
    }
    if (replies.length > 0) this.#post(events, replies)
    const writes = requests.filter(isWrite)
    if (writes.length > 0) this.#writes.add(writes)
  }

  async close(): Promise<void> {
    await this.#writes.drain()
    await Promise.all(this.#delayed)
    this.#database.close()
    this.#port.close()
  }

  /** Undefined if the database is locked. */
  #read({ id, ask }: Request<ReadOperation>, events: SourceEvent[]): Reply | undefined {
    try {
      return { id, answer: this.#answer(ask as Ask<ReadOperation>, events) }
    } catch (error) {
      return isBusy(error) ? undefined : { id, failure: this.#failure(error, 'read') }
    }
  }

  #answer(ask: Ask<ReadOperation>, events: SourceEvent[]): unknown {
    if (ask.op !== 'refresh') return this.#database.read(ask)
    for (const event of this.#database.unseen()) events.push(event)
    return undefined
  }

  #readLater({ id, ask }: Request<ReadOperation>): void {
    const events: SourceEvent[] = []
    const delayed = untilUnlocked(this.#settings.lockTimeoutMs, () =>
      this.#answer(ask as Ask<ReadOperation>, events),
    ).then((done) => {
      this.#delayed.delete(delayed)
      const outcome =
        'result' in done ? { answer: done.result } : { failure: this.#failure(done.error, 'read') }
      this.#post(events, [replyOf(id, outcome)])
    })
    this.#delayed.add(delayed)
  }

  #failure(error: unknown, phase: Phase): Failure {
    return failureOf(error, phase, this.#settings.file)
  }

  #post(events: readonly SourceEvent[], replies: readonly Reply[]): void {
    this.#port.postMessage({ events, replies } satisfies Answers)
  }
}

function replyOf(id: number, outcome: Outcome): Reply {
  return 'failure' in outcome ? { id, failure: outcome.failure } : { id, answer: outcome.answer }
}

/** Makes a call again while the database is locked. */
async function untilUnlocked<Result>(
  timeoutMs: number,
  call: () => Result,
): Promise<{ readonly result: Result } | { readonly error: unknown }> {
  const endMs = monotonicMs() + timeoutMs
  for (;;) {
    try {
      return { result: call() }
    } catch (error) {
      if (!isBusy(error) || monotonicMs() > endMs) return { error }
    }
    await sleep(LOCK_POLL_MS)
  }
}

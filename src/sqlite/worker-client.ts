import { Worker } from 'node:worker_threads'
import { soon } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { toError } from '../base/values.js'
import type { SourceListener } from '../versions/source/document-source.js'
import { storageErrorOf } from './failure.js'
import {
  isWrite,
  type Answers,
  type DatabaseSettings,
  type Opened,
  type Operation,
  type Operations,
  type Reply,
  type Request,
} from './messages.js'

interface Call {
  readonly request: Request
  readonly settle: (reply: Reply) => void
  readonly fail: (error: unknown) => void
}

/** A database in a thread of its own, so that the event loop never waits for the disk. */
export class WorkerClient {
  readonly #worker: Worker
  readonly #file: string
  readonly #calls = new Map<number, Call>()
  readonly #exited: Promise<void>
  #unsent: Request[] = []
  #listener: SourceListener | undefined
  #nextId = 0
  #death: Error | undefined

  /** @throws TypeError if the driver is not installed; StorageError if the database cannot be opened */
  static async open(settings: DatabaseSettings): Promise<WorkerClient> {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: settings,
      name: 'holdfast-sqlite',
      // Those of the program, such as --input-type, are not meant for the file.
      execArgv: [],
    })
    const opened = await new Promise<Opened>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error('The thread of the database has ended')))
    }).catch((cause: unknown) => {
      const context = { path: settings.file }
      const message = `The thread of ${settings.file} did not start`
      throw new StorageError('FS-UNAVAILABLE-001', message, { context, cause })
    })
    // Not all events: Node listens to its own.
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
    if ('driver' in opened) return new WorkerClient(worker, settings.file)
    await worker.terminate()
    throw 'missing' in opened ? missingDriver(settings) : storageErrorOf(opened.failure)
  }

  private constructor(worker: Worker, file: string) {
    this.#worker = worker
    this.#file = file
    worker.on('message', (message: Answers) => this.#receive(message))
    worker.on('error', (error) => this.#die(toError(error)))
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (status) => {
        this.#die(new Error(`The thread has ended with ${status}`))
        resolve()
      })
    })
    // An idle database does not keep the process alive.
    worker.unref()
  }

  listen(listener: SourceListener): void {
    this.#listener = listener
  }

  /** @throws StorageError */
  async call<Op extends Operation>(
    op: Op,
    ask: Operations[Op]['ask'],
  ): Promise<Operations[Op]['answer']> {
    if (this.#death !== undefined) throw this.#unavailable()
    const request = { id: this.#nextId++, ask: { op, ...ask } } as Request
    const reply = await new Promise<Reply>((settle, fail) => {
      if (this.#calls.size === 0) this.#worker.ref()
      this.#calls.set(request.id, { request, settle, fail })
      this.#unsent.push(request)
      if (this.#unsent.length === 1) soon(() => this.#send())
    })
    if ('failure' in reply) throw storageErrorOf(reply.failure)
    return reply.answer as Operations[Op]['answer']
  }

  /** Answers all calls, and ends the thread. */
  async close(): Promise<void> {
    if (this.#death === undefined) {
      this.#worker.ref()
      this.#send()
      this.#worker.postMessage('close')
    }
    await this.#exited
  }

  /** Calls of the same moment go in one message. */
  #send(): void {
    const requests = this.#unsent
    this.#unsent = []
    if (requests.length > 0) this.#worker.postMessage(requests)
  }

  #receive({ events, replies }: Answers): void {
    if (events.length > 0) this.#listener?.(events)
    for (const reply of replies) {
      this.#calls.get(reply.id)?.settle(reply)
      this.#calls.delete(reply.id)
    }
    if (this.#calls.size === 0) this.#worker.unref()
  }

  #die(reason: Error): void {
    this.#death ??= reason
    for (const { request, fail } of this.#calls.values())
      fail(isWrite(request) ? this.#unknown() : this.#unavailable())
    this.#calls.clear()
  }

  #unavailable(): StorageError {
    const message = `The thread of ${this.#file} has ended; open the database again`
    return new StorageError('FS-UNAVAILABLE-001', message, {
      context: { path: this.#file },
      cause: this.#death,
    })
  }

  #unknown(): StorageError {
    const message = `The thread of ${this.#file} ended before it answered: the change may have been committed`
    return new StorageError('FS-TIMEOUT-001', message, {
      context: { path: this.#file, outcome: 'unknown' },
      cause: this.#death,
    })
  }
}

function missingDriver({ driver }: DatabaseSettings): TypeError {
  const remedy = 'npm install better-sqlite3@12'
  if (driver === 'node')
    return wrongArgument(
      `Option "driver" is 'node', and this Node has no node:sqlite; use Node 22.13 or later, or ${remedy}`,
    )
  return wrongArgument(`SQLite needs a package that is not installed: ${remedy}`)
}

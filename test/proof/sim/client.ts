import { Writable, type WritableOptions } from 'node:stream'
import type { Engine } from './engine.js'
import type { Machine } from './machine.js'
import type { Model, Observed, Transaction, Value } from './model.js'

/** The condition did not hold: what was to be new is there, what was to go or to be labelled is gone, or is labelled. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'FS-CONFLICT-001',
  'OPT-VER-001',
  'OPT-VER-002',
  'OPT-LABEL-001',
])

/** An archive, and when it was made. */
export interface Backup {
  readonly from: number
  readonly to: number
  readonly pieces: readonly Uint8Array[]
}

export type Outcome = 'done' | 'conflict' | 'failed' | 'unknown'

/** The callers' side of a live run: calls the engine, and tells the model and the trace what came of it. */
export class Client {
  readonly engine: Engine
  readonly machine: Machine
  readonly model: Model
  readonly problems: string[]
  readonly backups: Backup[] = []
  /** Errors are to be expected: the disk does not work as it should. */
  readonly faulty: boolean

  constructor(engine: Engine, machine: Machine, model: Model, problems: string[], faulty: boolean) {
    this.engine = engine
    this.machine = machine
    this.model = model
    this.problems = problems
    this.faulty = faulty
  }

  get now(): number {
    return this.machine.kernel.trace.length
  }

  /** Calls `work`, which is to have these effects, all or none of them. */
  async write(effects: ReadonlyMap<string, Value>, work: () => Promise<unknown>): Promise<Outcome> {
    const { kernel } = this.machine
    const transaction = this.model.call(effects, this.now)
    kernel.mark('called', transaction.id)
    try {
      await work()
      this.#acknowledge(transaction)
      return 'done'
    } catch (error) {
      return this.#fail(transaction, error)
    }
  }

  /** After `work`, loss of power cannot take what was acknowledged before it. */
  async makeDue(work: () => Promise<unknown>): Promise<void> {
    const acknowledged = this.model.acknowledgedBy(this.now)
    try {
      await work()
    } catch (error) {
      this.expected(error, 'what makes calls durable')
      return
    }
    for (const transaction of acknowledged)
      transaction.dueAt = Math.min(transaction.dueAt, this.now)
  }

  /** Asks for one key, and checks the answer against what was acknowledged before it was asked. */
  async read(
    key: string,
    work: () => Promise<Value>,
    shownAs?: (value: Value) => Value,
  ): Promise<void> {
    const calledAt = this.now
    try {
      const value = await work()
      const shown = this.model.read(key, value, calledAt, this.now, shownAs)
      if (shown === undefined) {
        this.problems.push(
          `a read of ${key} from ${calledAt} to ${this.now} gave ${value?.slice(0, 40) ?? 'nothing'}`,
        )
        return
      }
      for (const transaction of shown) this.#see(transaction)
    } catch (error) {
      this.expected(error, `a read of ${key}`)
    }
  }

  /**
   * Makes a backup, which is restored after the run. One that reads the store without a lock may find no moment without
   * a commit.
   */
  async backUp(work: (to: Writable) => Promise<unknown>, isReader: boolean): Promise<void> {
    const from = this.now
    const pieces: Uint8Array[] = []
    const write: WritableOptions['write'] = (piece, _, done) => {
      pieces.push(Uint8Array.from(piece as Uint8Array))
      done()
    }
    try {
      await work(new Writable({ write }))
      this.backups.push({ from, to: this.now, pieces })
      this.machine.kernel.mark('seen', 0)
    } catch (error) {
      const { StorageError } = this.engine
      const isOvertaken = error instanceof StorageError && error.context['reason'] === 'read_only'
      if (!(isReader && isOvertaken)) this.expected(error, 'a backup')
    }
  }

  /** Checks what a backup holds. From its end on, callers have seen it. */
  judge({ from, to }: Backup, observed: Observed): void {
    this.problems.push(
      ...this.model
        .between(from, to)
        .check(observed)
        .map((problem) => `a backup: ${problem}`),
    )
    for (const key of this.model.keys)
      for (const transaction of this.model.read(key, observed.get(key), from, to) ?? [])
        transaction.seenAt = Math.min(transaction.seenAt, to)
  }

  /** Notes a failure that nothing explains. */
  expected(error: unknown, what: string): void {
    if (this.faulty && error instanceof this.engine.StorageError) return
    this.problems.push(`${what} failed: ${describe(error)}`)
  }

  #acknowledge(transaction: Transaction): void {
    this.machine.kernel.mark('acknowledged', transaction.id)
    transaction.acknowledgedAt = this.now
  }

  #see(transaction: Transaction): void {
    if (transaction.seenAt <= this.now || transaction.acknowledgedAt <= this.now) return
    this.machine.kernel.mark('seen', transaction.id)
    transaction.seenAt = this.now
  }

  #fail(transaction: Transaction, error: unknown): Outcome {
    const outcome = this.#outcomeOf(error)
    if (outcome === 'unknown') return outcome
    this.machine.kernel.mark('failed', transaction.id)
    transaction.failedAt = this.now
    if (outcome === 'failed') this.expected(error, `transaction ${transaction.id}`)
    return outcome
  }

  #outcomeOf(error: unknown): Outcome {
    if (!(error instanceof this.engine.StorageError)) {
      this.problems.push(`an error without a code: ${describe(error)}`)
      return 'unknown'
    }
    if (CONFLICTS.has(error.code)) return 'conflict'
    if (error.context['outcome'] === 'unknown') {
      this.expected(error, 'a transaction')
      return 'unknown'
    }
    return 'failed'
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `${error.name}: ${error.message}${cause}`
}

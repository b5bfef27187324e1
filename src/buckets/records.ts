import { nowMs, nowText } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { isErrorNamed } from '../base/values.js'
import type { ListedObject } from '../objects/service.js'
import { newId, type Bucket } from './bucket.js'
import { failedChange } from './failure.js'
import type { ObjectNames } from './object-names.js'

/** What became of a transaction over several prompts. */
export type Outcome = 'committed' | 'aborted'

/** The object that decides a transaction over several prompts: the first that is created counts. */
export interface TransactionRecord {
  readonly outcome: Outcome
  readonly promptIds: readonly string[]
}

/** The records of transactions over several prompts. */
export class TransactionRecords {
  readonly #bucket: Bucket
  readonly #names: ObjectNames

  constructor(bucket: Bucket, names: ObjectNames) {
    this.#bucket = bucket
    this.#names = names
  }

  /** Undefined for a transaction that is not decided. */
  async read(id: string): Promise<TransactionRecord | undefined> {
    const name = this.#names.transaction(id)
    const found = await this.#bucket.read(name)
    return found && parsed(found.bytes, `${this.#bucket.place}: ${name}`)
  }

  /** Decides a transaction that is not decided yet. Returns what it was decided to be. */
  async decide(id: string, outcome: Outcome, promptIds: readonly string[]): Promise<Outcome> {
    const name = this.#names.transaction(id)
    const record = { outcome, prompt_ids: promptIds, at: nowText() }
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`)
    let isSent = false
    try {
      for (;;) {
        const written = { name, bytes, id: newId(), precondition: 'absent' } as const
        if ((await this.#bucket.write(written)) !== undefined) return outcome
        isSent = true
        const decided = await this.read(id)
        if (decided !== undefined) return decided.outcome
      }
    } catch (error) {
      throw failedChange(error, isSent)
    }
  }

  /** Once no head refers to it any more: only by who has decided it, since others may still ask. */
  async remove(id: string): Promise<void> {
    const object = await this.#bucket.head(this.#names.transaction(id))
    if (object !== undefined) await this.#bucket.discard(object)
  }

  /** The transactions that were decided at least this long ago, with the objects of their records. */
  async *olderThan(
    ageMs: number,
  ): AsyncGenerator<readonly [id: string, object: ListedObject], void, void> {
    for await (const page of this.#bucket.scan(this.#names.transactions))
      for (const object of page) {
        const id = this.#names.parseTransaction(object.name)
        if (id !== undefined && nowMs() - object.modifiedMs >= ageMs) yield [id, object]
      }
  }
}

function parsed(bytes: Uint8Array, place: string): TransactionRecord {
  try {
    const { outcome, prompt_ids: promptIds } = JSON.parse(Buffer.from(bytes).toString()) as {
      readonly outcome: Outcome
      readonly prompt_ids: readonly string[]
    }
    if (outcome === 'committed' || outcome === 'aborted')
      return { outcome, promptIds: [...promptIds] }
  } catch (cause) {
    if (!isErrorNamed(cause, 'SyntaxError', 'TypeError')) throw cause
  }
  throw new StorageError('FS-LOAD-001', `${place} is damaged`, { context: { reason: 'record' } })
}

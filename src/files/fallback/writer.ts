import { nowMs } from '../../base/clock.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { isConflict } from '../../base/errors.js'
import type { DeleteCondition, Describe, StoredFile, WriteCondition } from '../backend.js'
import { checkCondition, isConditional, untilFirst } from '../conflict.js'
import type { FileDocument } from '../document.js'
import type { SpooledBody } from '../../objects/spool.js'
import type { KeyedQueue } from '../../base/keyed-queue.js'
import { DELETED, documentDigest, entryPath, type OutboxEntry, type FoundEntry } from './outbox.js'
import type { ReplayParts } from './replay.js'
import { isOutage } from '../../objects/failure.js'
import type { Replayer } from './replayer.js'

export interface WriterParts extends ReplayParts {
  readonly queue: KeyedQueue
  readonly replayer: Replayer
}

/**
 * Where a change goes: to the cloud, unless it is down or the key is pending already; else to the local store together
 * with its entry in the outbox. Changes of one key happen one after another, replays of it included.
 */
export class FallbackWriter {
  readonly #parts: WriterParts

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  async put(
    key: string,
    body: SpooledBody,
    describe: Describe,
    condition: WriteCondition,
  ): Promise<StoredFile> {
    const { cloud, local, memory, replayer } = this.#parts
    return await this.#change(key, async (found) => {
      // The document that may have reached the cloud is the one that is kept for it: a replay recognises it by that.
      let document: FileDocument | undefined
      if (found === undefined) {
        const inCloud: Describe = (...known) => (document = describe(...known))
        const stored = await this.#inCloud(key, condition, async () => {
          const file = await cloud.put(key, body, inCloud, condition)
          memory.see(key, file)
          return file
        })
        if (stored !== undefined) return stored
      }
      const entry = await this.#entryOf(key, 'store', condition, found)
      const file = await local.put(
        key,
        body,
        (...known) => document ?? describe(...known),
        condition,
        () => [entry],
      )
      replayer.wake()
      return file
    })
  }

  async delete(key: string, condition: DeleteCondition): Promise<boolean> {
    const { cloud, local, memory, replayer } = this.#parts
    return await this.#change(key, async (found) => {
      if (found?.entry.action === 'delete') {
        await checkCondition(key, undefined, condition)
        return false
      }
      const before = memory.base(key)
      if (found === undefined) {
        const deleted = await this.#inCloud(key, condition, async () => {
          const existed = await cloud.delete(key, condition)
          memory.see(key, undefined)
          return existed
        })
        if (deleted !== undefined) return deleted
      }
      const tombstone = await this.#entryOf(key, 'delete', condition, found)
      await local.delete(key, condition, () => [tombstone])
      replayer.wake()
      return found !== undefined || before.kind !== 'absent'
    })
  }

  /** The operation that records the change. */
  async #entryOf(
    key: string,
    action: OutboxEntry['action'],
    condition: WriteCondition,
    found: FoundEntry | undefined,
  ): Promise<Operation> {
    const { local, memory, outbox } = this.#parts
    const earlier = found?.entry.action === 'store' ? await local.head(key) : undefined
    return outbox.writing(
      {
        key,
        action,
        base: found?.entry.base ?? memory.base(key),
        // A conditional change has seen our file, not what the cloud has since.
        since_ms: isConditional(condition) && found ? found.entry.since_ms : nowMs(),
        superseded: [...(found?.entry.superseded ?? []), ...mayHaveLanded(found, earlier)],
      },
      found,
    )
  }

  /**
   * What the cloud answers to a change, or undefined when it is down. A condition cannot be checked without the cloud:
   * then its failure is the answer.
   */
  async #inCloud<Result>(
    key: string,
    condition: WriteCondition,
    change: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const { memory, replayer } = this.#parts
    const conditional = isConditional(condition)
    if (replayer.isDown && !conditional) return undefined
    try {
      const result = await change()
      replayer.noteUp()
      return result
    } catch (error) {
      if (!isOutage(error)) throw error
      if (error.code === 'FS-TIMEOUT-001') memory.forget(key)
      replayer.noteDown(error)
      if (conditional) throw error
      return undefined
    }
  }

  /** One change of a key after another; repeated when another process has changed the key's entry meanwhile. */
  async #change<Result>(
    key: string,
    change: (found: FoundEntry | undefined) => Promise<Result>,
  ): Promise<Result> {
    const { local, queue, outbox } = this.#parts
    const isLost = (error: unknown): boolean => isEntryConflict(error, key)
    return await queue.run(key, async () =>
      untilFirst(key, local.lockTimeoutMs, isLost, async () => change(await outbox.find(key))),
    )
  }
}

/** What an unreported replay may have done in the cloud. */
function mayHaveLanded(found: FoundEntry | undefined, earlier: StoredFile | undefined): string[] {
  if (found?.entry.action === 'delete') return [DELETED]
  return earlier === undefined ? [] : [documentDigest(earlier.document)]
}

function isEntryConflict(error: unknown, key: string): boolean {
  return isConflict(error) && error.context['path'] === entryPath(key)
}

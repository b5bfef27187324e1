import { nowMs } from '../../base/clock.js'
import { FILE_DOCUMENT_BYTES_MAX } from '../local/record.js'
import { OUTBOX_DIRECTORY } from '../../document/store-names.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { decodeEntry, encodeEntry, entryPath, type OutboxEntry } from './outbox-entry.js'

/** An entry as it lies on the disk. */
export interface FoundEntry {
  readonly entry: OutboxEntry
  /** The condition of its replacement or removal. */
  readonly bytes: Uint8Array
}

export interface PendingCounts {
  readonly pending_uploads: number
  readonly pending_deletes: number
}

/** Entries are read so many at a time. */
const READS_AT_ONCE = 64

/**
 * What the cloud still lacks: one file for each key in the local store, committed together with the payload. It is read
 * from the disk each time, so that all processes of a machine see the same.
 */
export class Outbox {
  readonly #directory: DurableDirectory
  #lastSequence = 0

  constructor(directory: DurableDirectory) {
    this.#directory = directory
  }

  async find(key: string): Promise<FoundEntry | undefined> {
    return await this.#read(entryPath(key))
  }

  /** Every entry, in the order in which they are to be replayed. */
  async all(): Promise<FoundEntry[]> {
    const found: FoundEntry[] = []
    const paths = await this.#paths()
    for (let at = 0; at < paths.length; at += READS_AT_ONCE) {
      const some = paths.slice(at, at + READS_AT_ONCE)
      const read = await Promise.all(some.map(async (path) => await this.#read(path)))
      for (const entry of read) if (entry !== undefined) found.push(entry)
    }
    return found.sort((left, right) => left.entry.sequence - right.entry.sequence)
  }

  async counts(): Promise<PendingCounts> {
    const entries = await this.all()
    const deletes = entries.filter(({ entry }) => entry.action === 'delete').length
    return { pending_uploads: entries.length - deletes, pending_deletes: deletes }
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#paths()).length === 0
  }

  /** The operation that writes `next` in the place of what was found. Its sequence is set here. */
  writing(
    next: Omit<OutboxEntry, 'format' | 'sequence'>,
    found: FoundEntry | undefined,
  ): Operation {
    const entry = { format: 1, ...next, sequence: this.#nextSequence(found) } as const
    const path = entryPath(next.key)
    const bytes = encodeEntry(entry)
    return found === undefined
      ? { kind: 'create', path, bytes }
      : { kind: 'replace', path, bytes, ifBytes: found.bytes }
  }

  removing({ entry, bytes }: FoundEntry): Operation {
    return { kind: 'remove', path: entryPath(entry.key), ifBytes: bytes }
  }

  /** Microseconds of the clock, but never less than before: a clock that was put back does not change the order. */
  #nextSequence(found: FoundEntry | undefined): number {
    const least = Math.max(this.#lastSequence, found?.entry.sequence ?? 0) + 1
    this.#lastSequence = Math.max(nowMs() * 1000, least)
    return this.#lastSequence
  }

  async #paths(): Promise<string[]> {
    await this.#directory.settle()
    const names = (await this.#directory.volume.list(OUTBOX_DIRECTORY)) ?? []
    return names.map(({ name }) => `${OUTBOX_DIRECTORY}/${name}`)
  }

  async #read(path: string): Promise<FoundEntry | undefined> {
    const bytes = await this.#directory.read(path, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
    return bytes === undefined ? undefined : { bytes, entry: decodeEntry(bytes, path) }
  }
}

import { nowMs } from '../../base/clock.js'
import { FILE_DOCUMENT_BYTES_MAX } from '../local/record.js'
import { OUTBOX_DIRECTORY } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { StorageError } from '../../base/errors.js'
import type { FileDocument } from '../document.js'

/** What the cloud held when the entry was made, as far as this process knew. */
export type CloudBase =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly etag: string }

/** The pending change of one key in the cloud: always the latest, which replaces all before it. */
export interface OutboxEntry {
  readonly format: 1
  readonly key: string
  /** Replays happen in this order. */
  readonly sequence: number
  /** `store`: the local store holds the file. `delete`: it holds none, and the key counts as absent. */
  readonly action: 'store' | 'delete'
  readonly base: CloudBase
  /** A change of the cloud's file after this time, by its document, is a conflict. */
  readonly since_ms: number
  /** Earlier local changes of the key, which may have reached the cloud: the digests of documents, and `DELETED`. */
  readonly superseded: readonly string[]
}

/** Most that are remembered: later ones overwrite earlier ones in the cloud. */
const SUPERSEDED_MAX = 64

/** Stands for an earlier delete. */
export const DELETED = 'deleted'

/** The path of a key's entry, in the local store. */
export function entryPath(key: string): string {
  return `${OUTBOX_DIRECTORY}/${createHash('sha256').update(key).digest('hex')}.json`
}

function encodeEntry(entry: OutboxEntry): Uint8Array {
  const superseded = entry.superseded.slice(-SUPERSEDED_MAX)
  return Buffer.from(`${JSON.stringify({ ...entry, superseded }, undefined, 2)}\n`)
}

/** @throws StorageError FS-LOAD-001 for bytes that are not an entry: guessing would lose or resurrect a file */
function decodeEntry(bytes: Uint8Array, path: string): OutboxEntry {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch (cause) {
    throw new StorageError('FS-LOAD-001', `The outbox entry '${path}' is damaged`, {
      cause,
      context: { path, reason: 'json' },
    })
  }
}

/** Distinguishes one store of a file from every other. */
export function documentDigest(document: FileDocument): string {
  const { key, kind, bytes, digest, metadata, created_at, updated_at, expires_at } = document
  const { compression, encryption } = document
  const parts = [key, kind, bytes, digest, metadata, created_at, updated_at, expires_at ?? null]
  const text = JSON.stringify([...parts, compression, encryption?.salt ?? null])
  return createHash('sha256').update(text).digest('hex')
}

const schema = z.strictObject({
  format: z.literal(1),
  key: z.string().min(1),
  sequence: z.int().nonnegative(),
  action: z.enum(['store', 'delete']),
  base: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unknown') }),
    z.strictObject({ kind: z.literal('absent') }),
    z.strictObject({ kind: z.literal('file'), etag: z.string() }),
  ]),
  since_ms: z.number(),
  superseded: z.array(z.string()),
})

/** An entry as it is on the disk. */
export interface FoundEntry {
  readonly entry: OutboxEntry
  /** The condition of its replacement or removal. */
  readonly bytes: Uint8Array
}

export interface PendingCounts {
  readonly pending_uploads: number
  readonly pending_deletes: number
}

/** This many entries are read at a time. */
const READS_AT_ONCE = 64

/**
 * What the cloud still lacks: one file for each key in the local store, committed together with the payload. It is read
 * from the disk each time, so that all processes of a machine see the same.
 */
export class Outbox {
  readonly #directory: Store
  #lastSequence = 0

  constructor(directory: Store) {
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

  /** The operation that replaces what was found by `next`. Its sequence is set here. */
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

  /** Microseconds of the clock, but never less than before: a clock that was set back does not change the order. */
  #nextSequence(found: FoundEntry | undefined): number {
    const least = Math.max(this.#lastSequence, found?.entry.sequence ?? 0) + 1
    this.#lastSequence = Math.max(nowMs() * 1000, least)
    return this.#lastSequence
  }

  async #paths(): Promise<string[]> {
    await this.#directory.waitForPublish()
    const names = (await this.#directory.volume.list(OUTBOX_DIRECTORY)) ?? []
    return names.map(({ name }) => `${OUTBOX_DIRECTORY}/${name}`)
  }

  async #read(path: string): Promise<FoundEntry | undefined> {
    const bytes = await this.#directory.read(path, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
    return bytes === undefined ? undefined : { bytes, entry: decodeEntry(bytes, path) }
  }
}

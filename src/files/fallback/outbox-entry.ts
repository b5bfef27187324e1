import { createHash } from 'node:crypto'
import { z } from 'zod'
import { OUTBOX_DIRECTORY } from '../../document/store-names.js'
import { StorageError } from '../../base/errors.js'
import type { FileDocument } from '../file-document.js'

/** What the cloud held when the entry was made, as far as this process knew. */
export type CloudBase =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly etag: string }

/** What is still to be done in the cloud for one key: always the latest, which stands for all before it. */
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

/** As many are remembered: later ones overwrite earlier ones in the cloud. */
const SUPERSEDED_MAX = 64

/** Stands for an earlier delete. */
export const DELETED = 'deleted'

/** Where the entry of a key lies, in the local store. */
export function entryPath(key: string): string {
  return `${OUTBOX_DIRECTORY}/${createHash('sha256').update(key).digest('hex')}.json`
}

export function encodeEntry(entry: OutboxEntry): Uint8Array {
  const superseded = entry.superseded.slice(-SUPERSEDED_MAX)
  return Buffer.from(`${JSON.stringify({ ...entry, superseded }, undefined, 2)}\n`)
}

/** @throws StorageError FS-LOAD-001 for what is no entry: guessing would lose or resurrect a file */
export function decodeEntry(bytes: Uint8Array, path: string): OutboxEntry {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch (cause) {
    throw new StorageError('FS-LOAD-001', `The outbox entry '${path}' is damaged`, {
      cause,
      context: { path, reason: 'json' },
    })
  }
}

/** Tells one store of a file from every other. */
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

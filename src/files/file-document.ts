import { z } from 'zod'
import { jsonObjectSchema } from '../document/prompt-fields.js'
import { FormatError } from '../document/record.js'
import { isTimestamp } from '../document/timestamp.js'
import { isFileKey } from './file-key.js'

/** What stands beside the bytes of a file: what they are, how they are stored, and what the caller says of them. */
export interface FileDocument {
  /** Format of this document: 1. */
  readonly format: 1
  readonly key: string
  /** What was given to `store`, and is given back: bytes as they are, text as UTF-8, any other value as JSON. */
  readonly kind: 'bytes' | 'text' | 'json'
  /** Size and SHA-256, in hex, of the content before compression and encryption. */
  readonly bytes: number
  readonly digest: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly encryption: FileEncryption | undefined
  /** Whatever the caller keeps with the file: a JSON object. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** ISO 8601, UTC: first store of this key, and last. */
  readonly created_at: string
  readonly updated_at: string
  /** From then on the file is absent, and swept. */
  readonly expires_at: string | undefined
}

/** How a file is encrypted: AES-256-GCM in chunks, each with its own nonce and tag. */
export interface FileEncryption {
  readonly algorithm: 'aes-256-gcm-chunked'
  /** Which key: never the key itself. */
  readonly key_id: string
  /** Plain bytes of each chunk but the last. */
  readonly chunk_bytes: number
  /** Random, base64, new with every store: the file's own key is derived from it and the key named above. */
  readonly salt: string
  /** How the key named above came from a passphrase, where it did. */
  readonly kdf?: KeyDerivation | undefined
}

export interface KeyDerivation {
  readonly name: 'scrypt'
  /** Random, base64. */
  readonly salt: string
  readonly cost: number
  readonly block_size: number
  readonly parallelization: number
}

const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const time = z.string().refine(isTimestamp, 'must be a time in UTC')
const base64 = z.string().regex(/^[A-Za-z0-9+/]{16,}={0,2}$/)

const derivation = z.strictObject({
  name: z.literal('scrypt'),
  salt: base64,
  // Bounded: a forged document must not make a reader compute or allocate without end.
  cost: z
    .int()
    .min(2)
    .max(1 << 20),
  block_size: z.int().min(1).max(32),
  parallelization: z.int().min(1).max(16),
})

const encryption = z.strictObject({
  algorithm: z.literal('aes-256-gcm-chunked'),
  key_id: z.string().min(1).max(128),
  chunk_bytes: z
    .int()
    .min(1024)
    .max(16 * 1024 * 1024),
  salt: base64,
  kdf: derivation.optional(),
})

const schema = z.strictObject({
  format: z.literal(1),
  key: z.string().refine(isFileKey, 'must be a key'),
  kind: z.enum(['bytes', 'text', 'json']),
  bytes: count,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  compression: z.enum(['none', 'gzip', 'zstd']),
  encryption: encryption.optional(),
  metadata: jsonObjectSchema,
  created_at: time,
  updated_at: time,
  expires_at: time.optional(),
})

/** A document as it was parsed from JSON. @throws FormatError saying what is wrong with it */
export function parseFileDocument(value: unknown): FileDocument {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new FormatError(z.prettifyError(parsed.error))
  const { encryption: encrypted, expires_at: expires, ...rest } = parsed.data
  return { ...rest, encryption: encrypted, expires_at: expires }
}

/** Whether a file is past its time. */
export function isExpired(document: FileDocument, nowMs: number): boolean {
  return document.expires_at !== undefined && Date.parse(document.expires_at) <= nowMs
}

import { z } from 'zod'
import { shortened } from '../base/values.js'
import { jsonObjectSchema } from '../document/fields.js'
import { FormatError } from '../base/errors.js'
import { isTimestamp } from '../document/timestamp.js'
import { isFileKey } from './key.js'

/** Describes the bytes of a file: what they are, how they are stored, and the caller's metadata. */
export interface FileDocument {
  /** Format of this document: 2 for an encrypted file, 1 for any other and for those encrypted by earlier versions. */
  readonly format: 1 | 2
  readonly key: string
  /** The kind of the stored value, which reads return: bytes as they are, text as UTF-8, any other value as JSON. */
  readonly kind: 'bytes' | 'text' | 'json'
  /** Size of the content before compression and encryption. */
  readonly bytes: number
  /** In hex: SHA-256 of the content; in format 2 HMAC-SHA256 under a key of the file, which tells others nothing. */
  readonly digest: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly encryption: FileEncryption | undefined
  /** Data that the caller keeps with the file: a JSON object. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** ISO 8601, UTC: first store of this key, and last. */
  readonly created_at: string
  readonly updated_at: string
  /** From then on the file is absent, and swept. */
  readonly expires_at: string | undefined
  /** In format 2: grows with every store of the key. */
  readonly version?: number | undefined
  /** In format 2: HMAC-SHA256, in base64, of the rest of the document. */
  readonly mac?: string | undefined
}

/** How a file is encrypted: AES-256-GCM in chunks, each with its own nonce and tag. */
export interface FileEncryption {
  readonly algorithm: 'aes-256-gcm-chunked'
  /** The id of the key, never the key itself. */
  readonly key_id: string
  /** Plain bytes of each chunk but the last. */
  readonly chunk_bytes: number
  /** 32 bytes in base64, new with every store: the file's own key is derived from it and the key named above. */
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

/** Parameters for new keys: the least that OWASP advises for scrypt, 128 MiB of memory. */
export const SCRYPT: Omit<KeyDerivation, 'name' | 'salt'> = {
  cost: 1 << 17,
  block_size: 8,
  parallelization: 1,
}
const SCRYPT_WORK_MAX = 4 * SCRYPT.cost * SCRYPT.block_size * SCRYPT.parallelization

/** Bounded: a forged document must not make readers compute or allocate more than a few times what real ones do. */
export const keyDerivationSchema: z.ZodType<KeyDerivation> = z
  .strictObject({
    name: z.literal('scrypt'),
    salt: base64,
    cost: z
      .int()
      .min(2)
      .max(1 << 20),
    block_size: z.int().min(1).max(32),
    parallelization: z.int().min(1).max(16),
  })
  .refine(
    ({ cost, block_size, parallelization }) =>
      cost * block_size * parallelization <= SCRYPT_WORK_MAX,
    `"cost" * "block_size" * "parallelization" must be at most ${SCRYPT_WORK_MAX}`,
  )

const encryption = z.strictObject({
  algorithm: z.literal('aes-256-gcm-chunked'),
  key_id: z.string().min(1).max(128),
  chunk_bytes: z
    .int()
    .min(1024)
    .max(16 * 1024 * 1024),
  salt: base64,
  kdf: keyDerivationSchema.optional(),
})

const fields = {
  key: z.string().refine(isFileKey, 'must be a key'),
  kind: z.enum(['bytes', 'text', 'json']),
  bytes: count,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  compression: z.enum(['none', 'gzip', 'zstd']),
  metadata: jsonObjectSchema,
  created_at: time,
  updated_at: time,
  expires_at: time.optional(),
}

const schema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(1), ...fields, encryption: encryption.optional() }),
  z.strictObject({
    format: z.literal(2),
    ...fields,
    encryption,
    version: count,
    mac: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  }),
])

/** A document as it was parsed from JSON. @throws FormatError saying what is wrong with it */
export function parseFileDocument(value: unknown): FileDocument {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new FormatError(shortened(z.prettifyError(parsed.error)))
  const { encryption: encrypted, expires_at: expires, ...rest } = parsed.data
  return { ...rest, encryption: encrypted, expires_at: expires }
}

/** Whether a file has expired. */
export function isExpired(document: FileDocument, nowMs: number): boolean {
  return document.expires_at !== undefined && Date.parse(document.expires_at) <= nowMs
}

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
}

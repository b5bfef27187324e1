import { randomBytes, timingSafeEqual } from 'node:crypto'
import { threadId } from 'node:worker_threads'
import { z } from 'zod'
import { wrongArgument } from '../../base/misuse.js'
import { monotonicMs, nowMs } from '../../base/clock.js'
import { isBytes } from '../../base/values.js'
import { StorageError } from '../../base/errors.js'
import { shown } from '../../base/options.js'
import { canonicalJson } from '../../document/checksum.js'
import {
  type FileEncryption,
  type FileDocument,
  keyDerivationSchema,
  type KeyDerivation,
} from '../document.js'
import { hmac, KEY_BYTES, MasterKey, Passphrase, subkey, type Secret } from './key-derivation.js'

/** A passphrase that is easily guessed protects nothing, however slow the derivation. */
const PASSPHRASE_LENGTH_MIN = 12
const CHECK = 'holdfast key check'
const SEALED_CHECK = 'holdfast key check, sealed'
const NO_SALT = new Uint8Array(0)

/** 32 bytes, raw or as hex or base64; any other text is a passphrase. */
export type KeyMaterial = Uint8Array | string

/** The keys of one store of one file. */
export interface FileKeys {
  /** Encrypts the content. */
  readonly content: Uint8Array
  /** Of the digest of the content. */
  readonly digest: Uint8Array
  /** Of the document's MAC. */
  readonly document: Uint8Array
}

/** The keys by their ids. New files are encrypted with the current one; the others open older files. */
export class Keyring {
  readonly currentId: string
  readonly #secrets: ReadonlyMap<string, Secret>
  readonly #sealed = new Set<string>()
  /** Number of salts that were drawn here. */
  #drawn = 0

  /** @throws TypeError for invalid key material, never showing it */
  constructor(currentId: string, keys: ReadonlyMap<string, KeyMaterial>) {
    this.currentId = currentId
    this.#secrets = new Map([...keys].map(([id, material]) => [id, secretOf(id, material)]))
    if (!this.#secrets.has(currentId))
      throw wrongArgument(`There is no key with the id ${shown(currentId)}`)
  }

  get ids(): readonly string[] {
    return [...this.#secrets.keys()]
  }

  has(id: string): boolean {
    return this.#secrets.has(id)
  }

  /**
   * How a new file is to be encrypted.
   * @param seen what is known of the file: a clone of a running machine draws the same random bytes, and differs only
   * in what it stores, and when
   */
  async newEncryption(chunkBytes: number, seen: readonly string[] = []): Promise<FileEncryption> {
    const id = this.currentId
    const secret = this.#secret(id)
    const { derivation: kdf } = secret
    const hedge = subkey(await secret.key(kdf), NO_SALT, 'salt', id)
    const drawn = randomBytes(KEY_BYTES).toString('base64')
    const place = [nowMs(), monotonicMs(), this.#drawn++, process.pid, threadId]
    return {
      algorithm: 'aes-256-gcm-chunked',
      key_id: id,
      chunk_bytes: chunkBytes,
      salt: hmac(hedge, JSON.stringify([drawn, ...place, ...seen])).toString('base64'),
      ...(kdf === undefined ? {} : { kdf }),
    }
  }

  /** The file's own keys. @throws StorageError FS-CRYPT-001 when its master key is missing */
  async fileKeys(encryption: FileEncryption): Promise<FileKeys> {
    const { key_id: id, kdf } = encryption
    return fileKeysOf(await this.#secret(id).key(kdf), encryption)
  }

  /** The same at once, when nothing has to be derived from a passphrase for it. */
  knownFileKeys(encryption: FileEncryption): FileKeys | undefined {
    const master = this.#secrets.get(encryption.key_id)?.knownKey(encryption.kdf)
    return master === undefined ? undefined : fileKeysOf(master, encryption)
  }

  /** Whether the store's record says that every document of this key has a MAC. */
  isSealed(id: string): boolean {
    return this.#sealed.has(id)
  }

  /** A record that identifies the key of an id. */
  async newRecord(id: string, sealed: boolean): Promise<KeyRecord> {
    const secret = this.#secret(id)
    const { derivation: kdf } = secret
    const salt = randomBytes(KEY_BYTES).toString('base64')
    const record = { salt, sealed, ...(kdf === undefined ? {} : { kdf }) }
    const check = await checkOf(secret, id, record)
    return { ...record, check: check.toString('base64') }
  }

  /**
   * From then on a passphrase is derived as the record says.
   * @throws StorageError FS-CRYPT-001 with reason `wrong_key` when the record was made with another key
   */
  async adopt(id: string, record: KeyRecord): Promise<void> {
    const secret = this.#secret(id)
    // A key where there was a passphrase, or the other way round.
    if ((secret.derivation === undefined) !== (record.kdf === undefined)) throw wrongKey(id)
    const check = await checkOf(secret, id, record)
    if (!isSame(check, record.check)) throw wrongKey(id)
    secret.adopt(record.kdf)
    if (record.sealed) this.#sealed.add(id)
  }

  #secret(id: string): Secret {
    const found = this.#secrets.get(id)
    if (found !== undefined) return found
    throw unknownKey(id)
  }
}

export function unknownKey(id: string): StorageError {
  return new StorageError('FS-CRYPT-001', `The key '${id}' is not known here`, {
    context: { key_id: id, reason: 'unknown_key' },
  })
}

export function wrongKey(id: string): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    `The key '${id}' is not the one that this store's files are encrypted with: give that key under this id, or the new one under an id of its own`,
    { context: { key_id: id, reason: 'wrong_key' } },
  )
}

/** Whether a MAC, in base64, is the one that was expected; compared in constant time. */
function isSame(expected: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, 'base64')
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

function fileKeysOf(master: Uint8Array, { key_id: id, salt }: FileEncryption): FileKeys {
  const bytes = Buffer.from(salt, 'base64')
  return {
    content: subkey(master, bytes, 'file', id),
    digest: subkey(master, bytes, 'digest', id),
    document: subkey(master, bytes, 'document', id),
  }
}

async function checkOf(
  secret: Secret,
  id: string,
  { salt, sealed, kdf }: Omit<KeyRecord, 'check'>,
): Promise<Buffer> {
  const key = subkey(await secret.key(kdf), Buffer.from(salt, 'base64'), 'check', id)
  return hmac(key, sealed ? SEALED_CHECK : CHECK)
}

function secretOf(id: string, material: KeyMaterial): Secret {
  const bytes = typeof material === 'string' ? decodeKey(material) : material
  if (isBytes(bytes) && bytes.length === KEY_BYTES) return new MasterKey(new Uint8Array(bytes))
  if (typeof material === 'string' && material.length >= PASSPHRASE_LENGTH_MIN)
    return new Passphrase(material)
  throw wrongArgument(
    `Key ${shown(id)} must be 32 bytes, raw or as hex or base64, or a passphrase of at least ${PASSPHRASE_LENGTH_MIN} characters`,
  )
}

function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64')
  return undefined
}

/** A document of format 2: bound to the file's key as a whole, so that without it, nothing in it can be changed. */
export function sealed(
  document: FileDocument,
  version: number,
  keys: Pick<FileKeys, 'document'>,
): FileDocument {
  const open: FileDocument = { ...document, format: 2, version }
  return { ...open, mac: macOf(open, keys.document).toString('base64') }
}

/** Whether all of a document is as it was sealed. */
export function isSealed(document: FileDocument, keys: Pick<FileKeys, 'document'>): boolean {
  return isSame(macOf(document, keys.document), document.mac ?? '')
}

function macOf(document: FileDocument, key: Uint8Array): Buffer {
  return hmac(key, canonicalJson({ ...document, mac: undefined }))
}

/** Identifies the key of an id, without revealing it. */
export interface KeyRecord {
  /** Random, base64. */
  readonly salt: string
  /** HMAC-SHA256, base64, of `sealed` and a constant, under a key that comes from the salt and the key of the id. */
  readonly check: string
  /** Whether all documents of this key have a MAC: then one without is not genuine. */
  readonly sealed: boolean
  /** How the key comes from a passphrase, where it does: new files use this derivation. */
  readonly kdf?: KeyDerivation | undefined
}

/** By the ids of the keys. */
export type KeyRecords = ReadonlyMap<string, KeyRecord>

/** Where a store keeps the records of its keys. */
export interface KeyRecordPlace {
  /** All, or as far as is at hand: in any case those of `ids`, if they exist. */
  keyRecords(ids: readonly string[]): Promise<KeyRecords>
  /** Adds records for ids that have none yet, or an unsealed one where this is sealed; returns all records then. */
  addKeyRecords(added: KeyRecords): Promise<KeyRecords>
}

const bytes32 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)
const schema = z.record(
  z.string().min(1).max(128),
  z.strictObject({
    salt: bytes32,
    check: bytes32,
    sealed: z.boolean(),
    kdf: keyDerivationSchema.optional(),
  }),
)

/** The records that were parsed from JSON; undefined for a value that is not records. */
export function parseKeyRecords(value: unknown): KeyRecords | undefined {
  if (value === undefined) return new Map()
  const parsed = schema.safeParse(value)
  return parsed.success ? new Map(Object.entries(parsed.data)) : undefined
}

export function hasKeyRecords(backend: object): backend is KeyRecordPlace {
  return 'keyRecords' in backend && 'addKeyRecords' in backend
}

/** The merged records; undefined when `records` has all of `added` already. */
export function withRecords(records: KeyRecords, added: KeyRecords): KeyRecords | undefined {
  const missing = [...added].filter(([id, { sealed }]) => {
    const found = records.get(id)
    return found === undefined || (sealed && !found.sealed)
  })
  return missing.length === 0 ? undefined : new Map([...records, ...missing])
}

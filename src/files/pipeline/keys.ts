import { hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { isBytes } from '../../base/values.js'
import { StorageError } from '../../errors.js'
import { shown } from '../../options.js'
import type { FileEncryption, KeyDerivation } from '../file-document.js'

export const KEY_BYTES = 32
/** A passphrase that is easily guessed protects nothing, however slow the derivation. */
const PASSPHRASE_LENGTH_MIN = 12
const SCRYPT = { cost: 1 << 15, block_size: 8, parallelization: 1 } as const
const SCRYPT_MEMORY_BYTES_MAX = 512 * 1024 * 1024
/** Derived keys that are kept; each process that stores makes one salt. */
const DERIVED_MAX = 256

/** 32 bytes, raw or as hex or base64; any other text is a passphrase. */
export type KeyMaterial = Uint8Array | string

/** The keys by their ids. New files are encrypted with the current one; the others open what was stored before. */
export class Keyring {
  readonly currentId: string
  readonly #secrets: ReadonlyMap<string, MasterKey | Passphrase>

  /** @throws TypeError for key material that is none, never showing it */
  constructor(currentId: string, keys: ReadonlyMap<string, KeyMaterial>) {
    this.currentId = currentId
    this.#secrets = new Map([...keys].map(([id, material]) => [id, secretOf(id, material)]))
    if (!this.#secrets.has(currentId))
      throw new TypeError(`There is no key with the id ${shown(currentId)}`)
  }

  /** How a new file is to be encrypted. */
  async newEncryption(chunkBytes: number): Promise<FileEncryption> {
    const kdf = await this.#secret(this.currentId).derivation()
    return {
      algorithm: 'aes-256-gcm-chunked',
      key_id: this.currentId,
      chunk_bytes: chunkBytes,
      salt: randomBytes(KEY_BYTES).toString('base64'),
      ...(kdf === undefined ? {} : { kdf }),
    }
  }

  /** The file's own key. @throws StorageError FS-CRYPT-001 when its master key is not here */
  async fileKey({ key_id: id, salt, kdf }: FileEncryption): Promise<Uint8Array> {
    const master = await this.#secret(id).key(kdf)
    const info = `holdfast file ${id}`
    return new Uint8Array(hkdfSync('sha256', master, Buffer.from(salt, 'base64'), info, KEY_BYTES))
  }

  #secret(id: string): MasterKey | Passphrase {
    const secret = this.#secrets.get(id)
    if (secret !== undefined) return secret
    throw unknownKey(id)
  }
}

export function unknownKey(id: string): StorageError {
  return new StorageError('FS-CRYPT-001', `The key '${id}' is not known here`, {
    context: { key_id: id, reason: 'unknown_key' },
  })
}

class MasterKey {
  readonly #bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  derivation(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  key(): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes)
  }
}

/** Derives keys from a passphrase: one salt for all that this process stores, and one for each that it meets. */
class Passphrase {
  readonly #text: string
  readonly #own: KeyDerivation = {
    name: 'scrypt',
    salt: randomBytes(16).toString('base64'),
    ...SCRYPT,
  }
  readonly #derived = new Map<string, Promise<Uint8Array>>()

  constructor(text: string) {
    this.#text = text
  }

  derivation(): Promise<KeyDerivation> {
    return Promise.resolve(this.#own)
  }

  async key(kdf: KeyDerivation | undefined): Promise<Uint8Array> {
    if (kdf === undefined) {
      throw new StorageError(
        'FS-CRYPT-001',
        'The file was encrypted with a key, not a passphrase',
        {
          context: { reason: 'wrong_key' },
        },
      )
    }
    const name = JSON.stringify(kdf)
    const known = this.#derived.get(name)
    if (known !== undefined) return await known
    if (this.#derived.size >= DERIVED_MAX) this.#derived.clear()
    const derived = derive(this.#text, kdf)
    this.#derived.set(name, derived)
    return await derived
  }
}

async function derive(text: string, kdf: KeyDerivation): Promise<Uint8Array> {
  const options = {
    cost: kdf.cost,
    blockSize: kdf.block_size,
    parallelization: kdf.parallelization,
    maxmem: SCRYPT_MEMORY_BYTES_MAX,
  }
  return await new Promise((resolve, reject) => {
    scrypt(text, Buffer.from(kdf.salt, 'base64'), KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(refusal(error))
    })
  })
}

/** The parameters come from the document, and OpenSSL may find them absurd. */
function refusal(cause: Error): StorageError {
  return new StorageError('FS-CRYPT-001', 'The key cannot be derived as the document says', {
    cause,
    context: { reason: 'derivation' },
  })
}

function secretOf(id: string, material: KeyMaterial): MasterKey | Passphrase {
  const bytes = typeof material === 'string' ? decodeKey(material) : material
  if (isBytes(bytes) && bytes.length === KEY_BYTES) return new MasterKey(new Uint8Array(bytes))
  if (typeof material === 'string' && material.length >= PASSPHRASE_LENGTH_MIN)
    return new Passphrase(material)
  throw new TypeError(
    `Key ${shown(id)} must be 32 bytes, raw or as hex or base64, or a passphrase of at least ${PASSPHRASE_LENGTH_MIN} characters`,
  )
}

function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64')
  return undefined
}

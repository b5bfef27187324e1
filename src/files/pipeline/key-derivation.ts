import { createHmac, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { StorageError } from '../../base/errors.js'
import { SCRYPT, type KeyDerivation } from '../document.js'

export const KEY_BYTES = 32
/** Four times what our own parameters need, which the schema of documents allows, and what scrypt needs besides. */
const SCRYPT_MEMORY_BYTES_MAX = 640 * 1024 * 1024
/** Derived keys that are kept; all files of a store share one salt. */
const DERIVED_MAX = 256

/** What file keys are derived from. */
export interface Secret {
  /** How it came from a passphrase, for new files; undefined for a key. */
  readonly derivation: KeyDerivation | undefined
  /** The 32 bytes. @throws StorageError FS-CRYPT-001 */
  key(kdf: KeyDerivation | undefined): Promise<Uint8Array>
  /** The same, if it is known without a long computation. */
  knownKey(kdf: KeyDerivation | undefined): Uint8Array | undefined
  /** Derives as the store's record says. */
  adopt(kdf: KeyDerivation | undefined): void
}

export class MasterKey implements Secret {
  readonly derivation = undefined
  readonly #bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** A file that a passphrase of this id encrypted does not open with a key: that is detected like tampering. */
  async key(): Promise<Uint8Array> {
    return this.#bytes
  }

  knownKey(): Uint8Array {
    return this.#bytes
  }

  adopt(): void {}
}

/** Derives keys from a passphrase: for new files with the store's salt, for others with that of the file. */
export class Passphrase implements Secret {
  readonly #text: string
  #derivation: KeyDerivation = {
    name: 'scrypt',
    salt: randomBytes(16).toString('base64'),
    ...SCRYPT,
  }
  readonly #deriving = new Map<string, Promise<Uint8Array>>()
  readonly #known = new Map<string, Uint8Array>()

  constructor(text: string) {
    this.#text = text
  }

  get derivation(): KeyDerivation {
    return this.#derivation
  }

  adopt(kdf: KeyDerivation | undefined): void {
    if (kdf !== undefined) this.#derivation = kdf
  }

  async key(kdf: KeyDerivation | undefined): Promise<Uint8Array> {
    if (kdf === undefined) throw notAPassphrase()
    const name = nameOf(kdf)
    const under = this.#deriving.get(name)
    if (under !== undefined) return await under
    if (this.#deriving.size >= DERIVED_MAX) {
      this.#deriving.clear()
      this.#known.clear()
    }
    const deriving = derive(this.#text, kdf)
    this.#deriving.set(name, deriving)
    const key = await deriving
    this.#known.set(name, key)
    return key
  }

  knownKey(kdf: KeyDerivation | undefined): Uint8Array | undefined {
    return kdf === undefined ? undefined : this.#known.get(nameOf(kdf))
  }
}

/** A key for one purpose, out of the master key. */
export function subkey(
  master: Uint8Array,
  salt: Uint8Array,
  purpose: 'file' | 'digest' | 'document' | 'check' | 'salt',
  id: string,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, salt, `holdfast ${purpose} ${id}`, KEY_BYTES))
}

export function hmac(key: Uint8Array, bytes: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(bytes).digest()
}

function nameOf({ salt, cost, block_size, parallelization }: KeyDerivation): string {
  return JSON.stringify([salt, cost, block_size, parallelization])
}

let derivations: Promise<unknown> = Promise.resolve()

/** One at a time in this thread: each takes a thread of the pool that files and DNS wait for, and 128 MiB or more. */
async function derive(text: string, kdf: KeyDerivation): Promise<Uint8Array> {
  const derived = derivations.then(async () => await scryptOf(text, kdf))
  derivations = derived.catch(() => undefined)
  return await derived
}

async function scryptOf(text: string, kdf: KeyDerivation): Promise<Uint8Array> {
  const options = {
    cost: kdf.cost,
    blockSize: kdf.block_size,
    parallelization: kdf.parallelization,
    maxmem: SCRYPT_MEMORY_BYTES_MAX,
  }
  return await new Promise((resolve, reject) => {
    // Throws, in the promise, for parameters that OpenSSL rejects: they come from the document.
    try {
      scrypt(text, Buffer.from(kdf.salt, 'base64'), KEY_BYTES, options, (error, key) => {
        if (error === null) resolve(key)
        else reject(refusal(error))
      })
    } catch (error) {
      reject(refusal(error))
    }
  })
}

function refusal(cause: unknown): StorageError {
  return new StorageError('FS-CRYPT-001', 'The key cannot be derived as the document says', {
    cause,
    context: { reason: 'derivation' },
  })
}

function notAPassphrase(): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    'The file was encrypted with a key, not a passphrase: give the key under its id',
    { context: { reason: 'wrong_key' } },
  )
}

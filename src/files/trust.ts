import { LRUCache } from 'lru-cache'
import { StorageError, isStorageError } from '../base/errors.js'
import { publish } from '../base/channels.js'
import type { FileBackend, StoredFile } from './backend.js'
import { isCoherent } from './cache.js'
import type { FileDocument } from './document.js'
import { unknownKey, type Keyring, isSealed } from './pipeline/keys.js'

/** A few megabytes at most. For a forgotten key, an older file is not recognised as one. */
const KEYS_MAX = 20_000

export interface TrustOptions {
  readonly keyring: Keyring | undefined
  /** Whether only files encrypted with a key of the keyring count. */
  readonly required: boolean
}

/** Whether a file was stored by a holder of the key: checked for everything that a backend returns. */
export class DocumentTrust {
  readonly #backend: FileBackend
  readonly #options: TrustOptions
  /** The versions of the files that were seen here last, where every change of others is reported. */
  readonly #versions = new LRUCache<string, number>({ max: KEYS_MAX })
  readonly #stop: (() => void) | undefined

  constructor(backend: FileBackend, options: TrustOptions) {
    this.#backend = backend
    this.#options = options
    this.#stop = isCoherent(backend)
      ? backend.onChange((key) => (key === undefined ? this.#versions.clear() : this.forget(key)))
      : undefined
  }

  /**
   * @throws StorageError FS-CRYPT-001: `not_encrypted`, `unknown_key` where encryption is required, `document` for one
   * that was changed, `replayed` for an older one that was put back
   */
  async check(file: StoredFile): Promise<void> {
    if (await this.#isSealed(file)) await this.#checkVersion(file)
  }

  /** As `check`, for a file that was current once: it is older than the key's current one. */
  async checkKept(file: StoredFile): Promise<void> {
    await this.#isSealed(file)
  }

  /** The same as a boolean, for listings: omitted files are reported on the channel `holdfast:warning`. */
  async admits(file: StoredFile): Promise<boolean> {
    return await this.#admits(file, async () => await this.check(file))
  }

  /** As `admits`, for a file that was current once. */
  async admitsKept(file: StoredFile): Promise<boolean> {
    return await this.#admits(file, async () => await this.checkKept(file))
  }

  async #admits(file: StoredFile, check: () => Promise<void>): Promise<boolean> {
    try {
      await check()
      return true
    } catch (error) {
      if (!isStorageError(error, 'FS-CRYPT-001')) throw error
      publish('warning', () => ({
        directory: this.#backend.kind,
        code: 'untrusted-file',
        message: `'${file.key}' is left out of a listing: ${error.message}`,
      }))
      return false
    }
  }

  /** Whether the document of a replaced file may be carried over to the next one. Does not wait. */
  vouchesFor(document: FileDocument): boolean {
    const { encryption } = document
    if (encryption === undefined) return !this.#options.required
    if (document.format === 1) return this.#options.keyring?.isSealed(encryption.key_id) !== true
    const keys = this.#options.keyring?.knownFileKeys(encryption)
    return keys !== undefined && isSealed(document, keys)
  }

  /** Whether the times of a checked document are known to be genuine, so that the file may expire by them. */
  mayExpire({ encryption, format }: FileDocument): boolean {
    if (encryption === undefined) return true
    return format === 2 && this.#options.keyring?.has(encryption.key_id) === true
  }

  /** After a store of this process. */
  see({ key, document: { version } }: StoredFile): void {
    if (this.#stop === undefined || version === undefined) return
    this.#versions.set(key, Math.max(version, this.#versions.get(key) ?? 0))
  }

  /** The file has changed, or is gone. */
  forget(key: string): void {
    this.#versions.delete(key)
  }

  close(): void {
    this.#stop?.()
  }

  /** Whether the document was checked against its MAC; false where it has none. @throws as `check` */
  async #isSealed({ key, document }: StoredFile): Promise<boolean> {
    const { keyring, required } = this.#options
    if (document.encryption === undefined) {
      if (required) throw notEncrypted(key)
      return false
    }
    if (keyring?.has(document.encryption.key_id) !== true) {
      if (required) throw unknownKey(document.encryption.key_id)
      return false
    }
    if (document.format === 1 && !keyring.isSealed(document.encryption.key_id)) return false
    if (!isSealed(document, await keyring.fileKeys(document.encryption))) throw changed(key)
    return true
  }

  /** Stores through the directory are reported: an older file without a report was copied there by hand. */
  async #checkVersion(file: StoredFile): Promise<void> {
    if (this.#isOlder(file)) {
      // The report may be on its way.
      if (isCoherent(this.#backend)) await this.#backend.refresh()
      if (this.#isOlder(file)) await this.#checkReplaced(file)
    }
    this.see(file)
  }

  /** A store of this process may have replaced the file while it was read: then another one is there by now. */
  async #checkReplaced({ key, etag }: StoredFile): Promise<void> {
    const now = await this.#backend.head(key)
    if (now?.etag === etag) throw replayed(key)
    if (now !== undefined) await this.check(now)
  }

  #isOlder({ key, document: { version = 0 } }: StoredFile): boolean {
    return version < (this.#versions.get(key) ?? 0)
  }
}

function notEncrypted(key: string): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    `'${key}' is not encrypted, and this storage requires it: it was stored before encryption was turned on, or by a writer without the key; open with "requireEncryption": false and call rotateKeys() to encrypt such files`,
    { context: { key, reason: 'not_encrypted' } },
  )
}

function changed(key: string): StorageError {
  return new StorageError('FS-CRYPT-001', `The document of '${key}' was changed without the key`, {
    context: { key, reason: 'document' },
  })
}

function replayed(key: string): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    `'${key}' is an older file of this key, which was put back past the storage`,
    { context: { key, reason: 'replayed' } },
  )
}

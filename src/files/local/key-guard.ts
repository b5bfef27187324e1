import { StorageError } from '../../base/errors.js'
import type { Store } from '../../engine/store.js'
import type { FileDocument } from '../document.js'
import { MarkWatch } from './mark-watch.js'
import { readKeyState, writeCurrentKey, type KeyState } from './mark.js'

/**
 * Refuses files that are not encrypted as the mark of the store says, however the storing process was opened. The mark
 * is read once, and again when any process has changed it.
 */
export class KeyGuard {
  readonly #directory: Store
  readonly #admitsPlain: boolean
  readonly #state: MarkWatch<KeyState>

  /** @param admitsPlain whether files that are not encrypted may come into a store that has keys */
  constructor(directory: Store, admitsPlain: boolean) {
    this.#directory = directory
    this.#admitsPlain = admitsPlain
    this.#state = new MarkWatch(directory, readKeyState)
  }

  /** @throws StorageError FS-CRYPT-001 with reason `encryption_off` or `retired_key` */
  async admit({ key, encryption }: FileDocument): Promise<void> {
    const { hasKeys, current } = await this.#state.current()
    if (encryption === undefined) {
      if (hasKeys && !this.#admitsPlain) throw encryptionOff(key)
      return
    }
    if (current !== undefined && current !== encryption.key_id)
      throw retiredKey(key, encryption.key_id, current)
  }

  /** From then on no process stores anything with another key. */
  async makeCurrent(id: string): Promise<void> {
    await writeCurrentKey(this.#directory, id)
    this.#state.forget()
  }
}

function encryptionOff(key: string): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    `'${key}' cannot be stored as it is: this store is encrypted, and this storage was opened without "enableEncryption"; open it with "enableEncryption" and its key, or with "requireEncryption": false to store files that are not encrypted`,
    { context: { key, reason: 'encryption_off' } },
  )
}

function retiredKey(key: string, id: string, current: string): StorageError {
  return new StorageError(
    'FS-CRYPT-001',
    `'${key}' cannot be stored with the key '${id}': rotateKeys() has made '${current}' the key of this store; open it with that key as "encryption_key" and '${current}' as "encryption_key_id"`,
    { context: { key, key_id: id, current_key_id: current, reason: 'retired_key' } },
  )
}

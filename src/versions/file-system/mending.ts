import { nowText } from '../../base/clock.js'
import { isErrorNamed } from '../../base/values.js'
import { QUARANTINE_DIRECTORY } from '../../format/layout.js'
import { FormatError } from '../../base/format-error.js'
import {
  decodeVersionFile,
  restoreVersionFile,
  VERSION_FILE_BYTES_MAX,
} from '../../document/version-file.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { isConflict } from '../../base/errors.js'
import type { OpenStore } from './open-store.js'
import { encodePromptFile } from './tree-scan.js'
import type { VersionDocument } from '../version-storage.js'

/** What `verify` does to files: each step is one transaction, and no only copy of anything is ever removed. */
export class Mending<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>

  constructor(store: OpenStore<Version>) {
    this.#store = store
  }

  /** A misplaced document, unless it is a deleted one, goes to its own place when that is free. */
  async moveHome(path: string, bytes: Uint8Array): Promise<boolean> {
    const mayMove = this.#store.layout.parseVersionPath(path) !== undefined
    const home = mayMove ? this.#homeOf(bytes) : undefined
    return home !== undefined && (await this.#move(path, home, bytes))
  }

  /** False when the file has gone. */
  async putAside(path: string): Promise<boolean> {
    const bytes = await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    if (bytes === undefined) return false
    const stamp = nowText().replaceAll(':', '')
    return await this.#move(path, `${QUARANTINE_DIRECTORY}/${path}.${stamp}`, bytes)
  }

  /** Writes a file as it was before other line ends or a byte order mark came into it. */
  async restore(path: string, bytes: Uint8Array): Promise<boolean> {
    const restored = restoreVersionFile(bytes)
    if (restored === undefined) return false
    return await this.#commit(path, [{ kind: 'replace', path, bytes: restored.bytes }])
  }

  /** Writes the id of a prompt with a hashed name into its file again. */
  async restoreId(promptId: string): Promise<boolean> {
    const path = this.#store.layout.promptFile(promptId)
    if (path === undefined) return false
    const bytes = encodePromptFile(promptId)
    return await this.#commit(path, [{ kind: 'replace', path, bytes }])
  }

  async #move(from: string, to: string, bytes: Uint8Array): Promise<boolean> {
    return await this.#commit(from, [
      { kind: 'create', path: to, bytes },
      { kind: 'remove', path: from },
    ])
  }

  async #commit(path: string, operations: readonly Operation[]): Promise<boolean> {
    try {
      await this.#store.directory.commit(operations, {
        fallback: 'FS-SAVE-001',
        what: `Cannot mend '${path}'`,
      })
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  #homeOf(bytes: Uint8Array): string | undefined {
    try {
      const { document, checksum } = decodeVersionFile(bytes)
      const { prompt_id: promptId, version } = document
      if (checksum === 'mismatch' || typeof promptId !== 'string' || typeof version !== 'string')
        return undefined
      const path = this.#store.layout.versionPath(promptId, version)
      return this.#store.layout.parseVersionPath(path) === undefined ? undefined : path
    } catch (error) {
      if (error instanceof FormatError || isErrorNamed(error, 'TypeError')) return undefined
      throw error
    }
  }
}

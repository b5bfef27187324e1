import { nowText } from '../../base/clock.js'
import { isErrorNamed } from '../../base/values.js'
import { QUARANTINE_DIRECTORY } from '../../format/layout.js'
import {
  decodeVersionFile,
  restoreVersionFile,
  VERSION_FILE_BYTES_MAX,
} from '../../document/version-file.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { FormatError, isConflict } from '../../base/errors.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { encodePromptFile } from './tree-scan.js'
import type { VersionDocument } from '../version-storage.js'

/** The repairs of `verify`: each step is one transaction, and none ever removes an only copy. */
export class Repair<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #mark: PlannedMark

  constructor(store: OpenStore<Version>, mark: PlannedMark) {
    this.#store = store
    this.#mark = mark
  }

  /** Moves a misplaced document, unless it is a deleted one, to its own place if that is free. */
  async moveToPlace(path: string, bytes: Uint8Array): Promise<boolean> {
    const mayMove = this.#store.layout.parseVersionPath(path) !== undefined
    const place = mayMove ? this.#placeOf(bytes) : undefined
    return place !== undefined && (await this.#move(path, place, bytes))
  }

  /** False if the file is gone. */
  async quarantine(path: string): Promise<boolean> {
    const bytes = await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    if (bytes === undefined) return false
    const stamp = nowText().replaceAll(':', '')
    return await this.#move(path, `${QUARANTINE_DIRECTORY}/${path}.${stamp}`, bytes)
  }

  /** Writes a file as it was before its line ends changed or a byte order mark was added. */
  async restore(path: string, bytes: Uint8Array): Promise<boolean> {
    const restored = restoreVersionFile(bytes)
    if (restored === undefined) return false
    return await this.#commit(path, [{ kind: 'replace', path, bytes: restored.bytes }])
  }

  /** Rewrites the id file of a prompt with a hashed name. */
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
      await this.#mark.commit(operations, {
        fallback: 'FS-SAVE-001',
        what: `Cannot repair '${path}'`,
      })
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  #placeOf(bytes: Uint8Array): string | undefined {
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

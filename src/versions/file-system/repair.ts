import { nowText } from '../../base/clock.js'
import { isErrorNamed } from '../../base/values.js'
import { QUARANTINE_DIRECTORY } from '../../format/layout.js'
import {
  decodeVersionFile,
  restoreVersionFile,
  VERSION_FILE_BYTES_MAX,
} from '../../document/version-file.js'
import type { VersionForm } from '../../document/version-form.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import { FormatError, isConflict, isDamage, isStorageError } from '../../base/errors.js'
import { HEAD_FILE, parseHistoryName } from '../../document/store-names.js'
import { encodeHead, HEAD_BYTES_MAX } from './head-file.js'
import type { HeadFiles } from './head-files.js'
import { headPathIn } from './store-layout.js'
import { headFrom } from './rebuilt-head.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import type { NamedVersion } from './removed-versions.js'
import { encodePromptFile } from '../../document/prompt-file.js'
import { creationOf } from './version-changes.js'
import { plainBytes } from './version-codec.js'
import type { FoundFile } from './version-files.js'
import type { Expected } from '../version-reader.js'
import type { VersionDocument } from '../version-storage.js'

type WholeHistory = Awaited<ReturnType<HeadFiles['historyAlone']>>

/** The repairs of `verify`: each step is one transaction, and none ever removes an only copy. */
export class Repair<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #mark: PlannedMark

  constructor(store: OpenStore<Version>, mark: PlannedMark) {
    this.#store = store
    this.#mark = mark
  }

  /** Moves a misplaced document, unless it is a deleted one, to its own place if that is free. */
  async moveToPlace(from: Expected, stored: Uint8Array, form: VersionForm): Promise<boolean> {
    const { path } = from
    const mayMove = this.#store.layout.parseVersionPath(path) !== undefined
    const named = mayMove ? this.#nameOf(await plainBytes(stored, form, from)) : undefined
    if (named === undefined) return false
    const { promptId, version } = named
    const { operations } = creationOf(this.#store.layout, promptId, version, named.bytes)
    return await this.#commit(path, [...operations, { kind: 'remove', path }])
  }

  /** Removes the file of a version that is at two places, if both have the same text. */
  async removeDuplicate(used: FoundFile, { path, place }: FoundFile<true>): Promise<boolean> {
    const bytes = await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    if (bytes === undefined || !(await isSameText(used, { path, place, found: bytes })))
      return false
    const { inlineBytesMax } = this.#store.directory
    // As a move, which is not a removal of the version for anything that follows the changes.
    return await this.#commit(path, [
      {
        kind: 'replace',
        path: used.path,
        bytes: used.found,
        ...ifStill(used.found, inlineBytesMax),
      },
      { kind: 'remove', path, ...ifStill(bytes, inlineBytesMax) },
    ])
  }

  /** False if the file is gone. */
  async quarantine(path: string): Promise<boolean> {
    const bytes = await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    if (bytes === undefined) return false
    return await this.#move(path, asideOf(path), bytes)
  }

  /**
   * Writes a damaged or lost head again, as far as its history proves it; a damaged one goes into quarantine. Returns
   * what was done, and undefined if nothing was: the history is damaged or absent too, or the file has a valid checksum,
   * so that it is not damaged but of another form, or the store is being resharded.
   */
  async rebuildHead(promptId: string): Promise<string | undefined> {
    const { directory, heads, layout, checksums } = this.#store
    // Its files may be in either of two directories then.
    if (layout.rules.otherDepth !== undefined) return undefined
    const path = headPathIn(layout.promptDirectory(promptId))
    const bytes = await directory.read(path, { maxBytes: HEAD_BYTES_MAX })
    if (bytes !== undefined && hasValidChecksum(bytes)) return undefined
    try {
      // Another process may have repaired it meanwhile.
      if (bytes !== undefined && (await heads.read(promptId)).head !== undefined) return undefined
    } catch (error) {
      if (!isDamage(error)) throw error
    }
    const history = await this.#wholeHistory(promptId)
    if (history === undefined) return undefined
    const { entries, files } = history
    const head = { head: headFrom(entries), history: files, moves: entries.length }
    const written = encodeHead(head, { checksum: checksums })
    const proven = `labels and the highest deleted number are as ${entries.length} entries of the history say`
    if (bytes === undefined) {
      const isDone = await this.#commit(path, [{ kind: 'create', path, bytes: written }])
      return isDone
        ? `'${HEAD_FILE}' was written again: ${proven}; tags and deprecations are lost`
        : undefined
    }
    const aside = asideOf(path)
    // An empty file cannot be a condition; nothing but a repair changes a head that is damaged.
    const condition = bytes.length === 0 ? {} : { ifBytes: bytes }
    const isDone = await this.#commit(path, [
      { kind: 'create', path: aside, bytes },
      { kind: 'replace', path, bytes: written, ...condition },
    ])
    return isDone
      ? `written again: ${proven}; tags and deprecations are only in the damaged file, now '${aside}'`
      : undefined
  }

  /** Undefined if it is damaged, or one of its files is missing. */
  async #wholeHistory(promptId: string): Promise<WholeHistory | undefined> {
    const { directory, heads, layout } = this.#store
    const within = layout.promptDirectory(promptId)
    const listed = (await directory.volume.list(within)) ?? []
    const numbers = listed.flatMap(({ name }) => parseHistoryName(name) ?? [])
    try {
      const history = await heads.historyAlone(promptId)
      const isWhole = history.files > 0 && numbers.every((number) => number <= history.files)
      return isWhole ? history : undefined
    } catch (error) {
      if (!isDamage(error)) throw error
      return undefined
    }
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

  /** The version that a misplaced document is; undefined if it is damaged. */
  #nameOf(bytes: Uint8Array): (NamedVersion & { readonly bytes: Uint8Array }) | undefined {
    try {
      const { document, checksum } = decodeVersionFile(bytes)
      const { prompt_id: promptId, version } = document
      if (checksum === 'mismatch' || typeof promptId !== 'string' || typeof version !== 'string')
        return undefined
      const path = this.#store.layout.versionPath(promptId, version)
      const isPlace = this.#store.layout.parseVersionPath(path) !== undefined
      return isPlace ? { promptId, version, bytes } : undefined
    } catch (error) {
      if (error instanceof FormatError || isErrorNamed(error, 'TypeError')) return undefined
      throw error
    }
  }
}

async function isSameText(one: FoundFile, other: FoundFile): Promise<boolean> {
  try {
    const [text, otherText] = await Promise.all([one, other].map(textOf))
    return Buffer.from(text ?? []).equals(otherText ?? new Uint8Array(0))
  } catch (error) {
    if (isStorageError(error, 'FS-LOAD-001')) return false
    throw error
  }
}

async function textOf({ path, place, found }: FoundFile): Promise<Uint8Array> {
  const { promptId, version, form } = place
  return await plainBytes(found, form, { promptId, version, path })
}

/** Where a damaged file is put aside. */
function asideOf(path: string): string {
  return `${QUARANTINE_DIRECTORY}/${path}.${nowText().replaceAll(':', '')}`
}

function hasValidChecksum(bytes: Uint8Array): boolean {
  try {
    return decodeVersionFile(bytes).checksum === 'valid'
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}

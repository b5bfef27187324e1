import { documentTime } from '../../base/clock.js'
import { INDEX_FILE, isHeadFile, TRASH_DIRECTORY } from '../../document/store-names.js'
import { isHashedName } from '../../document/prompt-id.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { VersionForm } from '../../document/version-form.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import {
  DETAIL_OF_ALTERATION,
  KIND_OF_REASON,
  type Damaged,
  type Finding,
  type FindingKind,
  type VerifyOptions,
  type VerifyReport,
} from './findings.js'
import { abandonedStaged } from '../../engine/recovery/sweep-staged.js'
import { findDuplicates } from './duplicates.js'
import { decodeIndex, isOtherIndexForm } from './index-file.js'
import { Repair } from './repair.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import {
  blockingOf,
  differencesFromIndex,
  findForeignEntries,
  isBelow,
  foreignEntry,
} from './foreign-entries.js'
import { findPromptDirectories, readable, readPromptFile, readPromptId } from './tree-scan.js'
import { lostFindings } from './lost-findings.js'
import { verifyHead } from './verify-heads.js'
import { promptFileIn, promptNameOf } from './store-layout.js'
import { formOf } from './trash.js'
import { plainBytes } from './version-codec.js'
import { readSound, readVersion, type Expected } from '../version-reader.js'
import type { VersionDocument } from '../version-storage.js'

const FOREIGN = 'does not belong to this store; it is left alone'

/** One verification of a store, under one mark. */
export class Verification<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #asked: Required<VerifyOptions>
  readonly #repairs: Repair<Version>
  readonly #findings: Finding[] = []
  readonly #damaged: Damaged[] = []
  readonly #schemaVersions = new Map<number, number>()
  readonly #seen = new Map<string, Set<string>>()
  /** The files of versions, in the order in which they were checked. */
  readonly #places: Expected[] = []
  #checked = 0
  #checkedBytes = 0

  constructor(store: OpenStore<Version>, mark: PlannedMark, options: Required<VerifyOptions>) {
    this.#store = store
    this.#asked = options
    this.#repairs = new Repair(store, mark)
  }

  async run(): Promise<VerifyReport> {
    const { directory, layout, names } = this.#store
    await directory.waitForPublish()
    await names.current()
    this.#noteJournal()
    const foreign = await findForeignEntries(directory.volume, layout)
    const blocking = await blockingOf(this.#store, foreign)
    await this.#noteLost(blocking)
    await this.#checkIndexFile()
    for (const { path, kind } of foreign) {
      if (blocking.has(path))
        this.#find('not-a-directory', path, 'is in the place of a directory of prompts')
      else this.#find(kind, path, FOREIGN)
    }
    for (const path of await abandonedStaged(directory.volume))
      this.#find('leftover', path, 'was staged by a process that has ended')
    for (const found of await findPromptDirectories(directory.volume, layout, this.#unreadable))
      for (const directory of found.directories) await this.#checkDirectory(directory)
    await this.#checkDuplicates()
    await this.#checkTrash()
    const heldBack = this.#damaged.length > this.#asked.quarantineMax ? this.#damaged.length : 0
    if (heldBack === 0) await this.#quarantine()
    await this.#compareWithIndex(blocking)
    return {
      checked: this.#checked,
      checked_bytes: this.#checkedBytes,
      findings: Object.freeze(this.#findings),
      held_back: heldBack,
      schema_versions: Object.freeze(Object.fromEntries(this.#schemaVersions)),
    }
  }

  readonly #unreadable = (path: string, error: StorageError): void => {
    this.#find('unreadable', path, error.message)
  }

  /** A store opens with a damaged journal only if it was asked to repair it; that repair is reported here. */
  #noteJournal(): void {
    const { repaired } = this.#store.directory.health()
    if (repaired === undefined) return
    this.#find('damaged-journal', String(repaired.context['path']), repaired.message, true)
  }

  async #noteLost(blocking: ReadonlySet<string>): Promise<void> {
    for (const { path, detail, isDone } of await lostFindings(this.#store, blocking, this.#asked))
      this.#find('lost-file', path, detail, isDone)
  }

  async #checkIndexFile(): Promise<void> {
    const { directory, names } = this.#store
    if (names.has('', '') === undefined) return
    const bytes = await this.#readOrReport(INDEX_FILE)
    if (bytes === undefined || decodeIndex(bytes) !== undefined || isOtherIndexForm(bytes)) return
    const { repair } = this.#asked
    this.#find('stale-index', INDEX_FILE, 'is not an index; a checkpoint writes one', repair)
    if (repair) await directory.volume.remove(INDEX_FILE)
  }

  async #checkDirectory(directory: string): Promise<void> {
    const entries = await this.#listOrReport(directory)
    if (entries === undefined) return
    const checkId = async (): Promise<string> => (await this.#checkId(directory, entries)) ?? ''
    const promptId = await readable(directory, this.#unreadable, checkId)
    if (promptId === undefined) return
    for (const entry of entries) {
      if (promptId === '')
        this.#find('foreign-file', `${directory}/${entry.name}`, 'its directory is not a prompt')
      else await this.#checkEntry(directory, promptId, entry)
    }
    if (promptId === '') return
    const heads = await verifyHead(this.#store, promptId, directory, entries)
    for (const found of heads) {
      const finding = this.#find(found.kind, found.path, found.detail)
      if (this.#asked.repair && found.isHeadLost === true)
        this.#damaged.push({ finding, promptId, version: undefined })
    }
  }

  async #listOrReport(directory: string): Promise<readonly DirectoryEntry[] | undefined> {
    try {
      return (await this.#store.directory.volume.list(directory)) ?? []
    } catch (error) {
      if (!isStorageError(error, 'FS-PERM-001') && !isStorageError(error, 'FS-LOAD-002'))
        throw error
      this.#unreadable(directory, error)
      return undefined
    }
  }

  /** The id of a hashed name is in a file; if that is lost, the versions have it. */
  async #checkId(
    directory: string,
    entries: readonly DirectoryEntry[],
  ): Promise<string | undefined> {
    const { directory: store, layout } = this.#store
    const versions = entries.flatMap(
      ({ name }) => layout.parseVersionPath(`${directory}/${name}`) ?? [],
    )
    const promptId = await readPromptId(store.volume, layout, [directory], versions)
    const isHashed = isHashedName(promptNameOf(directory))
    if (versions.length === 0 || !isHashed) return promptId
    if ((await readPromptFile(store.volume, layout, directory)) !== undefined) return promptId
    const repaired =
      this.#asked.repair && promptId !== undefined && (await this.#repairs.restoreId(promptId))
    this.#find('missing-id', directory, 'has versions, but no file with the prompt id', repaired)
    return promptId
  }

  async #checkEntry(directory: string, promptId: string, entry: DirectoryEntry): Promise<void> {
    const path = `${directory}/${entry.name}`
    const { layout } = this.#store
    const place = layout.parseVersionPath(path)
    if (path === promptFileIn(directory) || isHeadFile(entry.name)) return
    // While the store is resharded, the directory of a prompt may be that of other prompts, too.
    if (entry.kind === 'directory' && layout.isPromptDirectory(path)) return
    if (place === undefined) {
      this.#find(foreignEntry(path, entry.kind).kind, path, 'is not a version; it is left alone')
      return
    }
    if (entry.kind !== 'file') {
      const what = entry.kind === 'directory' ? 'a directory' : 'a link or device'
      this.#find('not-a-file', path, `is ${what} in the place of a version; move it away`)
      return
    }
    const bytes = await this.#readOrReport(path)
    if (bytes === undefined) return
    this.#checked++
    this.#checkedBytes += bytes.length
    this.#note(promptId, place.version)
    this.#places.push({ promptId, version: place.version, path })
    await this.#checkVersion({ promptId, version: place.version, path }, bytes, place.form)
  }

  async #checkDuplicates(): Promise<void> {
    for (const { used, other } of await findDuplicates(this.#store.files, this.#places)) {
      const repaired = this.#asked.repair && (await this.#repairs.removeDuplicate(used, other))
      const detail = `is a version that is also at '${used.path}', which is the file that is read`
      this.#find('duplicate', other.path, detail, repaired)
    }
  }

  async #checkTrash(): Promise<void> {
    const entries = await this.#listOrReport(TRASH_DIRECTORY)
    if (entries === undefined) return
    for (const { name, kind } of entries)
      if (kind !== 'directory') this.#find('foreign-file', `${TRASH_DIRECTORY}/${name}`, FOREIGN)
    const trashed = await this.#store.trash.list(undefined, this.#unreadable)
    for (const one of trashed) {
      const { path, prompt_id: promptId, version } = one
      const bytes = await this.#readOrReport(path)
      if (bytes === undefined) continue
      this.#checked++
      this.#checkedBytes += bytes.length
      await this.#checkVersion({ promptId, version, path }, bytes, formOf(one))
    }
  }

  /** Undefined for a file that is gone, and for one that cannot be read. */
  async #readOrReport(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#find('unreadable', path, error.message)
      return undefined
    }
  }

  /** @param stored the bytes of the file */
  async #checkVersion(expected: Expected, stored: Uint8Array, form: VersionForm): Promise<void> {
    const { path, promptId, version } = expected
    const rules = { ...this.#store.rules, checksums: true, onAltered: undefined }
    let hasValidChecksum = false
    try {
      const bytes = await plainBytes(stored, form, expected)
      const { checksum, altered, savedAt, schemaVersion } = readSound(bytes, expected, rules)
      hasValidChecksum = checksum === 'valid'
      this.#schemaVersions.set(schemaVersion, (this.#schemaVersions.get(schemaVersion) ?? 0) + 1)
      await readVersion(bytes, expected, rules)
      if (checksum === 'missing' && this.#store.checksums)
        this.#find('missing-checksum', path, 'was written by another program')
      if (savedAt !== undefined && savedAt > documentTime().toISOString())
        this.#find('future-time', path, `was committed at ${savedAt}, which is in the future`)
      if (altered !== undefined) {
        const isPlain = form === 'plain'
        const repaired = this.#asked.repair && isPlain && (await this.#repairs.restore(path, bytes))
        this.#find(altered, path, DETAIL_OF_ALTERATION[altered], repaired)
      }
    } catch (error) {
      if (!isStorageError(error)) throw error
      const kind = KIND_OF_REASON[String(error.context['reason'])] ?? 'damaged-json'
      const isMisplaced = kind === 'misplaced'
      if (
        this.#asked.repair &&
        isMisplaced &&
        (await this.#repairs.moveToPlace(expected, stored, form))
      ) {
        this.#forget(path, promptId, version)
        this.#find(kind, path, error.message, true)
        return
      }
      const finding = this.#find(kind, path, error.message)
      // A document with a valid checksum is not damaged, even if the schema has changed since.
      if (this.#asked.repair && !hasValidChecksum)
        this.#damaged.push({ finding, promptId, version })
    }
  }

  /** Moves damaged files into quarantine, whole. */
  async #quarantine(): Promise<void> {
    for (const { finding, promptId, version } of this.#damaged) {
      const { path } = finding
      let { detail } = finding
      if (version === undefined) {
        const done = await this.#repairs.rebuildHead(promptId)
        if (done === undefined) continue
        detail += `; ${done}`
      } else {
        if (!(await this.#repairs.quarantine(path))) continue
        this.#forget(path, promptId, version)
      }
      this.#findings[this.#findings.indexOf(finding)] = Object.freeze({
        ...finding,
        detail,
        repaired: true,
      })
    }
  }

  #forget(path: string, promptId: string, version: string): void {
    if (this.#store.layout.parseVersionPath(path) !== undefined)
      this.#seen.get(promptId)?.delete(version)
  }

  async #compareWithIndex(blocking: ReadonlySet<string>): Promise<void> {
    const missing: string[] = []
    for (const { kind, path, detail } of await differencesFromIndex(this.#store, this.#seen)) {
      this.#find(kind, path, detail, this.#asked.repair)
      if (kind === 'missing-file' && !isBelow(path, blocking)) missing.push(path)
    }
    if (!this.#asked.repair || this.#findings.length === 0) return
    await this.#store.names.rebuild()
    // The repair removed them from the index, so the next one must not report them as lost.
    if (missing.length > 0) await this.#store.directory.acceptLost(missing)
  }

  #note(promptId: string, version: string): void {
    const versions = this.#seen.get(promptId) ?? new Set<string>()
    versions.add(version)
    this.#seen.set(promptId, versions)
  }

  #find(kind: FindingKind, path: string, detail: string, repaired = false): Finding {
    const finding = Object.freeze({ kind, path, detail, repaired })
    this.#findings.push(finding)
    return finding
  }
}

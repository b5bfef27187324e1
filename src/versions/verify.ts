import { isErrorNamed } from '../base/values.js'
import { nowText } from '../base/clock.js'
import { INDEX_FILE, QUARANTINE_DIRECTORY } from '../document/layout.js'
import { FormatError } from '../document/record.js'
import { decodeVersionFile, VERSION_FILE_BYTES_MAX } from '../document/version-file.js'
import type { DirectoryEntry } from '../disk/disk.js'
import type { Operation } from '../engine/transaction.js'
import { isStorageError } from '../errors.js'
import { booleanOption, rejectUnknown } from '../options.js'
import { decodeIndex } from './index-file.js'
import type { OpenStore } from './open-store.js'
import { findStrangers, stranger } from './strangers.js'
import { findPromptDirectories, readPromptId } from './tree-scan.js'
import { readVersion } from './version-reader.js'
import type { VersionDocument } from './version-storage.js'

export interface VerifyOptions {
  /** Mend what can be mended: damaged files go to `.quarantine`, misplaced ones to their place. Default false. */
  readonly repair?: boolean
  /** Takes the files that could not be kept off the list of them, once they are reported. Default false. */
  readonly accept?: boolean
}

export type FindingKind =
  | 'damaged-json'
  | 'unreadable'
  | 'checksum-mismatch'
  | 'missing-checksum'
  | 'misplaced'
  | 'schema'
  | 'missing-file'
  | 'unlisted-file'
  | 'foreign-file'
  | 'foreign-directory'
  | 'stale-index'
  | 'damaged-journal'
  | 'lost-file'

export interface Finding {
  readonly kind: FindingKind
  /** Relative to the store. */
  readonly path: string
  readonly detail: string
  readonly repaired: boolean
}

export interface VerifyReport {
  /** Version files that were read. */
  readonly checked: number
  readonly findings: readonly Finding[]
}

/** Findings that are news and no damage: nothing is lost, and nothing needs mending. */
export const HARMLESS_FINDINGS: ReadonlySet<FindingKind> = new Set([
  'missing-checksum',
  'foreign-file',
  'foreign-directory',
])

/** Reads every file of a store and compares it with its name, its checksum and the index. */
export async function verifyStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  rejectUnknown(options, ['repair', 'accept'], 'verify')
  const verification = new Verification(store, {
    repair: booleanOption('repair', options.repair, false),
    accept: booleanOption('accept', options.accept, false),
  })
  return await verification.run()
}

class Verification<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #repair: boolean
  readonly #accept: boolean
  readonly #findings: Finding[] = []
  readonly #seen = new Map<string, Set<string>>()
  #checked = 0

  constructor(store: OpenStore<Version>, { repair, accept }: Required<VerifyOptions>) {
    this.#store = store
    this.#repair = repair
    this.#accept = accept
  }

  async run(): Promise<VerifyReport> {
    const { directory, layout, names } = this.#store
    await directory.settle()
    await names.current()
    this.#noteJournal()
    await this.#noteLost()
    await this.#checkIndexFile()
    for (const { path, kind } of await findStrangers(directory.volume, layout))
      this.#find(kind, path, 'is not of this store; it is left alone')
    for (const found of await findPromptDirectories(directory.volume, layout)) {
      await this.#checkDirectory(found.directory)
    }
    await this.#checkTrash()
    await this.#compareWithIndex()
    if (this.#repair && this.#findings.length > 0) await names.rebuild()
    return { checked: this.#checked, findings: Object.freeze(this.#findings) }
  }

  /** A store does not open with a damaged journal, unless it is told to repair it; then this is where it is told. */
  #noteJournal(): void {
    const { repaired } = this.#store.directory.health()
    if (repaired === undefined) return
    this.#find('damaged-journal', String(repaired.context['path']), repaired.message, true)
  }

  /** What could not be kept is told again, over any number of openings, until it is accepted. */
  async #noteLost(): Promise<void> {
    const { directory } = this.#store
    for (const { path, reason, noticed_at: at } of directory.lostFiles)
      this.#find('lost-file', path, `could not be kept (${reason}, noticed ${at})`, this.#accept)
    if (this.#accept) await directory.acceptLost()
  }

  async #checkIndexFile(): Promise<void> {
    const { directory, layout, names } = this.#store
    if (names.has('', '') === undefined) return
    const bytes = await this.#readOrReport(INDEX_FILE)
    if (bytes === undefined || decodeIndex(bytes, layout.rules) !== undefined) return
    this.#find(
      'stale-index',
      INDEX_FILE,
      'is no index; it is written anew at the next checkpoint',
      this.#repair,
    )
    if (this.#repair) await directory.volume.remove(INDEX_FILE)
  }

  async #checkDirectory(directory: string): Promise<void> {
    const { volume } = this.#store.directory
    const promptId = await readPromptId(volume, this.#store.layout, directory)
    for (const entry of (await volume.list(directory)) ?? []) {
      if (promptId === undefined)
        this.#find('foreign-file', `${directory}/${entry.name}`, 'lies in a directory of no prompt')
      else await this.#checkEntry(directory, promptId, entry)
    }
  }

  async #checkEntry(directory: string, promptId: string, entry: DirectoryEntry): Promise<void> {
    const path = `${directory}/${entry.name}`
    const place = this.#store.layout.parseVersionPath(path)
    if (path === this.#store.layout.promptFile(promptId)) return
    if (place === undefined || entry.kind !== 'file') {
      this.#find(stranger(path, entry.kind).kind, path, 'is no version; it is left alone')
      return
    }
    const bytes = await this.#readOrReport(path)
    if (bytes === undefined) return
    this.#checked++
    this.#note(promptId, place.version)
    await this.#checkVersion(path, bytes, promptId, place.version)
  }

  async #checkTrash(): Promise<void> {
    for (const { path, prompt_id: promptId, version } of await this.#store.trash.list()) {
      const bytes = await this.#readOrReport(path)
      if (bytes === undefined) continue
      this.#checked++
      await this.#checkVersion(path, bytes, promptId, version)
    }
  }

  /** Undefined for a file that is gone, and for one that does not let itself be read. */
  async #readOrReport(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.directory.read(path, { maxBytes: VERSION_FILE_BYTES_MAX })
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#find('unreadable', path, error.message)
      return undefined
    }
  }

  async #checkVersion(
    path: string,
    bytes: Uint8Array,
    promptId: string,
    version: string,
  ): Promise<void> {
    try {
      await readVersion(
        bytes,
        { promptId, version, path },
        { ...this.#store.rules, checksums: true },
      )
      if (decodeVersionFile(bytes).checksum === 'missing' && this.#store.checksums) {
        this.#find('missing-checksum', path, 'was written by other hands')
      }
    } catch (error) {
      if (!isStorageError(error)) throw error
      const kind = KIND_OF_REASON[String(error.context['reason'])] ?? 'damaged-json'
      const repaired = this.#repair && (await this.#mend(kind, path, bytes))
      if (repaired && this.#store.layout.versionPath(promptId, version) === path)
        this.#seen.get(promptId)?.delete(version)
      this.#find(kind, path, error.message, repaired)
    }
  }

  /** A misplaced document (no deleted one) goes to its own place when that is free; whatever else is damaged goes to quarantine, whole. */
  async #mend(kind: FindingKind, path: string, bytes: Uint8Array): Promise<boolean> {
    const mayMove = kind === 'misplaced' && this.#store.layout.parseVersionPath(path) !== undefined
    const home = mayMove ? this.#homeOf(bytes) : undefined
    if (home !== undefined && (await this.#move(path, home, bytes))) return true
    const stamp = nowText().replaceAll(':', '')
    return await this.#move(path, `${QUARANTINE_DIRECTORY}/${path}.${stamp}`, bytes)
  }

  async #move(from: string, to: string, bytes: Uint8Array): Promise<boolean> {
    const operations: Operation[] = [
      { kind: 'create', path: to, bytes },
      { kind: 'remove', path: from },
    ]
    try {
      await this.#store.directory.commit(operations, {
        fallback: 'FS-SAVE-001',
        what: `Cannot mend '${from}'`,
      })
      return true
    } catch (error) {
      if (isStorageError(error, 'FS-CONFLICT-001')) return false
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

  async #compareWithIndex(): Promise<void> {
    const { names, layout } = this.#store
    if (names.has('', '') === undefined) return
    await names.current()
    for (const promptId of await names.promptIds()) {
      for (const version of await names.versions(promptId)) {
        if (this.#seen.get(promptId)?.delete(version)) continue
        const path = layout.versionPath(promptId, version)
        if ((await this.#store.directory.volume.stat(path)) !== undefined) continue
        this.#find('missing-file', path, 'is in the index and not on the disk', this.#repair)
      }
    }
    for (const [promptId, versions] of this.#seen) {
      for (const version of versions) {
        if (names.has(promptId, version) === true) continue
        this.#find(
          'unlisted-file',
          layout.versionPath(promptId, version),
          'is on the disk and not in the index',
          this.#repair,
        )
      }
    }
  }

  #note(promptId: string, version: string): void {
    const versions = this.#seen.get(promptId) ?? new Set<string>()
    versions.add(version)
    this.#seen.set(promptId, versions)
  }

  #find(kind: FindingKind, path: string, detail: string, repaired = false): void {
    this.#findings.push(Object.freeze({ kind, path, detail, repaired }))
  }
}

const KIND_OF_REASON: Readonly<Record<string, FindingKind>> = {
  checksum: 'checksum-mismatch',
  json: 'damaged-json',
  misplaced: 'misplaced',
  schema: 'schema',
}

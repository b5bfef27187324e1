import { nowMs } from '../../base/clock.js'
import { isHeadFile } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import { mapLimited } from '../../base/map-limited.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { placedChanges } from './placed-changes.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'
import type { NamedVersion } from './removed-versions.js'
import {
  findPromptDirectories,
  listVersions,
  scanPrompt,
  scanPrompts,
  type PromptDirectory,
} from './tree-scan.js'
import { VersionIndex } from '../version-index.js'

/** The result of reading the directories that the index does not prove. */
export interface ChangedDirectories {
  /** How many directories were read. */
  readonly read: number
  /** How many of them are prompts'. */
  readonly prompts: number
  /** The versions that the index held and the directories do not. */
  readonly gone: readonly NamedVersion[]
}

const PROVEN_AT_ONCE = 16

/** Reads the directories of prompts into an index, and tracks which of them the index is proven to show as they are. */
export class TreeReader {
  readonly stamps: DirectoryStamps = new DirectoryStamps()
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #hashedIds = new Map<string, string>()
  readonly #unreadable = new Map<string, StorageError>()

  constructor(directory: Store, layout: StoreLayout) {
    this.#directory = directory
    this.#layout = layout
  }

  /** Notes the id behind a hashed name. */
  noteId(promptId: string): void {
    if (this.#layout.promptFile(promptId) !== undefined)
      this.#hashedIds.set(promptNameOf(this.#layout.promptDirectory(promptId)), promptId)
  }

  idOf(directory: string): string | undefined {
    return this.#layout.promptIdOf(directory) ?? this.#hashedIds.get(promptNameOf(directory))
  }

  /** A file beside the versions of a prompt was changed: the directory has another stamp now. */
  touched(path: string): void {
    const end = path.lastIndexOf('/')
    if (end === -1 || !isHeadFile(path.slice(end + 1))) return
    const promptId = this.idOf(path.slice(0, end))
    if (promptId !== undefined) this.stamps.changed(promptId)
  }

  /** As `idOf`; reads the files of the directory if necessary. */
  async readId({ directory }: Pick<VersionPlace, 'directory'>): Promise<string | undefined> {
    const { volume } = this.#directory
    const name = promptNameOf(directory)
    for (;;) {
      await this.#directory.waitForPublish()
      const { lsn } = this.#directory
      const directories = this.#layout.directoriesBeside(directory)
      const promptId = (await scanPrompt(volume, this.#layout, directories))?.promptId
      if (promptId !== undefined) this.noteId(promptId)
      // While the files are moved, they may be at neither place when it is looked at.
      const isKnown = promptId !== undefined || this.#isUnchangedSince(lsn, name)
      if (isKnown) return promptId
    }
  }

  #isUnchangedSince(lsn: number, name: string): boolean {
    const changes = this.#directory.changesSince(lsn)
    return changes?.every(({ path }) => path.split('/').at(-2) !== name) === true
  }

  /** Why the directory of a prompt could not be read; undefined if it could. */
  refusalOf(promptId: string): StorageError | undefined {
    if (this.#unreadable.size === 0) return undefined
    const directories = this.#layout.promptDirectories(promptId)
    const above = directories.map((directory) =>
      directory.slice(0, Math.max(0, directory.indexOf('/'))),
    )
    const refused = [...directories, ...above].find((one) => this.#unreadable.has(one))
    return refused === undefined ? undefined : this.#unreadable.get(refused)
  }

  /** Reads every directory into an index, with the versions that are only in the journal so far. */
  async readAll(): Promise<VersionIndex> {
    const { volume } = this.#directory
    const index = new VersionIndex()
    this.stamps.clear()
    const prompts = await scanPrompts(volume, this.#layout, await this.#find(), this.#refused)
    for (const { promptId, versions, found } of prompts) {
      index.addAll(promptId, versions, found.modifiedMs)
      this.stamps.note(promptId, found.stamp, found.seenMs)
      this.noteId(promptId)
    }
    for (const { kind, place, timeMs } of placedChanges(
      this.#directory.pendingRedo,
      this.#layout,
    )) {
      const promptId = place && this.idOf(place.directory)
      if (place === undefined || promptId === undefined) continue
      if (kind === 'remove') index.remove(promptId, place.version, timeMs)
      else index.add(promptId, place.version, timeMs)
    }
    return index
  }

  /**
   * Reads the directories that the index lacks, and those that no stamp proves to be as it shows them.
   */
  async readChanged(index: VersionIndex): Promise<ChangedDirectories> {
    const found = await this.#find()
    const gone: NamedVersion[] = []
    const present = new Set(found.map(({ directory }) => promptNameOf(directory)))
    for (const promptId of index.sortedIds()) {
      const isThere = present.has(promptNameOf(this.#layout.promptDirectory(promptId)))
      if (isThere || this.refusalOf(promptId) !== undefined) continue
      for (const one of this.#drop(index, promptId)) gone.push(one)
    }
    const changed = found.filter(({ directory, stamp }) => {
      const promptId = this.idOf(directory)
      return promptId === undefined || stamp === undefined || this.stamps.get(promptId) !== stamp
    })
    const { volume } = this.#directory
    const prompts = await scanPrompts(volume, this.#layout, changed, this.#refused)
    let prompted = 0
    const scanned = new Map(prompts.map((prompt) => [prompt.found.directory, prompt]))
    for (const one of changed) {
      const prompt = scanned.get(one.directory)
      const promptId = prompt?.promptId ?? this.idOf(one.directory)
      if (promptId === undefined || this.#unreadable.has(one.directory)) continue
      // A foreign directory: every opening reads it again.
      if (prompt === undefined && index.count(promptId) === 0) continue
      prompted++
      for (const version of this.#take(index, promptId, prompt?.versions ?? [], one))
        gone.push(version)
    }
    return { read: changed.length, prompts: prompted, gone }
  }

  /** Reads one prompt's directories again. Returns the versions that the index held and they do not. */
  async readOne(index: VersionIndex, promptId: string): Promise<readonly NamedVersion[]> {
    const { volume } = this.#directory
    const directories = this.#layout.promptDirectories(promptId)
    const scanned = await scanPrompt(volume, this.#layout, directories)
    for (const directory of directories) this.#unreadable.delete(directory)
    const seen = { modifiedMs: nowMs(), stamp: undefined, seenMs: 0 }
    return this.#take(index, promptId, scanned?.versions ?? [], seen)
  }

  /**
   * Reads the directories that have changed with the index, so that their stamps prove what it shows. One that holds
   * anything else was changed by another program: it gets no stamp, and the next opening reads it. Commits that come
   * meanwhile are in the journal, and are replayed when the index file is read.
   */
  async prove(index: VersionIndex): Promise<void> {
    await mapLimited(this.stamps.unproven, PROVEN_AT_ONCE, async (promptId) => {
      try {
        await this.#prove(index, promptId)
      } catch (error) {
        // The next opening has to read the directory, and reports the error.
        if (!isStorageError(error)) throw error
      }
    })
  }

  async #prove(index: VersionIndex, promptId: string): Promise<void> {
    // A prompt that may have several directories has no stamp.
    if (this.#layout.depths.length > 1) return
    const { volume } = this.#directory
    const directory = this.#layout.promptDirectory(promptId)
    const seenMs = nowMs()
    const found = await volume.stat(directory)
    if (found === undefined) return this.stamps.forget(promptId)
    if (found.stamp === undefined || !isSettled(found.stamp, seenMs)) return
    const held = new Set(await listVersions(volume, this.#layout, directory))
    const shown = index.versions(promptId)
    if (held.size === shown.length && shown.every((version) => held.has(version)))
      this.stamps.note(promptId, found.stamp, seenMs)
  }

  #take(
    index: VersionIndex,
    promptId: string,
    versions: readonly string[],
    { modifiedMs, stamp, seenMs }: Pick<PromptDirectory, 'modifiedMs' | 'stamp' | 'seenMs'>,
  ): readonly NamedVersion[] {
    const gone = this.#drop(index, promptId, new Set(versions))
    index.addAll(promptId, versions, modifiedMs)
    this.stamps.note(promptId, stamp, seenMs)
    this.noteId(promptId)
    return gone
  }

  #drop(
    index: VersionIndex,
    promptId: string,
    kept: ReadonlySet<string> = new Set(),
  ): readonly NamedVersion[] {
    const gone = index.versions(promptId).filter((version) => !kept.has(version))
    for (const version of gone) index.remove(promptId, version, nowMs())
    return gone.map((version) => ({ promptId, version }))
  }

  async #find(): Promise<PromptDirectory[]> {
    this.#unreadable.clear()
    return await findPromptDirectories(this.#directory.volume, this.#layout, this.#refused)
  }

  readonly #refused = (directory: string, error: StorageError): void => {
    this.#unreadable.set(directory, error)
    publish('background-error', () => ({ directory: this.#directory.path, stage: 'index', error }))
  }
}

/** The clock of a file system is coarse: within one tick, a directory may change again and keep its stamp. */
const CLOCK_TICK_MS = 20
/** File systems that keep whole seconds (FAT: every second one) have times without a fraction. */
const COARSE_TICK_MS = 2000
const NANOSECONDS = 1_000_000

/**
 * Whether a stamp that was seen at `seenMs` proves what is read after that: the clock has ticked since the directory
 * last changed, so any later change gives it another stamp.
 */
export function isSettled(stamp: string, seenMs: number): boolean {
  const changedMs = Number.parseInt(stamp.slice(stamp.indexOf('-') + 1), 16) / NANOSECONDS
  const isCoarse = Math.floor(changedMs) % 1000 === 0
  return changedMs + CLOCK_TICK_MS + (isCoarse ? COARSE_TICK_MS : 0) < seenMs
}

/** For each prompt, the stamp of its directory in the state that the index shows. No stamp: nothing is proven. */
export class DirectoryStamps {
  readonly #stamps = new Map<string, string>()
  readonly #stale = new Set<string>()

  get(promptId: string): string | undefined {
    return this.#stamps.get(promptId)
  }

  /** The index has the directory's content, read just now; `stamp` was seen before that, at `seenMs`. */
  note(promptId: string, stamp: string | undefined, seenMs: number): void {
    if (stamp !== undefined && isSettled(stamp, seenMs)) {
      this.#stamps.set(promptId, stamp)
      this.#stale.delete(promptId)
    } else this.changed(promptId)
  }

  /** Takes a stamp from an index file. */
  load(promptId: string, stamp: string): void {
    if (stamp === '') this.#stale.add(promptId)
    else this.#stamps.set(promptId, stamp)
  }

  /** The directory has changed with the index, or is unknown. */
  changed(promptId: string): void {
    this.#stamps.delete(promptId)
    this.#stale.add(promptId)
  }

  clear(): void {
    this.#stamps.clear()
    this.#stale.clear()
  }

  /** The prompts whose directories have to be read before a stamp proves their content again. */
  get unproven(): readonly string[] {
    return [...this.#stale]
  }

  /** The prompt no longer has a directory. */
  forget(promptId: string): void {
    this.#stamps.delete(promptId)
    this.#stale.delete(promptId)
  }
}

import type { FollowMark } from './moving-files.js'
import { placedChanges, type PlacedChange } from './placed-changes.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { Store } from '../../engine/store.js'
import type { StorageError } from '../../base/errors.js'
import type { LabelMove } from '../prompt-heads.js'
import { publish } from '../../base/channels.js'
import { assertLayout } from './infer-layout.js'
import { sortVersions } from '../../document/version-number.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'
import { VersionIndex } from '../version-index.js'
import {
  findPromptDirectories,
  listVersions,
  readable,
  scanPrompt,
  scanPrompts,
} from './tree-scan.js'
import { decodeIndex, readIndexFile, writeIndexFile } from './index-file.js'

/** Which versions exist, by name: from the index, or from the directories of a store without one. */
export interface NameSource {
  /** Whether every commit of any process is known here and has reached the listeners: without waiting. */
  readonly isCurrent: boolean
  /** Resolves when answers include the last commit of any process. Undefined: they already do. */
  current(): Promise<void> | undefined
  /** Undefined if only the file can tell. */
  has(promptId: string, version: string): boolean | undefined
  /** Ascending by precedence. */
  versions(promptId: string): readonly string[] | Promise<readonly string[]>
  latest(promptId: string): string | undefined | Promise<string | undefined>
  /** Sorted by code unit. */
  promptIds(): readonly string[] | Promise<readonly string[]>
  totals(): Promise<{ readonly prompts: number; readonly versions: number }>
  /** A file is missing: reads the prompt's directory again. */
  recheck(promptId: string): Promise<void>
  /** Notes the id behind a hashed name, before its first version is committed. */
  noteId(promptId: string): void
  /** Forgets everything and reads the directories again. */
  rebuild(): Promise<{ readonly prompts: number; readonly versions: number }>
}

/** A version that was saved, moved or removed, with its prompt's id. */
export interface NamedChange extends PlacedChange {
  readonly promptId: string
  readonly version: string
}

/** A commit that moved labels of a prompt. */
export interface LabelledChange {
  readonly promptId: string
  /** In order. Undefined if they are not known. */
  readonly moves: readonly LabelMove[] | undefined
  readonly timeMs: number
}

/** Called on changes, which have their prompts' ids. A move changes nothing for them. */
export interface NamedListeners {
  readonly changed: (change: NamedChange) => void
  readonly labelled: (change: LabelledChange) => void
  /** More has changed than can be reported. */
  readonly reset: () => void
}

/** What a source of names follows, and what follows it. */
export interface Follows {
  readonly listeners: NamedListeners
  readonly followMark: FollowMark
}

/** Names straight from the directories, for stores that keep no index. */
export class TreeNames implements NameSource {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #followMark: FollowMark
  /** By the name of the directory. */
  readonly #hashedIds = new Map<string, string>()

  static async open(directory: Store, layout: StoreLayout, follows: Follows): Promise<TreeNames> {
    const { volume } = directory
    if (!(await holdsVersions(volume, layout))) await assertLayout(volume, layout)
    return new TreeNames(directory, layout, follows)
  }

  private constructor(directory: Store, layout: StoreLayout, { listeners, followMark }: Follows) {
    this.#directory = directory
    this.#layout = layout
    this.#followMark = followMark
    directory.onChange({
      changed: (changes) => {
        for (const change of placedChanges(changes, layout)) {
          const { kind, place, labels, timeMs } = change
          const prompt = place ?? labels
          if (kind === 'move' || prompt === undefined) continue
          const promptId = prompt.promptId ?? this.#hashedIdOf(prompt.directory)
          if (promptId === undefined) listeners.reset()
          else if (place !== undefined)
            listeners.changed({ ...change, promptId, version: place.version })
          else listeners.labelled({ promptId, moves: labels?.moves, timeMs })
        }
      },
      reset: () => listeners.reset(),
    })
    directory.onCheckpoint(
      async (lsn) => await updateIndexFile(directory, layout, lsn),
      directory.lsn,
    )
  }

  noteId(promptId: string): void {
    if (this.#layout.promptFile(promptId) !== undefined)
      this.#hashedIds.set(promptNameOf(this.#layout.promptDirectory(promptId)), promptId)
  }

  #hashedIdOf(directory: string): string | undefined {
    return this.#hashedIds.get(promptNameOf(directory))
  }

  get isCurrent(): boolean {
    return this.#directory.isCurrent
  }

  /** A directory may show a version before it is published for all readers: that is waited for. */
  current(): Promise<void> | undefined {
    return this.isCurrent ? undefined : this.#directory.refresh()
  }

  has(): undefined {
    return undefined
  }

  async versions(promptId: string): Promise<readonly string[]> {
    for (;;) {
      await this.#directory.waitForPublish()
      await this.#followMark()
      const { lsn } = this.#directory
      const { changes } = this.#layout
      const directories = this.#layout.promptDirectories(promptId)
      const scanned = await scanPrompt(this.#directory.volume, this.#layout, directories)
      await this.#directory.waitForPublish()
      await this.#followMark()
      if (changes !== this.#layout.changes) continue
      // The scan may show half of a commit that was published meanwhile.
      const changed = this.#directory.changesSince(lsn)
      if (changed?.every(({ path }) => !this.#layout.isOfPrompt(promptId, path)) === true)
        return sortVersions(scanned?.versions ?? [])
    }
  }

  async latest(promptId: string): Promise<string | undefined> {
    return (await this.versions(promptId)).at(-1)
  }

  async promptIds(): Promise<readonly string[]> {
    return (await this.#scan()).sortedIds()
  }

  async totals(): Promise<{ readonly prompts: number; readonly versions: number }> {
    const { totalPrompts: prompts, totalVersions: versions } = await this.#scan()
    return { prompts, versions }
  }

  /** Nothing is kept in memory here, so there is nothing to read again. */
  recheck(): Promise<void> {
    return Promise.resolve()
  }

  async rebuild(): Promise<{ readonly prompts: number; readonly versions: number }> {
    return await this.totals()
  }

  /** What the directories hold, with what was committed while they were read: a version may have been moved. */
  async #scan(): Promise<VersionIndex> {
    const { path, volume } = this.#directory
    const onUnreadable = (_: string, error: StorageError): void =>
      publish('background-error', () => ({ directory: path, stage: 'index', error }))
    for (;;) {
      await this.#directory.waitForPublish()
      await this.#followMark()
      const { lsn } = this.#directory
      const index = new VersionIndex()
      const found = await findPromptDirectories(volume, this.#layout, onUnreadable)
      const prompts = await scanPrompts(volume, this.#layout, found, onUnreadable)
      for (const { promptId, versions } of prompts) {
        index.addAll(promptId, versions, 0)
        this.noteId(promptId)
      }
      await this.#directory.waitForPublish()
      const changes = this.#directory.changesSince(lsn)
      if (changes === undefined) continue
      const placed = placedChanges(changes, this.#layout).filter(isPlaced)
      if (placed.every((change) => this.#applyTo(index, change))) return index
    }
  }

  /** False for a change of a prompt whose id is not known. */
  #applyTo(index: VersionIndex, { kind, place }: PlacedChange & { place: VersionPlace }): boolean {
    const promptId = place.promptId ?? this.#hashedIdOf(place.directory)
    if (promptId === undefined) return false
    if (kind === 'remove') index.remove(promptId, place.version, 0)
    else index.add(promptId, place.version, 0)
    return true
  }
}

function isPlaced(change: PlacedChange): change is PlacedChange & { place: VersionPlace } {
  return change.place !== undefined
}

/** Ignores unreadable directories: the first question that needs one reports it. */
async function holdsVersions(volume: StoreFiles, layout: StoreLayout): Promise<boolean> {
  const ignore = (): void => undefined
  const found = await findPromptDirectories(volume, layout, ignore)
  for (const directory of found.flatMap(({ directories }) => directories)) {
    const list = async (): Promise<readonly string[]> =>
      await listVersions(volume, layout, directory)
    const versions = await readable(directory, ignore, list)
    if (versions === undefined || versions.length > 0) return true
  }
  return false
}

/**
 * Brings the index file, if it exists, up to date with the journal: for a store that is open without an index. A
 * checkpoint shortens the journal, and an older index file could then no longer distinguish deletions by the store from
 * removals by another program. The directories are not read, so that files missing there are still noticed later.
 */
async function updateIndexFile(directory: Store, layout: StoreLayout, lsn: number): Promise<void> {
  const bytes = await readIndexFile(directory)
  const decoded = bytes && decodeIndex(bytes)
  if (decoded === undefined || decoded.lsn >= lsn) return
  const missed = directory.changesSince(decoded.lsn)
  if (missed === undefined) return
  const { index, stamps } = decoded
  const hashedIds = new Map<string, string>()
  for (const promptId of index.ids()) {
    if (layout.promptFile(promptId) !== undefined)
      hashedIds.set(promptNameOf(layout.promptDirectory(promptId)), promptId)
  }
  const changed = new Set<string>()
  for (const { kind, place, timeMs } of placedChanges(missed, layout)) {
    if (place === undefined) continue
    const promptId =
      place.promptId ??
      hashedIds.get(promptNameOf(place.directory)) ??
      (await scanPrompt(directory.volume, layout, layout.directoriesBeside(place.directory)))
        ?.promptId
    // The directory has been cleared since, with all that it held.
    if (promptId === undefined) continue
    changed.add(promptId)
    if (kind === 'remove') index.remove(promptId, place.version, timeMs)
    else index.add(promptId, place.version, timeMs)
  }
  await writeIndexFile(directory, index, lsn, (promptId) =>
    changed.has(promptId) ? undefined : stamps.get(promptId),
  )
}

import type { LoggedChange } from '../../engine/journal/dirty-log.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { Store } from '../../engine/store.js'
import type { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { assertLayout } from './store-metadata.js'
import { sortVersions } from '../../document/version-number.js'
import type { StoreLayout } from './store-layout.js'
import {
  findPromptDirectories,
  listVersions,
  readable,
  scanPrompt,
  scanPrompts,
  readPromptId,
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

/** A version that was saved or removed, with its prompt's id. */
export interface NamedChange extends LoggedChange {
  readonly promptId: string
  readonly version: string
}

/** Called on changes, which have their prompts' ids. */
export interface NamedListeners {
  readonly changed: (change: NamedChange) => void
  /** More has changed than can be reported. */
  readonly reset: () => void
}

/** Names straight from the directories, for stores that keep no index. */
export class TreeNames implements NameSource {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #hashedIds = new Map<string, string>()

  static async open(
    directory: Store,
    layout: StoreLayout,
    listeners: NamedListeners,
  ): Promise<TreeNames> {
    const { volume } = directory
    if (!(await holdsVersions(volume, layout))) await assertLayout(volume, layout)
    return new TreeNames(directory, layout, listeners)
  }

  private constructor(directory: Store, layout: StoreLayout, listeners: NamedListeners) {
    this.#directory = directory
    this.#layout = layout
    directory.onChange({
      changed: (changes) => {
        for (const change of changes) {
          const place = layout.changedPlace(change)
          const promptId = place && (place.promptId ?? this.#hashedIds.get(place.directory))
          if (place !== undefined && promptId !== undefined) {
            listeners.changed({ ...change, promptId, version: place.version })
          } else if (place !== undefined) listeners.reset()
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
    this.#hashedIds.set(this.#layout.promptDirectory(promptId), promptId)
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
    const directory = this.#layout.promptDirectory(promptId)
    for (;;) {
      await this.#directory.waitForPublish()
      const { lsn } = this.#directory
      const scanned = await scanPrompt(this.#directory.volume, this.#layout, directory)
      await this.#directory.waitForPublish()
      // The scan may show half of a commit that was published meanwhile.
      const changed = this.#directory.changesSince(lsn)
      if (changed?.every(({ path }) => !path.startsWith(`${directory}/`)) === true)
        return sortVersions(scanned?.versions ?? [])
    }
  }

  async latest(promptId: string): Promise<string | undefined> {
    return (await this.versions(promptId)).at(-1)
  }

  async promptIds(): Promise<readonly string[]> {
    const prompts = await this.#scan()
    return prompts.map(({ promptId }) => promptId).sort()
  }

  async totals(): Promise<{ readonly prompts: number; readonly versions: number }> {
    const prompts = await this.#scan()
    return {
      prompts: prompts.length,
      versions: prompts.reduce((sum, { versions }) => sum + versions.length, 0),
    }
  }

  /** Nothing is kept in memory here, so there is nothing to read again. */
  recheck(): Promise<void> {
    return Promise.resolve()
  }

  async rebuild(): Promise<{ readonly prompts: number; readonly versions: number }> {
    return await this.totals()
  }

  async #scan(): ReturnType<typeof scanPrompts> {
    const { path, volume } = this.#directory
    const onUnreadable = (_: string, error: StorageError): void =>
      publish('background-error', () => ({ directory: path, stage: 'index', error }))
    const found = await findPromptDirectories(volume, this.#layout, onUnreadable)
    const prompts = await scanPrompts(volume, this.#layout, found, onUnreadable)
    await this.#directory.waitForPublish()
    return prompts
  }
}

/** Ignores unreadable directories: the first question that needs one reports it. */
async function holdsVersions(volume: StoreFiles, layout: StoreLayout): Promise<boolean> {
  const ignore = (): void => undefined
  for (const { directory } of await findPromptDirectories(volume, layout, ignore)) {
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
      hashedIds.set(layout.promptDirectory(promptId), promptId)
  }
  const changed = new Set<string>()
  for (const change of missed) {
    const { kind, timeMs } = change
    const place = layout.changedPlace(change)
    if (place === undefined) continue
    const promptId =
      place.promptId ??
      hashedIds.get(place.directory) ??
      (await readPromptId(directory.volume, layout, place.directory, [place.version]))
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

import { nowMs } from '../base/clock.js'
import type { LoggedChange } from '../engine/dirty-log.js'
import type { DurableDirectory } from '../engine/durable-directory.js'
import { publish } from '../observe/channels.js'
import { decodeIndex } from './index-file.js'
import { readIndexFile, writeIndexFile } from './index-on-disk.js'
import type { StoreLayout, VersionPlace } from './store-layout.js'
import {
  findPromptDirectories,
  readPromptId,
  scanPrompt,
  scanPrompts,
  type PromptDirectory,
} from './tree-scan.js'
import { VersionIndex } from './version-index.js'
import type { NamedChange, NamedListeners, NameSource } from './version-names.js'

/** Directory times come from a clock that ticks coarsely: what changed this close to the index's time is read again. */
const CLOCK_TICK_MS = 20

/**
 * Keeps the index exact: loaded from its file or from the directories, then fed with every committed change, whoever
 * made it. The files are the truth, the index is derived from them, and its own file is only a faster way to load it.
 */
export class IndexKeeper implements NameSource {
  readonly #directory: DurableDirectory
  readonly #layout: StoreLayout
  readonly #listeners: NamedListeners
  readonly #hashedIds = new Map<string, string>()
  #index = new VersionIndex()
  /** Loading, rebuilding or resolving names: answers wait for it, changes are kept until it is done. */
  #work: Promise<void> | undefined
  #waiting: LoggedChange[] = []
  /** A change could not be applied: the index is built anew before it answers again. */
  #isStale = false
  /** How often directories were read, and up to which time what they showed is known to be published. */
  #scans = 0
  #settledScans = 0

  private constructor(directory: DurableDirectory, layout: StoreLayout, listeners: NamedListeners) {
    this.#directory = directory
    this.#layout = layout
    this.#listeners = listeners
  }

  /** @param validate read every directory, whatever the index file says */
  static async open(
    directory: DurableDirectory,
    layout: StoreLayout,
    listeners: NamedListeners,
    validate: boolean,
  ): Promise<IndexKeeper> {
    const keeper = new IndexKeeper(directory, layout, listeners)
    directory.onChange({
      changed: (changes) => keeper.#changed(changes),
      reset: () => keeper.#reset(),
    })
    let loadedAsOf: number | undefined
    await keeper.#run(async () => void (loadedAsOf = await keeper.#load(validate)))
    directory.onCheckpoint(async (lsn) => await keeper.#write(lsn), loadedAsOf)
    // What keeps it from being waited for now is met again, and told, by the first question.
    await keeper.#settle().catch(() => undefined)
    return keeper
  }

  get index(): VersionIndex {
    return this.#index
  }

  get isCurrent(): boolean {
    const isSettled = this.#settledScans === this.#scans
    return this.#work === undefined && !this.#isStale && isSettled && this.#directory.isCurrent
  }

  current(): Promise<void> | undefined {
    if (this.isCurrent) return undefined
    return this.#becomeCurrent()
  }

  has(promptId: string, version: string): boolean {
    return this.#index.has(promptId, version)
  }

  versions(promptId: string): readonly string[] {
    return this.#index.versions(promptId)
  }

  latest(promptId: string): string | undefined {
    return this.#index.latest(promptId)
  }

  promptIds(): readonly string[] {
    return this.#index.sortedIds()
  }

  async totals(): Promise<{ readonly prompts: number; readonly versions: number }> {
    return await Promise.resolve({
      prompts: this.#index.totalPrompts,
      versions: this.#index.totalVersions,
    })
  }

  async recheck(promptId: string): Promise<void> {
    await this.#run(async () => {
      const directory = this.#layout.promptDirectory(promptId)
      await this.#rescan(this.#index, { directory, modifiedMs: nowMs() }, promptId)
    })
  }

  async rebuild(): Promise<{ readonly prompts: number; readonly versions: number }> {
    await this.#directory.settle()
    await this.#run(async () => await this.#rebuild())
    this.#listeners.reset()
    if (this.#isWritable) await this.#write(this.#directory.lsn)
    return await this.totals()
  }

  /** Notes the id behind a hashed name before its first version is committed. */
  know(promptId: string): void {
    this.#hashedIds.set(this.#layout.promptDirectory(promptId), promptId)
  }

  get #isWritable(): boolean {
    return this.#directory.health().state === 'ok'
  }

  async #becomeCurrent(): Promise<void> {
    for (;;) {
      await this.#directory.refresh()
      if (this.#work !== undefined) await this.#work
      else if (this.#isStale) await this.#run(async () => await this.#rebuild())
      else if (this.#settledScans === this.#scans) return
      else await this.#settle()
    }
  }

  /** A directory shows what is just being published, perhaps by half: the journal tells the rest once it is done. */
  async #settle(): Promise<void> {
    const scans = this.#scans
    await this.#directory.settle()
    this.#settledScans = Math.max(scans, this.#settledScans)
  }

  /** Runs `work` alone; changes that come meanwhile are applied after it. */
  async #run(work: () => Promise<void>): Promise<void> {
    while (this.#work !== undefined) await this.#work
    const running = work().finally(() => {
      // In one step: a change that came between the two would be applied before older ones.
      this.#work = undefined
      const waiting = this.#waiting
      this.#waiting = []
      this.#changed(waiting)
    })
    this.#work = running.catch(() => undefined)
    await running
  }

  #changed(changes: readonly LoggedChange[]): void {
    if (this.#work !== undefined) {
      for (const change of changes) this.#waiting.push(change)
      return
    }
    for (const [at, change] of changes.entries()) {
      const place = this.#layout.parseVersionPath(change.path)
      if (place === undefined) continue
      const promptId = place.promptId ?? this.#hashedIds.get(place.directory)
      if (promptId === undefined) {
        this.#resolveThenApply(place, changes.slice(at))
        return
      }
      this.#apply({ ...change, promptId, version: place.version })
    }
  }

  #apply(change: NamedChange): void {
    const { promptId, version, timeMs } = change
    if (change.kind === 'remove') this.#index.remove(promptId, version, timeMs)
    else this.#index.add(promptId, version, timeMs)
    this.#listeners.changed(change)
  }

  /** Another process has saved under a hashed name: its id stands in a file, so the rest waits until that is read. */
  #resolveThenApply(place: VersionPlace, rest: readonly LoggedChange[]): void {
    this.#inBackground(async () => {
      const promptId = await readPromptId(this.#directory.volume, this.#layout, place.directory)
      if (promptId !== undefined) this.#hashedIds.set(place.directory, promptId)
      // Cleared again already, with all that it held: of its changes none is left to apply.
      const inside = `${place.directory}/`
      const left =
        promptId === undefined ? rest.filter(({ path }) => !path.startsWith(inside)) : rest
      this.#waiting = left.concat(this.#waiting)
    })
  }

  #reset(): void {
    this.#listeners.reset()
    this.#waiting = []
    this.#inBackground(async () => await this.#rebuild())
  }

  /** What fails here leaves the index behind the directory: the next question builds it anew, or fails with its cause. */
  #inBackground(work: () => Promise<void>): void {
    void this.#run(async () => {
      try {
        await work()
      } catch (error) {
        // Before the work counts as done: who waits for it asks at once.
        this.#isStale = true
        const { path } = this.#directory
        publish('background-error', () => ({ directory: path, stage: 'index', error }))
      }
    })
  }

  /** The lsn of the index file, if it was of use; the current one, where none is to be written for now. */
  async #load(validate: boolean): Promise<number | undefined> {
    const lsn = this.#directory.lsn
    const bytes = await readIndexFile(this.#directory)
    const decoded = bytes && decodeIndex(bytes, this.#layout.rules)
    const missed = decoded && this.#directory.changesSince(decoded.lsn)
    if (decoded === undefined || missed === undefined || decoded.lsn > lsn || validate) {
      await this.#rebuild()
      // Of commits that loss of power took back: left as it is, it would pass for true once that lsn comes again.
      if (decoded !== undefined && decoded.lsn > lsn && this.#isWritable)
        await writeIndexFile(this.#directory, this.#index, lsn)
      // What is damaged stays until something is saved: `verify`, which changes nothing, is to name it.
      const isDamaged = bytes !== undefined && decoded === undefined
      return isDamaged || this.#index.totalVersions === 0 ? lsn : undefined
    }
    this.#index = decoded.index
    await this.#rescanChanged(Date.parse(decoded.lastUpdated) - CLOCK_TICK_MS)
    this.#waiting = missed.concat(this.#waiting)
    return decoded.lsn
  }

  /** Directories that others than the store have changed since the index was written are read again. */
  async #rescanChanged(sinceMs: number): Promise<void> {
    const { volume } = this.#directory
    const found = await findPromptDirectories(volume, this.#layout)
    const present = new Set(found.map(({ directory }) => directory))
    for (const promptId of this.#index.sortedIds()) {
      const directory = this.#layout.promptDirectory(promptId)
      if (this.#layout.promptFile(promptId) !== undefined) this.#hashedIds.set(directory, promptId)
      if (!present.has(directory)) this.#drop(this.#index, promptId)
    }
    for (const directory of found.filter(({ modifiedMs }) => modifiedMs >= sinceMs)) {
      await this.#rescan(this.#index, directory, this.#idOf(directory.directory))
    }
  }

  #idOf(directory: string): string | undefined {
    return this.#layout.promptIdOf(directory) ?? this.#hashedIds.get(directory)
  }

  async #rescan(
    index: VersionIndex,
    found: PromptDirectory,
    known: string | undefined,
  ): Promise<void> {
    const scanned = await scanPrompt(this.#directory.volume, this.#layout, found)
    this.#scans++
    const promptId = scanned?.promptId ?? known
    if (promptId === undefined) return
    this.#drop(index, promptId, new Set(scanned?.versions))
    index.addAll(promptId, scanned?.versions ?? [], found.modifiedMs)
    if (this.#layout.promptFile(promptId) !== undefined)
      this.#hashedIds.set(found.directory, promptId)
  }

  #drop(index: VersionIndex, promptId: string, kept: ReadonlySet<string> = new Set()): void {
    for (const version of index.versions(promptId).slice()) {
      if (!kept.has(version)) index.remove(promptId, version, nowMs())
    }
  }

  async #rebuild(): Promise<void> {
    const { volume } = this.#directory
    const index = new VersionIndex()
    const found = await findPromptDirectories(volume, this.#layout)
    const prompts = await scanPrompts(volume, this.#layout, found)
    for (const { promptId, directory, versions, modifiedMs } of prompts) {
      index.addAll(promptId, versions, modifiedMs)
      if (this.#layout.promptFile(promptId) !== undefined) this.#hashedIds.set(directory, promptId)
    }
    this.#index = index
    this.#isStale = false
    this.#scans++
    for (const { kind, path, timeMs } of this.#directory.unapplied) {
      const place = this.#layout.parseVersionPath(path)
      const promptId = place && this.#idOf(place.directory)
      if (place === undefined || promptId === undefined) continue
      if (kind === 'remove') index.remove(promptId, place.version, timeMs)
      else index.add(promptId, place.version, timeMs)
    }
  }

  async #write(lsn: number): Promise<void> {
    await this.#work
    await writeIndexFile(this.#directory, this.#index, lsn)
  }
}

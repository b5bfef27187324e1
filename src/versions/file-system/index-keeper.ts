import type { LoggedChange } from '../../engine/journal/dirty-log.js'
import { placedChanges, type PlacedChange } from './placed-changes.js'
import type { Store } from '../../engine/store.js'
import { publish } from '../../base/channels.js'
import { assertLayout } from './infer-layout.js'
import { decodeIndex, isOtherIndexForm, readIndexFile, writeIndexFile } from './index-file.js'
import {
  missingFrom,
  removedByOthers,
  reportRemoved,
  unseenIn,
  type NamedVersion,
  type SearchedStore,
} from './removed-versions.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'
import { TreeReader } from './tree-reader.js'
import { VersionIndex } from '../version-index.js'
import type { FollowMark } from './moving-files.js'
import type { Follows, NamedChange, NamedListeners, NameSource } from './version-names.js'

/**
 * Keeps the index exact: loads it from its file or from the directories, then applies every committed change of any
 * process. The files are the truth; the index is derived from them, and its own file only makes loading faster.
 */
export class IndexKeeper implements NameSource {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #listeners: NamedListeners
  readonly #followMark: FollowMark
  readonly #tree: TreeReader
  #index = new VersionIndex()
  /** Loading, rebuilding or resolving names: answers wait for it, changes are queued until it is done. */
  #work: Promise<void> | undefined
  #waiting: PlacedChange[] = []
  /** A change was missed or could not be applied: the index is rebuilt before it answers again. */
  #isStale = false
  /** The last known commit when the directories were read. */
  #readAsOf = 0
  /** How often directories were read, and how many of these reads are known to show only published commits. */
  #scans = 0
  #settledScans = 0
  /** Versions that another program removed while the store was closed. */
  #removed: ReadonlySet<string> = new Set()

  private constructor(directory: Store, layout: StoreLayout, { listeners, followMark }: Follows) {
    this.#directory = directory
    this.#followMark = followMark
    this.#layout = layout
    this.#tree = new TreeReader(directory, layout)
    this.#listeners = listeners
  }

  /** @param validate whether every directory is read, even if the index file is valid */
  static async open(
    directory: Store,
    layout: StoreLayout,
    { validate, ...follows }: Follows & { readonly validate: boolean },
  ): Promise<IndexKeeper> {
    const keeper = new IndexKeeper(directory, layout, follows)
    directory.onChange({
      changed: (changes) => keeper.#changed(placedChanges(changes, layout)),
      reset: () => keeper.#reset(),
    })
    let loadedAsOf: number | undefined
    await keeper.#run(async () => void (loadedAsOf = await keeper.#load(validate)))
    if (keeper.#index.totalVersions === 0) await assertLayout(directory.volume, layout)
    await reportRemoved(directory, keeper.#removed)
    directory.onCheckpoint(async (lsn) => await keeper.#write(lsn), loadedAsOf)
    // If this wait fails, the first question waits again, and reports the failure.
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

  has(promptId: string, version: string): boolean | undefined {
    if (this.#index.has(promptId, version)) return true
    return promptId !== '' && this.#tree.refusalOf(promptId) !== undefined ? undefined : false
  }

  versions(promptId: string): readonly string[] {
    const versions = this.#index.versions(promptId)
    if (versions.length === 0) this.#assertReadable(promptId)
    return versions
  }

  latest(promptId: string): string | undefined {
    return this.versions(promptId).at(-1)
  }

  /** A directory that may not be read is not known to be empty. */
  #assertReadable(promptId: string): void {
    const refusal = this.#tree.refusalOf(promptId)
    if (refusal !== undefined) throw refusal
  }

  promptIds(): readonly string[] {
    return this.#index.sortedIds()
  }

  async totals(): Promise<{ readonly prompts: number; readonly versions: number }> {
    const { totalPrompts: prompts, totalVersions: versions } = this.#index
    return await Promise.resolve({ prompts, versions })
  }

  async recheck(promptId: string): Promise<void> {
    const { lsn } = this.#directory
    let gone: readonly NamedVersion[] = []
    await this.#run(async () => {
      await this.#followMark()
      gone = await this.#tree.readOne(this.#index, promptId)
      this.#scans++
    })
    await this.#reportRemoved(gone, lsn)
  }

  async rebuild(): Promise<{ readonly prompts: number; readonly versions: number }> {
    await this.#directory.waitForPublish()
    await this.#readAgain()
    this.#listeners.reset()
    if (this.#isWritable) await this.#write(this.#directory.lsn)
    return await this.totals()
  }

  /** Notes the id behind a hashed name before its first version is committed. */
  noteId(promptId: string): void {
    this.#tree.noteId(promptId)
  }

  get #isWritable(): boolean {
    return this.#directory.health().state === 'ok'
  }

  async #becomeCurrent(): Promise<void> {
    for (;;) {
      await this.#directory.refresh()
      if (this.#work !== undefined) await this.#work
      else if (this.#isStale) await this.#readAgain()
      else if (this.#settledScans === this.#scans) return
      else await this.#settle()
    }
  }

  /** A directory may show half of a commit that is being published: the journal has the rest once that is done. */
  async #settle(): Promise<void> {
    const scans = this.#scans
    await this.#directory.waitForPublish()
    this.#settledScans = Math.max(scans, this.#settledScans)
  }

  /** Runs `work` alone; changes that arrive meanwhile are applied after it. */
  async #run(work: () => Promise<void>): Promise<void> {
    while (this.#work !== undefined) await this.#work
    const running = work().finally(() => {
      // In one step: a change that arrived in between would be applied before older ones.
      this.#work = undefined
      const waiting = this.#waiting
      this.#waiting = []
      this.#changed(waiting)
    })
    this.#work = running.catch(() => undefined)
    await running
  }

  #changed(changes: readonly PlacedChange[]): void {
    if (this.#work !== undefined) {
      for (const change of changes) this.#waiting.push(change)
      return
    }
    for (const [at, change] of changes.entries()) {
      const { place, labels, timeMs } = change
      if (place === undefined) this.#tree.touched(change.path)
      const prompt = place ?? labels
      if (prompt === undefined) continue
      const promptId = prompt.promptId ?? this.#tree.idOf(prompt.directory)
      if (promptId === undefined) {
        this.#resolveThenApply(prompt, changes.slice(at))
        return
      }
      if (place !== undefined) this.#apply({ ...change, promptId, version: place.version })
      else this.#listeners.labelled({ promptId, moves: labels?.moves, timeMs })
    }
  }

  #apply(change: NamedChange): void {
    const { promptId, version, timeMs } = change
    if (change.kind === 'remove') this.#index.remove(promptId, version, timeMs)
    else this.#index.add(promptId, version, timeMs)
    this.#tree.stamps.changed(promptId)
    if (change.kind !== 'move') this.#listeners.changed(change)
  }

  /** Another process has saved under a hashed name: the id is in a file, so the rest waits until that is read. */
  #resolveThenApply(prompt: Pick<VersionPlace, 'directory'>, rest: readonly PlacedChange[]): void {
    this.#inBackground(async () => {
      await this.#followMark()
      const promptId = await this.#tree.readId(prompt)
      // Without an id, the directory has been cleared since, with all that it held: its changes are dropped.
      const name = promptNameOf(prompt.directory)
      const isOther = ({ place, labels }: PlacedChange): boolean => {
        const { directory } = place ?? labels ?? {}
        return directory === undefined || promptNameOf(directory) !== name
      }
      const left = promptId === undefined ? rest.filter(isOther) : rest
      this.#waiting = left.concat(this.#waiting)
    })
  }

  #reset(): void {
    this.#listeners.reset()
    this.#waiting = []
    // From now on, and not only when its turn comes: what was missed may be neither answered without nor written.
    this.#isStale = true
    this.#inBackground(async () => {
      if (this.#isStale) await this.#rebuild()
    })
  }

  /** A failure here leaves the index stale: the next question rebuilds it, or fails with the cause. */
  #inBackground(work: () => Promise<void>): void {
    void this.#run(async () => {
      try {
        await work()
      } catch (error) {
        // Before the work counts as done: calls that wait for it read the index at once.
        this.#isStale = true
        const { path } = this.#directory
        publish('background-error', () => ({ directory: path, stage: 'index', error }))
      }
    })
  }

  /** The lsn of the index file if it was used; the current lsn if no file is to be written for now. */
  async #load(validate: boolean): Promise<number | undefined> {
    const lsn = this.#directory.lsn
    const bytes = await readIndexFile(this.#directory)
    const decoded = bytes && decodeIndex(bytes)
    const isAhead = decoded !== undefined && decoded.lsn > lsn
    const missed = isAhead ? undefined : decoded && this.#directory.changesSince(decoded.lsn)
    if (decoded === undefined || missed === undefined || validate) {
      if (missed !== undefined && decoded !== undefined) this.#index = decoded.index
      const gone = await this.#rebuild()
      if (missed !== undefined && decoded !== undefined)
        this.#removed = await this.#removedSince(decoded.lsn, gone, missed)
      // It shows commits that loss of power undid: left as it is, it would seem valid once that lsn is reached again.
      if (isAhead && this.#isWritable) await this.#writeNow(lsn)
      // A damaged file stays until something is saved, so that `verify`, which changes nothing, can report it.
      const isDamaged = bytes !== undefined && decoded === undefined && !isOtherIndexForm(bytes)
      return isDamaged || this.#index.totalVersions === 0 ? lsn : undefined
    }
    this.#index = decoded.index
    this.#readAsOf = decoded.lsn
    for (const [promptId, stamp] of decoded.stamps) {
      this.#tree.noteId(promptId)
      this.#tree.stamps.load(promptId, stamp)
    }
    const { read, prompts, gone } = await this.#tree.readChanged(this.#index)
    this.#scans += read
    this.#removed = await this.#removedSince(decoded.lsn, gone, missed)
    const kept = placedChanges(missed, this.#layout).filter(({ place }) => !this.#isRemoved(place))
    this.#waiting = kept.concat(this.#waiting)
    // Written at the next checkpoint, so that the next opening does not read the same directories again.
    return prompts > 0 ? undefined : decoded.lsn
  }

  async #removedSince(
    lsn: number,
    gone: readonly NamedVersion[],
    missed: readonly LoggedChange[],
  ): Promise<ReadonlySet<string>> {
    const unseen = unseenIn(this.#index, placedChanges(missed, this.#layout), this.#tree)
    return await removedByOthers(this.#searched, [...gone, ...unseen], lsn)
  }

  #isRemoved(place: VersionPlace | undefined): boolean {
    const promptId = place && this.#tree.idOf(place.directory)
    if (place === undefined || promptId === undefined) return false
    return this.#removed.has(this.#layout.versionPath(promptId, place.version))
  }

  get #searched(): SearchedStore {
    return { directory: this.#directory, layout: this.#layout, followMark: this.#followMark }
  }

  async #reportRemoved(gone: readonly NamedVersion[], lsn: number): Promise<void> {
    const removed = await removedByOthers(this.#searched, gone, lsn)
    await reportRemoved(this.#directory, removed)
  }

  /** Rebuilds the index, and reports the versions that it showed and another program has removed. */
  async #readAgain(): Promise<void> {
    let gone: readonly NamedVersion[] = []
    let lsn = 0
    await this.#run(async () => {
      // A stale index may show versions that were deleted after the directories were read.
      lsn = this.#isStale ? this.#readAsOf : this.#directory.lsn
      gone = await this.#rebuild()
    })
    await this.#reportRemoved(gone, lsn)
  }

  /** Returns the versions that the index showed before, and no longer shows. */
  async #rebuild(): Promise<readonly NamedVersion[]> {
    const before = this.#index
    const { lsn } = this.#directory
    await this.#followMark()
    this.#index = await this.#tree.readAll()
    this.#readAsOf = lsn
    this.#isStale = false
    this.#scans++
    return missingFrom(this.#index, before)
  }

  /**
   * A stale index is not written: commits up to `lsn` that it lacks would seem to be in it, and the versions that they
   * removed would be reported as lost. The file of an earlier checkpoint stays, which an opening does not believe.
   */
  async #write(lsn: number): Promise<void> {
    while (this.#work !== undefined) await this.#work
    if (!this.#isStale) await this.#writeNow(lsn)
  }

  async #writeNow(lsn: number): Promise<void> {
    const { stamps } = this.#tree
    await this.#tree.prove(this.#index)
    await writeIndexFile(this.#directory, this.#index, lsn, (promptId) => stamps.get(promptId))
  }
}

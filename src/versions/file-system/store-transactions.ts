import { isConflict, VersionConflictError } from '../../base/errors.js'
import { mapLimited } from '../../base/map-limited.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { Candidate } from '../accept-version.js'
import { Contention } from '../contention.js'
import { planChanges, type PlannedChange } from '../prompt-change.js'
import { acceptPlanned, planCopy } from '../prompt-copy.js'
import { NO_HEAD, type Decision, type PromptView } from '../prompt-heads.js'
import type { PromptCopy } from '../version-copies.js'
import type { VersionDocument } from '../version-storage.js'
import { DeletionRecords, isDiskFull, onlyDeletes } from './deletion-records.js'
import type { HeadFiles, ReadHead } from './head-files.js'
import type { Feature } from './metadata.js'
import type { OpenStore } from './open-store.js'
import { MarkMoved, type PlannedMark } from './store-features.js'
import { isUnchangedSince } from './unchanged-since.js'
import {
  creationsOf,
  deleting,
  erasureOf,
  idFilesOf,
  keepCreated,
  indexTaken,
  readDoomed,
  removalOf,
  type Creation,
  type Doomed,
} from './version-changes.js'

/** A prompt as it was read, with the bytes that its head must still have at the commit. */
interface ReadPrompt {
  readonly view: PromptView
  readonly read: ReadHead
}

const READ_AT_ONCE = 16

/** What a decision is made for. */
interface ReadPrompts {
  readonly prompts: readonly ReadPrompt[]
  readonly mark: PlannedMark
}

type Decide<Result> = (views: readonly PromptView[]) => Decision<unknown, Result>

/** Transactions over prompts: what a decision was made for is checked under the lock, in the commit of its changes. */
export class StoreTransactions<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #heads: HeadFiles
  readonly #records: DeletionRecords
  /** Calls of this process would only make each other decide again. */
  readonly #queue = new KeyedQueue()

  constructor(store: OpenStore<Version>) {
    this.#store = store
    this.#heads = store.heads
    this.#records = new DeletionRecords(store.directory.path, { trash: store.enableTrash })
  }

  async run<Result>(promptIds: readonly string[], decide: Decide<Result>): Promise<Result> {
    return await this.#run(promptIds, (views) => {
      const decision = decide(views)
      return { plans: planChanges(views, decision), result: decision.result }
    })
  }

  /** As `VersionCopies.change`. */
  async copy(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void> {
    await this.#run([promptId], (views) => ({
      plans: views.flatMap((view) => planCopy(view, decide(view)) ?? []),
      result: undefined,
    }))
  }

  async #run<Result>(
    promptIds: readonly string[],
    plan: (views: readonly PromptView[]) => {
      readonly plans: readonly PlannedChange<unknown>[]
      readonly result: Result
    },
  ): Promise<Result> {
    return await this.#queue.run(promptIds, async () => {
      const refused = new Set<string>()
      const contention = this.#contention(promptIds)
      for (; ; contention.refused()) {
        const read = await this.#read(promptIds)
        const { plans, result } = plan(read.prompts.map(({ view }) => view))
        if (plans.length === 0) return result
        const candidates = await acceptPlanned<Version>(plans, this.#store.rules)
        if (await this.#commit(read, plans, candidates, refused)) return result
      }
    })
  }

  #contention(promptIds: readonly string[]): Contention {
    return new Contention(promptIds, this.#store.lockTimeoutMs)
  }

  /** False when it did not exist. @throws StorageError OPT-LABEL-001 for a version that is labelled */
  async delete(promptId: string, version: string): Promise<boolean> {
    return await this.run([promptId], (views) => {
      const exists = views.some(({ versions }) => versions.includes(version))
      const changes = exists ? [{ promptId, delete: [version] }] : []
      return { changes, result: exists }
    })
  }

  /** Heads and names of one moment: they are read again if one of the prompts has changed in between. */
  async #read(promptIds: readonly string[]): Promise<ReadPrompts> {
    const { directory, features, names } = this.#store
    const contention = this.#contention(promptIds)
    for (; ; contention.refused()) {
      await names.current()
      const mark = await features.current()
      const { lsn } = directory
      const reads = await Promise.all(
        promptIds.map(async (promptId) => ({ promptId, read: await this.#heads.read(promptId) })),
      )
      await names.current()
      const prompts: ReadPrompt[] = []
      for (const { promptId, read } of reads) {
        const versions = Object.freeze([...(await names.versions(promptId))])
        prompts.push({ view: Object.freeze({ promptId, head: read.head, versions }), read })
      }
      if (mark.isCurrent() && isUnchangedSince(this.#store, lsn, promptIds))
        return { prompts, mark }
    }
  }

  /** False if the decision is out of date. */
  async #commit(
    { prompts, mark }: ReadPrompts,
    plans: readonly PlannedChange<unknown>[],
    candidates: readonly Candidate<Version>[],
    refused: Set<string>,
  ): Promise<boolean> {
    const { cache, schema, space } = this.#store
    if (candidates.length > 0) {
      await space.check()
      await schema.record()
    }
    const epoch = cache?.epoch ?? 0
    const doomed = await this.#readDoomed(plans)
    const requirements = await this.#requirements(plans)
    if (doomed === undefined || requirements === undefined) return false
    const recording = await this.#recording(plans, candidates)
    // As late as possible: all that the transaction changes has this time.
    const at = this.#store.clock.stamp()
    const creations = creationsOf(this.#store, candidates, at.toISOString())
    const operations = [
      ...recording,
      ...creations.flatMap((creation) => creation.operations),
      ...this.#idFiles(plans, creations),
      ...doomed.flatMap((one) =>
        isCopied(plans, one) ? erasureOf(one) : removalOf(this.#store, one, at),
      ),
      ...(await this.#headOperations(prompts, plans, doomed, at)),
      ...requirements,
    ]
    try {
      await mark.commit(operations, failureOf(plans, creations))
    } catch (error) {
      if (error instanceof MarkMoved) return false
      if (isDiskFull(error) && onlyDeletes(plans))
        return await this.#deleteFirst({ prompts, mark }, plans, doomed, at)
      if (!isConflict(error)) throw error
      await this.#learn(String(error.context['path']), plans, creations, refused)
      return false
    }
    for (const { view, head } of plans) if (head !== undefined) this.#records.written(view.promptId)
    keepCreated(this.#store, creations, epoch)
    return true
  }

  /** Deletes without the entries in the histories, for which there is no room, and writes these when there is. */
  async #deleteFirst(
    { prompts, mark }: ReadPrompts,
    plans: readonly PlannedChange<unknown>[],
    doomed: readonly Doomed[],
    at: Date,
  ): Promise<boolean> {
    const unchanged = prompts.map(
      async ({ view: { promptId }, read }) =>
        await this.#heads.operations(promptId, read, NO_CHANGE),
    )
    const operations = [
      ...doomed.flatMap((one) => removalOf(this.#store, one, at)),
      ...(await Promise.all(unchanged)).flat(),
    ]
    try {
      await mark.commit(operations, failureOf(plans, []))
    } catch (error) {
      if (isConflict(error) || error instanceof MarkMoved) return false
      throw error
    }
    this.#records.wait(plans, doomed, at)
    try {
      for (const promptId of this.#records.waiting) await this.#recordWaiting(promptId)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      this.#records.warn()
    }
    return true
  }

  async #recordWaiting(promptId: string): Promise<void> {
    await this.#store.features.plan(async (mark) => await this.#recordUnder(mark, promptId))
  }

  async #recordUnder(mark: PlannedMark, promptId: string): Promise<void> {
    const contention = this.#contention([promptId])
    for (; ; contention.refused()) {
      const read = await this.#heads.read(promptId)
      const head = this.#records.headWith(promptId, read.head ?? NO_HEAD)
      const entries = this.#records.entriesOf(promptId, [], this.#store.clock.stamp())
      const operations = [
        ...(await this.#store.features.recording(['heads', 'commit-times'])),
        ...(await this.#heads.operations(promptId, read, { head, entries })),
        ...idFilesOf(this.#store, [
          { promptId, directory: this.#store.layout.promptDirectory(promptId) },
        ]),
      ]
      try {
        await mark.commit(operations)
        this.#records.written(promptId)
        return
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
  }

  /** Undefined if a file is missing. */
  async #readDoomed(
    plans: readonly PlannedChange<unknown>[],
  ): Promise<readonly Doomed[] | undefined> {
    const wanted = plans.flatMap(({ view: { promptId }, delete: deleted }) =>
      deleted.map((version) => ({ promptId, version })),
    )
    const found = await mapLimited(wanted, READ_AT_ONCE, async ({ promptId, version }) => {
      const one = await readDoomed(this.#store, promptId, version)
      if (one === undefined) await this.#learnOfMissing(promptId, version)
      return one ?? []
    })
    const doomed = found.flat()
    return doomed.length === wanted.length ? doomed : undefined
  }

  /**
   * The features that the mark has to require. Where a transaction deletes, they are part of it: it frees space, and on
   * a full disk the mark alone could not be written.
   */
  async #recording(
    plans: readonly PlannedChange<unknown>[],
    candidates: readonly unknown[],
  ): Promise<readonly Operation[]> {
    const { features } = this.#store
    const deletes = plans.some((plan) => plan.delete.length > 0)
    const isHeaded = plans.some(writesHead)
    const needed: readonly Feature[] = [
      ...(candidates.length > 0 || deletes ? (['commit-times'] as const) : []),
      ...(isHeaded ? (['heads'] as const) : []),
    ]
    if (deletes) return await features.recording(needed)
    for (const feature of needed) await features.record(feature)
    return []
  }

  #idFiles(
    plans: readonly PlannedChange<unknown>[],
    creations: readonly Creation<Version>[],
  ): readonly Operation[] {
    const headed = plans.filter(writesHead).map(({ view: { promptId } }) => {
      return { promptId, directory: this.#store.layout.promptDirectory(promptId) }
    })
    return idFilesOf(this.#store, [...creations.map(({ tag }) => tag), ...headed])
  }

  async #headOperations(
    prompts: readonly ReadPrompt[],
    plans: readonly PlannedChange<unknown>[],
    doomed: readonly Doomed[],
    at: Date,
  ): Promise<readonly Operation[]> {
    const operations = prompts.map(async ({ view, read }) => {
      const { promptId } = view
      const { head, moves, record } = plans.find((one) => one.view === view) ?? NO_PLAN
      if (record !== undefined) return await this.#heads.replacement(promptId, read, record)
      if (head === undefined) return await this.#heads.operations(promptId, read, NO_CHANGE)
      const entries = [...moves, ...this.#records.entriesOf(promptId, doomed, at)]
      const change = { head: this.#records.headWith(promptId, head), entries }
      return await this.#heads.operations(promptId, read, change)
    })
    return (await Promise.all(operations)).flat()
  }

  /** Undefined if a version is missing. */
  async #requirements(
    plans: readonly PlannedChange<unknown>[],
  ): Promise<readonly Operation[] | undefined> {
    const all: Operation[] = []
    for (const { view, requires } of plans)
      for (const version of requires) {
        const path = await this.#pathOf(view.promptId, version)
        if (path === undefined) {
          await this.#learnOfMissing(view.promptId, version)
          return undefined
        }
        all.push({ kind: 'check', path, present: true })
      }
    return all
  }

  /** If a version has one place only, the commit finds out whether it is there. */
  async #pathOf(promptId: string, version: string): Promise<string | undefined> {
    const { files, layout } = this.#store
    if (layout.hasOnePlace) return layout.versionPath(promptId, version)
    return (await files.locate(promptId, version))?.path
  }

  /** What the next decision has to know, if only the files show it so far. */
  async #learn(
    path: string,
    plans: readonly PlannedChange<unknown>[],
    creations: readonly Creation<Version>[],
    refused: Set<string>,
  ): Promise<void> {
    const isOf = ({ operations }: Creation<Version>): boolean =>
      operations.some((operation) => operation.path === path)
    const taken = creations.find(isOf)?.candidate.version
    if (taken !== undefined) {
      await indexTaken(this.#store, taken)
      // What the decision is made from does not show it: the next one would choose the same number.
      if (refused.has(path)) throw new VersionConflictError(taken.prompt_id, taken.version)
      refused.add(path)
      return
    }
    const { layout } = this.#store
    const place = layout.parseVersionPath(path)
    const plan = plans.find(({ view }) => layout.isOfPrompt(view.promptId, path))
    if (place !== undefined && plan !== undefined)
      await this.#learnOfMissing(plan.view.promptId, place.version)
  }

  /** If the index still shows it, another program has removed the file. */
  async #learnOfMissing(promptId: string, version: string): Promise<void> {
    const { names } = this.#store
    await names.current()
    if (names.has(promptId, version) === true) await names.recheck(promptId)
  }
}

const NO_PLAN = { head: undefined, moves: [], record: undefined } as const
const NO_CHANGE = { head: undefined, entries: [] } as const

/** Whether a file of a head is written with the change, perhaps the first one of its prompt. */
function writesHead({ head, record }: PlannedChange<unknown>): boolean {
  return head !== undefined || record?.head !== undefined || (record?.history.length ?? 0) > 0
}

function isCopied(plans: readonly PlannedChange<unknown>[], { promptId }: Doomed): boolean {
  return plans.some(({ view, record }) => view.promptId === promptId && record !== undefined)
}

function failureOf<Version extends VersionDocument>(
  plans: readonly PlannedChange<unknown>[],
  [creation]: readonly Creation<Version>[],
): FailedOperation {
  const [first] = plans
  const promptId = first?.view.promptId ?? ''
  if (creation !== undefined) {
    const { prompt_id: saved, version } = creation.candidate.version
    return {
      fallback: 'FS-SAVE-001',
      what: `Cannot save version ${version} of prompt ${saved}`,
      context: { prompt_id: saved, version },
    }
  }
  const deleted = plans.find((plan) => plan.delete.length > 0)
  if (deleted !== undefined) return deleting(deleted.view.promptId, deleted.delete[0] ?? '')
  return {
    fallback: 'FS-SAVE-001',
    what: `Cannot change the labels of prompt ${promptId}`,
    context: { prompt_id: promptId },
  }
}

import { isConflict, VersionConflictError } from '../../base/errors.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import { acceptAll, type Candidates } from '../accept-version.js'
import { planChanges, type PlannedChange } from '../prompt-change.js'
import type { Decision, PromptView } from '../prompt-heads.js'
import type { VersionDocument } from '../version-storage.js'
import type { HeadFiles, ReadHead } from './head-files.js'
import type { OpenStore } from './open-store.js'
import {
  creationsOf,
  deleting,
  idFilesOf,
  keepCreated,
  indexTaken,
  removalOf,
  type Creation,
} from './version-changes.js'

/** A prompt as it was read, with the bytes that its head must still have at the commit. */
interface ReadPrompt {
  readonly view: PromptView
  readonly read: ReadHead
}

type Decide<Result> = (views: readonly PromptView[]) => Decision<unknown, Result>

/** Transactions over prompts: what a decision was made for is checked under the lock, in the commit of its changes. */
export class StoreTransactions<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #heads: HeadFiles
  /** Calls of this process would only make each other decide again. */
  readonly #queue = new KeyedQueue()

  constructor(store: OpenStore<Version>) {
    this.#store = store
    this.#heads = store.heads
  }

  async run<Result>(promptIds: readonly string[], decide: Decide<Result>): Promise<Result> {
    return await this.#queue.run(promptIds, async () => {
      const refused = new Set<string>()
      for (;;) {
        const prompts = await this.#read(promptIds)
        const views = prompts.map(({ view }) => view)
        const decision = decide(views)
        const plans = planChanges(views, decision)
        if (plans.length === 0) return decision.result
        const documents = plans.flatMap(({ save }) => save)
        const accepted = acceptAll<Version>(documents, undefined, this.#store.rules)
        if (await this.#commit(prompts, plans, await accepted, refused)) return decision.result
      }
    })
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
  async #read(promptIds: readonly string[]): Promise<readonly ReadPrompt[]> {
    const { directory, features, names } = this.#store
    for (;;) {
      await names.current()
      await features.assertKnown()
      const { lsn } = directory
      const heads = await Promise.all(
        promptIds.map(async (promptId) => await this.#heads.read(promptId)),
      )
      await names.current()
      const prompts: ReadPrompt[] = []
      for (const [at, promptId] of promptIds.entries()) {
        const read = heads[at] ?? {}
        const versions = Object.freeze([...(await names.versions(promptId))])
        prompts.push({ view: Object.freeze({ promptId, head: read.head, versions }), read })
      }
      if (this.#isUnchangedSince(lsn, promptIds)) return prompts
    }
  }

  #isUnchangedSince(lsn: number, promptIds: readonly string[]): boolean {
    const { directory, layout } = this.#store
    if (directory.lsn === lsn) return true
    const inside = promptIds.map((promptId) => `${layout.promptDirectory(promptId)}/`)
    const changes = directory.changesSince(lsn)
    return changes?.every(({ path }) => !inside.some((start) => path.startsWith(start))) === true
  }

  /** False if the decision is out of date. */
  async #commit(
    prompts: readonly ReadPrompt[],
    plans: readonly PlannedChange<unknown>[],
    { candidates }: Candidates<Version>,
    refused: Set<string>,
  ): Promise<boolean> {
    const { cache, directory, features, layout, schema, space } = this.#store
    if (candidates.length > 0) {
      await space.check()
      await features.record('commit-times')
      await schema.record()
    }
    const changed = plans.filter(({ head }) => head !== undefined)
    if (changed.length > 0) await features.record('heads')
    const epoch = cache?.epoch ?? 0
    const creations = creationsOf(this.#store, candidates)
    const headed = changed.map(({ view: { promptId } }) => {
      return { promptId, directory: layout.promptDirectory(promptId) }
    })
    const removals = await this.#removals(plans)
    if (removals === undefined) return false
    const operations = [
      ...creations.map(({ operation }) => operation),
      ...idFilesOf(this.#store, [...creations.map(({ tag }) => tag), ...headed]),
      ...removals,
      ...(await this.#headOperations(prompts, plans)),
      ...this.#requirements(plans),
    ]
    try {
      await directory.commit(operations, failureOf(plans, creations))
    } catch (error) {
      if (!isConflict(error)) throw error
      await this.#learn(String(error.context['path']), plans, creations, refused)
      return false
    }
    keepCreated(this.#store, creations, epoch)
    return true
  }

  async #headOperations(
    prompts: readonly ReadPrompt[],
    plans: readonly PlannedChange<unknown>[],
  ): Promise<readonly Operation[]> {
    const operations = prompts.map(async ({ view, read }) => {
      const plan = plans.find((one) => one.view === view) ?? NO_CHANGE
      return await this.#heads.operations(view.promptId, read, plan)
    })
    return (await Promise.all(operations)).flat()
  }

  /** Undefined if a file is missing. */
  async #removals(
    plans: readonly PlannedChange<unknown>[],
  ): Promise<readonly Operation[] | undefined> {
    const all: Operation[] = []
    for (const { view, delete: deleted } of plans)
      for (const version of deleted) {
        const removal = await removalOf(this.#store, view.promptId, version)
        if (removal === undefined) {
          await this.#learnOfMissing(view.promptId, version)
          return undefined
        }
        for (const operation of removal) all.push(operation)
      }
    return all
  }

  #requirements(plans: readonly PlannedChange<unknown>[]): readonly Operation[] {
    const { layout } = this.#store
    return plans.flatMap(({ view: { promptId }, requires }) =>
      requires.map((version) => {
        const path = layout.versionPath(promptId, version)
        return { kind: 'check' as const, path, present: true as const }
      }),
    )
  }

  /** What the next decision has to know, if only the files show it so far. */
  async #learn(
    path: string,
    plans: readonly PlannedChange<unknown>[],
    creations: readonly Creation<Version>[],
    refused: Set<string>,
  ): Promise<void> {
    const taken = creations.find((creation) => creation.path === path)?.candidate.version
    if (taken !== undefined) {
      await indexTaken(this.#store, taken)
      // What the decision is made from does not show it: the next one would choose the same number.
      if (refused.has(path)) throw new VersionConflictError(taken.prompt_id, taken.version)
      refused.add(path)
      return
    }
    const { layout } = this.#store
    const place = layout.parseVersionPath(path)
    const plan = plans.find(
      ({ view }) => layout.promptDirectory(view.promptId) === place?.directory,
    )
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

const NO_CHANGE = { head: undefined, moves: [] } as const

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

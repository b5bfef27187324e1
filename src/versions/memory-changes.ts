import { KeyedQueue } from '../base/keyed-queue.js'
import type { AcceptanceRules } from './accept-version.js'
import type { CommitClock } from './commit-clock.js'
import { Contention } from './contention.js'
import type { MemoryState } from './memory-state.js'
import type { PlannedChange } from './prompt-change.js'
import { acceptPlanned } from './prompt-copy.js'
import type { PromptView } from './prompt-heads.js'
import type { VersionDocument } from './version-storage.js'

/** What was planned for prompts, and the result of the call that planned it. */
interface Planned<Result> {
  readonly plans: readonly PlannedChange<unknown>[]
  readonly result: Result
}

/** For how long a transaction competes. Memory has no option for that: what fails there is a plan that never wins. */
const CONTENTION_MS = 10_000

/** Commits planned changes of prompts in memory. */
export class MemoryChanges<Version extends VersionDocument> {
  readonly #state: MemoryState<Version>
  readonly #clock: CommitClock
  readonly #rules: AcceptanceRules<Version>
  readonly #contentionMs: number
  readonly #queue = new KeyedQueue()

  constructor(
    state: MemoryState<Version>,
    clock: CommitClock,
    rules: AcceptanceRules<Version>,
    contentionMs: number = CONTENTION_MS,
  ) {
    this.#state = state
    this.#clock = clock
    this.#rules = rules
    this.#contentionMs = contentionMs
  }

  /**
   * Calls `plan` again if what it was called with has changed before the commit.
   * @throws StorageError FS-LOCK-001 for one that others make out of date again and again
   */
  async run<Result>(
    promptIds: readonly string[],
    plan: (views: readonly PromptView[]) => Planned<Result>,
  ): Promise<Result> {
    return await this.#queue.run(promptIds, async () => await this.#run(promptIds, plan))
  }

  /** Documents are checked against a schema that may be async: what the decision was made for may change meanwhile. */
  async #run<Result>(
    promptIds: readonly string[],
    plan: (views: readonly PromptView[]) => Planned<Result>,
  ): Promise<Result> {
    const contention = new Contention(promptIds, this.#contentionMs)
    for (; ; contention.refused()) {
      const views = promptIds.map((promptId) => this.#state.view(promptId))
      const { plans, result } = plan(views)
      const candidates = await acceptPlanned<Version>(plans, this.#rules)
      if (!views.every((view) => this.#state.head(view.promptId) === view.head)) continue
      if (plans.some((planned) => this.#isOutdated(planned))) continue
      if (candidates.some(({ version }) => this.#state.has(version))) continue
      const at = this.#clock.stamp()
      for (const { version, copied } of candidates) {
        const savedAt = copied === undefined ? at.toISOString() : (copied.savedAt ?? undefined)
        this.#state.keep(version, savedAt, copied?.schemaVersion)
      }
      this.#state.apply(plans, at)
      return result
    }
  }

  #isOutdated({ view: { promptId }, ...planned }: PlannedChange<unknown>): boolean {
    return [...planned.requires, ...planned.delete].some(
      (version) => !this.#state.has({ prompt_id: promptId, version }),
    )
  }
}

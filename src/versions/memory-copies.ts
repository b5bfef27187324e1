import type { Lifecycle } from '../base/lifecycle.js'
import type { MemoryChanges } from './memory-changes.js'
import type { MemoryState } from './memory-state.js'
import { planCopy } from './prompt-copy.js'
import type { PromptView } from './prompt-heads.js'
import type { KnownHistory } from './prompt-history.js'
import {
  CopiedVersion,
  type PromptCopy,
  type PromptState,
  type VersionCopies,
} from './version-copies.js'
import type { VersionDocument } from './version-storage.js'

/** Copies from a storage in memory and to it. */
export class MemoryCopies<Version extends VersionDocument> implements VersionCopies {
  readonly #state: MemoryState<Version>
  readonly #changes: MemoryChanges<Version>
  readonly #life: Lifecycle
  readonly #schemaVersion: number

  constructor(
    state: MemoryState<Version>,
    changes: MemoryChanges<Version>,
    life: Lifecycle,
    schemaVersion: number,
  ) {
    this.#state = state
    this.#changes = changes
    this.#life = life
    this.#schemaVersion = schemaVersion
  }

  async promptIds(): Promise<readonly string[]> {
    const { index } = this.#state
    return await this.#read(() =>
      [...new Set([...index.ids(), ...this.#state.records().keys()])].sort(),
    )
  }

  async names(promptId: string): Promise<readonly string[]> {
    return await this.#read(() => [...this.#state.index.versions(promptId)])
  }

  async state(promptId: string): Promise<PromptState> {
    return await this.#read(() => ({
      versions: this.#state.commitTimesOf(promptId),
      head: this.#state.head(promptId),
      history: this.#state.history(promptId),
    }))
  }

  async documents(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly CopiedVersion[]> {
    return await this.#read(() => {
      const times = this.#state.commitTimesOf(promptId)
      return this.#state.documents(promptId, versions).map((document) => {
        const { version } = document
        const schemaVersion = this.#state.schemaVersion(promptId, version) ?? this.#schemaVersion
        return new CopiedVersion(document, times.get(version) ?? null, schemaVersion)
      })
    })
  }

  async change(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void> {
    await this.#life.run(async () => {
      await this.#changes.run([promptId], (views) => ({
        plans: views.flatMap((view) => planCopy(view, decide(view)) ?? []),
        result: undefined,
      }))
    })
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await this.#read(() => this.#state.knownSince)
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    await this.#read(() => {
      this.#state.knownSince = known
    })
  }

  async #read<Result>(work: () => Result): Promise<Result> {
    return await this.#life.run(async () => await Promise.resolve(work()))
  }
}

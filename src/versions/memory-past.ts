import type { Lifecycle } from '../base/lifecycle.js'
import type { PastSource } from './as-of-view.js'
import type { MemoryState } from './memory-state.js'
import type { Presence, PromptPast } from './presences.js'
import type { KnownHistory } from './prompt-history.js'
import type { VersionDocument } from './version-storage.js'

/** The past of a storage in memory. What was deleted is gone for good: it has no trash. */
export class MemoryPast<Version extends VersionDocument> implements PastSource<Version> {
  readonly life: Lifecycle
  readonly #state: MemoryState<Version>

  constructor(state: MemoryState<Version>, life: Lifecycle) {
    this.#state = state
    this.life = life
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await Promise.resolve(this.#state.knownSince)
  }

  async promptIds(): Promise<readonly string[]> {
    return await Promise.resolve([...this.#state.index.ids(), ...this.#state.historicIds()])
  }

  async past(promptId: string): Promise<PromptPast> {
    const versions = this.#state.commitTimesOf(promptId)
    return await Promise.resolve({ versions, history: this.#state.history(promptId) })
  }

  async content(promptId: string, { version, savedAt }: Presence): Promise<Version | undefined> {
    const times = this.#state.commitTimesOf(promptId)
    const isSame = times.has(version) && times.get(version) === savedAt
    return await Promise.resolve(isSame ? this.#state.document(promptId, version) : undefined)
  }
}

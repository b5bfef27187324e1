import type { Lifecycle } from '../../base/lifecycle.js'
import { mapLimited } from '../../base/map-limited.js'
import { sameHead } from '../prompt-copy.js'
import type { PromptView } from '../prompt-heads.js'
import type { KnownHistory } from '../prompt-history.js'
import type { CopiedVersion, PromptCopy, PromptState, VersionCopies } from '../version-copies.js'
import { readCopy } from '../version-reader.js'
import type { VersionDocument } from '../version-storage.js'
import { amendMetadata } from './metadata.js'
import type { OpenStore } from './open-store.js'
import { PastReader } from './past-reader.js'
import type { StoreTransactions } from './store-transactions.js'

const READ_AT_ONCE = 16

/** Copies from a store of files and to it. */
export class StoreCopies<Version extends VersionDocument> implements VersionCopies {
  readonly #store: OpenStore<Version>
  readonly #transactions: StoreTransactions<Version>
  readonly #past: PastReader<Version>
  readonly #life: Lifecycle

  constructor(
    store: OpenStore<Version>,
    transactions: StoreTransactions<Version>,
    life: Lifecycle,
  ) {
    this.#store = store
    this.#transactions = transactions
    this.#past = new PastReader(store, life)
    this.#life = life
  }

  async promptIds(): Promise<readonly string[]> {
    return await this.#read(async () => [...new Set(await this.#past.promptIds())].sort())
  }

  async names(promptId: string): Promise<readonly string[]> {
    return await this.#read(async () => {
      await this.#store.names.current()
      return [...(await this.#store.names.versions(promptId))]
    })
  }

  async state(promptId: string): Promise<PromptState> {
    const { heads } = this.#store
    return await this.#read(async () => {
      for (;;) {
        const { head } = await heads.read(promptId)
        const past = await this.#past.past(promptId)
        if (sameHead(head, (await heads.read(promptId)).head)) return { ...past, head }
      }
    })
  }

  async documents(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly CopiedVersion[]> {
    const { files, rules } = this.#store
    return await this.#read(async () => {
      const found = await mapLimited(versions, READ_AT_ONCE, async (version) => {
        const file = await files.readPlain(promptId, version)
        if (file === undefined) return []
        return await readCopy(file.bytes, { promptId, version, path: file.path }, rules)
      })
      return found.flat()
    })
  }

  async change(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void> {
    await this.#life.run(async () => await this.#transactions.copy(promptId, decide))
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await this.#read(async () => await this.#past.knownSince())
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    await this.#life.run(async () => {
      await amendMetadata(this.#store.directory, (found) => ({ ...found, history: known }))
    })
  }

  async #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#life.run(async () => await this.#store.features.reading(work))
  }
}

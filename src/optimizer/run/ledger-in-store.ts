import { documentTime } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { recordIdOf } from '../../document/prompt-id.js'
import type { JsonObject } from '../../document/json.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import type { Supports } from '../../versions/supports.js'
import {
  offersVersionNames,
  type ListOptions,
  type SaveOptions,
  type VersionStorage,
} from '../../versions/version-storage.js'
import { ledgerSchema, type LedgerDocument } from '../ledger/ledger-entry.js'

const KIND = 'ledger'

/** What an entry is found under in the context of its record. */
const FIELD = 'ledger'

/**
 * The ledgers in a store of prompts. Each entry is a version of a record (an id that begins with `holdfast:ledger:`), so
 * runs are kept, copied and backed up with the prompts, on every backend, and lists of prompts leave them out.
 */
export class LedgerInStore implements VersionStorage<LedgerDocument, LedgerDocument> {
  readonly #store: VersionStorage
  readonly supports: Supports
  /** As the store has it: whether its answers may be a moment old, and can be asked for afresh. */
  readonly coherence: unknown

  constructor(store: VersionStorage) {
    this.#store = store
    this.supports = { names: offersVersionNames(store) }
    this.coherence = Reflect.get(store, 'coherence')
  }

  async saveVersion(
    { prompt_id: id, version, entry }: LedgerDocument,
    options?: SaveOptions,
  ): Promise<void> {
    const prompt_id = recordIdOf(KIND, id)
    const text = `An entry of the ledger of a run of the optimizer: ${entry.type} ${entry.sequence}.`
    const context = { [FIELD]: entry as unknown as JsonObject }
    const created_at = documentTime().toISOString()
    await this.#store.saveVersion(
      {
        prompt_id,
        version,
        created_at,
        metadata: { author: 'optimizer' },
        prompt: { text, context },
      },
      options,
    )
  }

  async getVersion(
    id: string,
    version: string,
    ...options: readonly unknown[]
  ): Promise<LedgerDocument | undefined> {
    const asked = [recordIdOf(KIND, id), version, ...options] as [string, string]
    return entryIn(await this.#store.getVersion(...asked), id)
  }

  async listVersions(id: string, options?: ListOptions): Promise<readonly LedgerDocument[]> {
    const found = await this.#store.listVersions(recordIdOf(KIND, id), options)
    return found.flatMap((document) => entryIn(document, id) ?? [])
  }

  async getLatestVersion(
    id: string,
    ...options: readonly unknown[]
  ): Promise<LedgerDocument | undefined> {
    const asked = [recordIdOf(KIND, id), ...options] as [string]
    return entryIn(await this.#store.getLatestVersion(...asked), id)
  }

  async listVersionNames(id: string, options?: ListOptions): Promise<readonly string[]> {
    if (offersVersionNames(this.#store))
      return await this.#store.listVersionNames(recordIdOf(KIND, id), options)
    return (await this.listVersions(id, options)).map(({ version }) => version)
  }

  async getLatestVersionName(id: string): Promise<string | undefined> {
    return (await this.getLatestVersion(id))?.version
  }

  async deleteVersion(id: string, version: string): Promise<boolean> {
    return await this.#store.deleteVersion(recordIdOf(KIND, id), version)
  }

  /** Refused: the store has prompts, too. */
  async clearAll(): Promise<void> {
    return await Promise.reject(wrongArgument('A ledger in a store cannot clear the store'))
  }
}

function entryIn(document: PromptVersion | undefined, id: string): LedgerDocument | undefined {
  if (document === undefined) return undefined
  const { data, error } = ledgerSchema.safeParse({
    prompt_id: id,
    version: document.version,
    entry: document.prompt.context[FIELD],
  })
  if (data !== undefined) return data
  throw wrongArgument(`${document.prompt_id} ${document.version} is not an entry of a ledger`, {
    cause: error,
  })
}

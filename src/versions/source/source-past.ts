import type { Lifecycle } from '../../base/lifecycle.js'
import type { PastSource } from '../as-of-view.js'
import type { Presence, PromptPast } from '../presences.js'
import type { KnownHistory } from '../prompt-history.js'
import type { VersionDocument } from '../version-storage.js'
import type { DocumentReader } from './document-reader.js'
import type { DocumentSource } from './document-source.js'

/** The past of a source. What was deleted is gone for good: it has no trash. */
export class SourcePast<Version extends VersionDocument> implements PastSource<Version> {
  readonly life: Lifecycle
  readonly #source: DocumentSource
  readonly #reader: DocumentReader<Version>

  constructor(source: DocumentSource, reader: DocumentReader<Version>, life: Lifecycle) {
    this.#source = source
    this.#reader = reader
    this.life = life
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await this.#source.knownSince()
  }

  async promptIds(): Promise<readonly string[]> {
    return await this.#source.pastIds()
  }

  async past(promptId: string): Promise<PromptPast> {
    return await this.#source.past(promptId)
  }

  async content(promptId: string, { version, savedAt }: Presence): Promise<Version | undefined> {
    const [stored] = await this.#source.get(promptId, [version])
    if (stored === undefined || stored.savedAt !== savedAt) return undefined
    return await this.#reader.decode(promptId, stored)
  }
}

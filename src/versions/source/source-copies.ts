import type { Lifecycle } from '../../base/lifecycle.js'
import { sameHead } from '../prompt-copy.js'
import type { PromptView } from '../prompt-heads.js'
import type { KnownHistory } from '../prompt-history.js'
import {
  type CopiedVersion,
  type PromptCopy,
  type PromptState,
  type VersionCopies,
} from '../version-copies.js'
import type { VersionDocument } from '../version-storage.js'
import type { DocumentReader } from './document-reader.js'
import type { DocumentSource } from './document-source.js'
import type { DocumentWriter } from './document-writer.js'

/** Copies from a source and to it. They go past the cache: each document is read once. */
export class SourceCopies<Version extends VersionDocument> implements VersionCopies {
  readonly #source: DocumentSource
  readonly #reader: DocumentReader<Version>
  readonly #writer: DocumentWriter<Version>
  readonly #life: Lifecycle

  constructor(
    source: DocumentSource,
    reader: DocumentReader<Version>,
    writer: DocumentWriter<Version>,
    life: Lifecycle,
  ) {
    this.#source = source
    this.#reader = reader
    this.#writer = writer
    this.#life = life
  }

  async promptIds(): Promise<readonly string[]> {
    return await this.#life.run(async () => {
      const ids = [...(await this.#source.ids()), ...(await this.#source.pastIds())]
      return [...new Set(ids)].sort()
    })
  }

  async names(promptId: string): Promise<readonly string[]> {
    return await this.#life.run(async () => await this.#reader.names(promptId, true))
  }

  async state(promptId: string): Promise<PromptState> {
    return await this.#life.run(async () => {
      for (;;) {
        const head = await this.#source.head(promptId)
        const past = await this.#source.past(promptId)
        if (sameHead(head, await this.#source.head(promptId))) return { ...past, head }
      }
    })
  }

  async documents(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly CopiedVersion[]> {
    return await this.#life.run(async () => await this.#reader.copies(promptId, versions))
  }

  async change(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void> {
    await this.#life.run(async () => await this.#writer.copy(promptId, decide))
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await this.#life.run(async () => await this.#source.knownSince())
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    await this.#life.run(async () => await this.#source.setKnownSince(known))
  }
}

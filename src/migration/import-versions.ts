import { isStorageError } from '../base/errors.js'
import { functionOption, rejectUnknown } from '../base/options.js'
import { jsonText } from '../document/json.js'
import { acceptVersion } from '../versions/accept-version.js'
import { sameHead } from '../versions/prompt-copy.js'
import type { PromptVersion, PromptVersionInput } from '../versions/prompts/prompt-version.js'
import {
  copiesOf,
  CopiedVersion,
  type CopiedRecord,
  type Copyable,
  type VersionCopies,
} from '../versions/version-copies.js'
import type { VersionBatch, VersionDocument, VersionSchema } from '../versions/version-storage.js'
import { digestOf, planRecord, sizeOf } from './compare.js'
import { conflictError } from './copy-prompt.js'
import { readItem, type ExportedItem, type ReadItem } from './exported-item.js'
import { laterKnown } from './known-mark.js'
import { PART_VERSIONS, TRANSACTION_BYTES } from './parts.js'

/** What an import has done. */
export interface ImportVersionsReport {
  /** Versions in the import. */
  readonly versions: number
  /** Those that are new. */
  readonly imported: number
  /** Those that were there already, with the same content. */
  readonly already_there: number
  /** Prompts whose labels, tags, deprecations or history were written. */
  readonly records_imported: number
}

/** How versions are imported. */
export interface ImportVersionsOptions {
  /** Ends the import before the next transaction; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each transaction, with how many versions were read so far. */
  readonly onProgress?: ((versions: number) => void) | undefined
}

/** A storage that versions are imported into: each of this package. */
export type ImportTarget<Version extends VersionDocument, Input> = Copyable &
  VersionSchema<Version> &
  VersionBatch<Version, Input>

/**
 * Imports the items of `exportVersions`, or documents, or both, and cuts them into transactions by itself: up to 64
 * versions each, and the labels of a prompt after its versions. Exported versions keep the times of their commits;
 * documents are committed now. What is there already with the same content stays, so an import that ended early is
 * continued by calling it again with the same items.
 *
 * @throws TypeError for an item that does not fit, with its place; what comes before it may be imported
 * @throws VersionConflictError for a version that exists with other content; StorageError OPT-LABEL-001 for a prompt with
 * other labels or another history
 */
export async function importVersions<
  Version extends VersionDocument = PromptVersion,
  Input = PromptVersionInput,
>(
  storage: ImportTarget<Version, Input>,
  items: AsyncIterable<ExportedItem<Version> | Input> | Iterable<ExportedItem<Version> | Input>,
  options: ImportVersionsOptions = {},
): Promise<ImportVersionsReport> {
  rejectUnknown(options, ['signal', 'onProgress'], 'importVersions')
  const onProgress = functionOption('onProgress', options.onProgress, () => undefined)
  const importer = new Importer<Version, Input>(storage, onProgress)
  let at = 0
  for await (const item of items) {
    options.signal?.throwIfAborted()
    await importer.take(readItem(item, at++))
  }
  options.signal?.throwIfAborted()
  return await importer.end()
}

/** Collects items until they are a transaction. */
class Importer<Version extends VersionDocument, Input> {
  readonly #storage: ImportTarget<Version, Input>
  readonly #copies: VersionCopies
  readonly #onProgress: (versions: number) => void
  #documents: VersionDocument[] = []
  #versions: CopiedVersion[] = []
  /** Of those that are collected. */
  #bytes = 0
  #count = 0
  #imported = 0
  #records = 0

  constructor(storage: ImportTarget<Version, Input>, onProgress: (versions: number) => void) {
    this.#storage = storage
    this.#copies = copiesOf(storage, 'storage')
    this.#onProgress = onProgress
  }

  async take(item: ReadItem): Promise<void> {
    if (item.kind === 'document') return await this.#takeDocument(item.document)
    if (item.kind === 'version') return await this.#takeVersion(item)
    await this.#flush()
    if (item.kind === 'record') await this.#writeRecord(item.promptId, item.record)
    else await this.#setKnown(item)
  }

  async end(): Promise<ImportVersionsReport> {
    await this.#flush()
    return {
      versions: this.#count,
      imported: this.#imported,
      already_there: this.#count - this.#imported,
      records_imported: this.#records,
    }
  }

  async #takeDocument(document: VersionDocument): Promise<void> {
    const bytes = Buffer.byteLength(jsonText(document, 2) ?? '')
    if (this.#versions.length > 0 || this.#bytes + bytes > TRANSACTION_BYTES) await this.#flush()
    this.#documents.push(document)
    this.#bytes += bytes
    if (this.#documents.length >= PART_VERSIONS) await this.#flush()
  }

  /** A document of the caller's is checked as at a save, whatever exported it. */
  async #takeVersion(item: ReadItem & { readonly kind: 'version' }): Promise<void> {
    const rules = { schema: this.#storage.schema, allowPrerelease: true }
    const document = await acceptVersion<Version>(item.document, rules)
    const [first] = this.#versions
    const isOther = first !== undefined && first.document.prompt_id !== document.prompt_id
    const copy = new CopiedVersion(document, item.savedAt, item.schemaVersion)
    const bytes = sizeOf(copy)
    const isFull = this.#bytes + bytes > TRANSACTION_BYTES
    if (isOther || isFull || this.#documents.length > 0) await this.#flush()
    this.#versions.push(copy)
    this.#bytes += bytes
    if (this.#versions.length >= PART_VERSIONS) await this.#flush()
  }

  async #flush(): Promise<void> {
    const [documents, versions] = [this.#documents, this.#versions]
    this.#documents = []
    this.#versions = []
    this.#bytes = 0
    if (documents.length + versions.length === 0) return
    this.#imported += await this.#saveDocuments(documents)
    this.#imported += await this.#saveVersions(versions)
    this.#count += documents.length + versions.length
    this.#onProgress(this.#count)
  }

  async #saveDocuments(documents: readonly VersionDocument[]): Promise<number> {
    if (documents.length === 0) return 0
    const known = await Promise.all(
      [...new Set(documents.map(({ prompt_id: promptId }) => promptId))].map(
        async (promptId) => [promptId, new Set(await this.#copies.names(promptId))] as const,
      ),
    )
    const names = new Map(known)
    await this.#storage.saveVersions(documents as unknown as Input[], { ifSame: 'accept' })
    return documents.filter(({ prompt_id: id, version }) => !names.get(id)?.has(version)).length
  }

  /** Of one prompt. Those that are there already have to be the same. */
  async #saveVersions(versions: readonly CopiedVersion[]): Promise<number> {
    const promptId = versions[0]?.document.prompt_id
    if (promptId === undefined) return 0
    for (;;) {
      const names = versions.map(({ version }) => version)
      const stored = await this.#copies.documents(promptId, names)
      const digests = new Map(stored.map((copy) => [copy.version, digestOf(copy)]))
      const wrong = versions.find((copy) => {
        const digest = digests.get(copy.version)
        return digest !== undefined && digest !== digestOf(copy)
      })
      if (wrong !== undefined)
        throw conflictError({ prompt_id: promptId, version: wrong.version, kind: 'content' })
      const save = versions.filter(({ version }) => !digests.has(version))
      try {
        await this.#copies.change(promptId, () => ({ save }))
        return save.length
      } catch (error) {
        // Saved by another call meanwhile: it may be the same.
        if (!isStorageError(error, 'OPT-VER-001')) throw error
      }
    }
  }

  async #writeRecord(promptId: string, record: CopiedRecord): Promise<void> {
    for (let isDone = false; !isDone;) {
      const target = await this.#copies.state(promptId)
      const plan = planRecord(record, target, new Set())
      if (plan === 'same') return
      if (plan !== 'write') throw conflictError({ prompt_id: promptId, kind: plan })
      await this.#copies.change(promptId, ({ head }) => {
        isDone = sameHead(head, target.head)
        return isDone ? { save: [], record } : { save: [] }
      })
    }
    this.#records++
  }

  async #setKnown({ known }: ReadItem & { readonly kind: 'known' }): Promise<void> {
    const own = await this.#copies.knownSince()
    const later = laterKnown(own, known)
    if (later !== own) await this.#copies.setKnownSince(later)
  }
}

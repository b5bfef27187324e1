import { StorageError } from '../base/errors.js'
import type { PromptPast } from '../versions/presences.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { KnownHistory } from '../versions/prompt-history.js'
import type {
  Coherence,
  DocumentSource,
  InsertRefusal,
  NewDocument,
  SourceListener,
  SourcePlan,
  StoredDocument,
  VersionName,
} from '../versions/source/document-source.js'
import { resolveBucketStorageOptions, type BucketSourceOptions } from './bucket-storage-options.js'
import { clearStore } from './clearing.js'
import { openBucket, type OpenBucket } from './open-bucket.js'
import { changesSomething } from './transactions.js'

/**
 * Documents in a bucket of S3 or Google Cloud Storage.
 *
 * A version is an object, created on the condition that it does not exist: of several callers, the service lets one
 * through. Everything else of a prompt is in one object, its head, which changes by compare-and-set: labels, the end of
 * the history, the ids of objects that are not versions any more, a transaction that is under way. So a deletion is a
 * change of the head, and the object is removed afterwards; each object has a random id, so that a version that is saved
 * again is not the one that was deleted. A reader reads objects first, and then the head that says what they are; for
 * several versions of one moment, the head must be the same before and after the list. docs/backends.md has the states.
 */
export class BucketSource implements DocumentSource {
  readonly place: string
  readonly coherence: Coherence
  readonly #parts: OpenBucket

  /** @throws as `BucketStorage.open` */
  static async open(options: BucketSourceOptions): Promise<BucketSource> {
    const { source } = resolveBucketStorageOptions(options, 'BucketSource.open')
    return new BucketSource(await openBucket(source))
  }

  /** @internal */
  constructor(parts: OpenBucket) {
    this.#parts = parts
    this.place = parts.bucket.place
    this.coherence = parts.staleMs === 0 ? 'nextCall' : { withinMs: parts.staleMs }
  }

  async ids(): Promise<readonly string[]> {
    return await this.#parts.reader.ids()
  }

  async names(promptId: string): Promise<readonly string[]> {
    return await this.#parts.reader.names(promptId)
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return await this.#parts.reader.get(promptId, versions)
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    return await this.#parts.reader.head(promptId)
  }

  async past(promptId: string): Promise<PromptPast> {
    return await this.#parts.reader.past(promptId)
  }

  async pastIds(): Promise<readonly string[]> {
    return await this.#parts.reader.pastIds()
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return await this.#parts.mark.knownSince()
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    this.#checkWritable()
    await this.#parts.mark.setKnownSince(known)
  }

  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined> {
    this.#checkWritable()
    this.#checkNames(documents)
    const { transactions, changes } = this.#parts
    const [only] = documents
    if (documents.length === 1 && present.length === 0 && only !== undefined)
      return await this.#insertOne(only)
    const inserted = await transactions.insert(documents, present)
    if ('kind' in inserted) return inserted
    changes.committed(inserted)
    return undefined
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    const { transactions, changes } = this.#parts
    const commits = await transactions.transact(promptIds, async (views) => {
      const planned = await plan(views)
      if (planned.some(changesSomething)) this.#checkWritable()
      this.#checkNames(planned.flatMap(({ save }) => save))
      return planned
    })
    changes.committed(commits)
  }

  async clear(): Promise<void> {
    this.#checkWritable()
    const { changes } = this.#parts
    try {
      await clearStore(this.#parts)
    } catch (error) {
      // Some prompts are empty by now, and memory does not know which.
      await changes.refresh(true)?.catch(() => undefined)
      throw error
    }
    changes.cleared()
  }

  listen(listener: SourceListener): void {
    this.#parts.changes.listen(listener)
  }

  refresh(fresh: boolean): Promise<void> | undefined {
    return this.#parts.changes.refresh(fresh)
  }

  follow(): () => void {
    return this.#parts.changes.follow()
  }

  async close(): Promise<void> {
    const { bucket, changes, local } = this.#parts
    await changes.close()
    bucket.close()
    await local?.close()
  }

  async #insertOne(document: NewDocument): Promise<InsertRefusal | undefined> {
    const { promptId, version } = document
    const saved = await this.#parts.documents.save(document)
    if (!('saved' in saved)) return { kind: 'taken', documents: [{ promptId, ...saved }] }
    this.#parts.changes.committed([
      {
        promptId,
        saved: new Map([[version, saved.saved]]),
        deleted: [],
        moves: [],
        isHeadChanged: false,
        state: undefined,
      },
    ])
    return undefined
  }

  /** @throws RangeError for a version whose object would have a longer name than the service accepts */
  #checkNames(documents: readonly NewDocument[]): void {
    const { bucket, names } = this.#parts
    for (const { promptId, version } of documents)
      bucket.checkName(names.version(promptId, version))
  }

  #checkWritable(): void {
    if (!this.#parts.isReadOnly) return
    throw new StorageError('FS-READONLY-001', `${this.place} is open for reading`, {
      context: { path: this.place, reason: 'read_only' },
    })
  }
}

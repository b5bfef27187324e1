import { isDeepStrictEqual } from 'node:util'
import { documentTime } from '../../base/clock.js'
import { rejectUnknown } from '../../base/options.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { Operation } from '../../engine/commit/transaction.js'
import {
  isConflict,
  isDamage,
  isStorageError,
  StorageError,
  VersionConflictError,
} from '../../base/errors.js'
import { checkBatch, isSameContent, type Candidate, type Candidates } from '../accept-version.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { clearStore } from './clear-store.js'
import { removeAll } from './removing.js'
import type { StoreTransactions } from './store-transactions.js'
import { formOf } from './trash.js'
import { creationOf, creationsOf, idFilesOf, keepCreated, indexTaken } from './version-changes.js'
import { plainBytes } from './version-codec.js'
import { commitTimeIn, readSound, readVersion } from '../version-reader.js'
import { NO_HEAD } from '../prompt-heads.js'
import type { VersionDocument } from '../version-storage.js'

const FILE_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }

/** A version that is to be created at its path. */
interface PendingCreate {
  readonly named: VersionDocument
  /** Whether the path already holds exactly this version. */
  isStored(): Promise<boolean>
}

/** Saving and deleting in an open store: each method is one transaction, except those that clear. */
export class StoreWriter<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #transactions: StoreTransactions<Version>

  constructor(store: OpenStore<Version>, transactions: StoreTransactions<Version>) {
    this.#store = store
    this.#transactions = transactions
  }

  /** All of them or none; with `ifSame: 'accept'`, versions that are stored with the same content count as saved. */
  async save({ candidates, ifSame }: Candidates<Version>): Promise<void> {
    await this.#store.space.check()
    let missing = candidates
    while (missing.length > 0) {
      try {
        const unsaved = missing
        const { features, schema } = this.#store
        await features.record('commit-times')
        await schema.record()
        return await features.plan(async (mark) => await this.#saveNew(mark, unsaved))
      } catch (error) {
        const isSame =
          isStorageError(error, 'OPT-VER-001') && error.context['same_content'] === true
        if (!isSame || ifSame === 'refuse') throw error
        const stored = await Promise.all(missing.map(async (one) => await this.#isStored(one)))
        missing = missing.filter((_, at) => stored[at] !== true)
      }
    }
  }

  async delete(promptId: string, version: string): Promise<boolean> {
    return await this.#transactions.delete(promptId, version)
  }

  /** @param options `content`: that of the copy; default: the youngest one */
  async restore(
    promptId: string,
    version: string,
    options?: { readonly content?: Version },
  ): Promise<boolean> {
    rejectUnknown(options, ['content'], 'restoreVersion')
    return await this.#store.features.plan(
      async (mark) => await this.#restore(mark, promptId, version, options?.content),
    )
  }

  async #restore(
    mark: PlannedMark,
    promptId: string,
    version: string,
    content: Version | undefined,
  ): Promise<boolean> {
    const { files, layout } = this.#store
    const sound = await this.#soundCopy(promptId, version, content)
    if (sound === undefined) return this.#notInTrash(promptId, version)
    const { bytes } = sound
    const { tag, operations: created } = creationOf(layout, promptId, version, bytes)
    const named = { prompt_id: promptId, version }
    const isStored = async (): Promise<boolean> => {
      const stored = await files.readPlain(promptId, version)
      return Buffer.from(stored?.bytes ?? []).equals(bytes)
    }
    const pending = new Map(created.map(({ path }) => [path, { named, isStored }]))
    for (;;) {
      const operations: Operation[] = [
        ...created,
        { kind: 'remove', path: sound.path },
        ...idFilesOf(this.#store, [tag]),
        ...(await this.#recordRestored(promptId, version, bytes)),
      ]
      try {
        await this.#commitNew(mark, operations, pending)
        return true
      } catch (error) {
        if (!isConflict(error)) throw error
        // Another call or process has restored or purged this copy meanwhile.
        if (error.context['path'] === sound.path) return false
      }
    }
  }

  /** The history of the prompt says from when on the version is there again. */
  async #recordRestored(
    promptId: string,
    version: string,
    bytes: Uint8Array,
  ): Promise<readonly Operation[]> {
    const { checksums, clock, features, heads } = this.#store
    await features.assertKnown()
    const read = await heads.read(promptId)
    const restored = { [version]: commitTimeIn(bytes, { checksums }) }
    const entries = [{ restored, at: clock.stamp().toISOString() }]
    return [
      ...(await features.recording(['heads', 'commit-times'])),
      ...(await heads.operations(promptId, read, { head: read.head ?? NO_HEAD, entries })),
    ]
  }

  /**
   * The youngest copy in the trash that is a document of this version, with this content if one is given.
   * @throws StorageError FS-LOAD-001 or FS-LOAD-002, that of the youngest, if there are copies and none is sound
   */
  async #soundCopy(
    promptId: string,
    version: string,
    content: Version | undefined,
  ): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined> {
    const { directory, rules, trash } = this.#store
    let refusal: StorageError | undefined
    for (const copy of await trash.copies(promptId, version)) {
      try {
        const { path } = copy
        const stored = await directory.read(path, FILE_LIMIT)
        if (stored === undefined) continue
        const expected = { promptId, version, path }
        const bytes = await plainBytes(stored, formOf(copy), expected)
        // A document with a valid checksum is restored, even if the schema has changed since.
        const sound = readSound(bytes, expected, rules)
        if (sound.checksum !== 'valid')
          await readVersion(bytes, expected, { ...rules, onAltered: undefined })
        if (content === undefined || isDeepStrictEqual(sound.document, content))
          return { path, bytes }
      } catch (error) {
        if (!isDamage(error)) throw error
        refusal ??= error
      }
    }
    if (refusal !== undefined) throw refusal
    return undefined
  }

  /** @throws StorageError OPT-VER-002 if this store has no trash */
  #notInTrash(promptId: string, version: string): false {
    if (this.#store.enableTrash) return false
    throw new StorageError(
      'OPT-VER-002',
      `Version ${version} of prompt ${promptId} is not in the trash, and this store was opened without one: ` +
        'what is deleted is kept only with enableTrash: true (--trash)',
      { context: { prompt_id: promptId, version, reason: 'no_trash' } },
    )
  }

  async purgeTrash(olderThanMs: number): Promise<number> {
    const { features, trash } = this.#store
    const before = new Date(documentTime().getTime() - olderThanMs).toISOString()
    return await features.plan(async (mark) => {
      const old = (await trash.list()).filter((trashed) => trashed.deleted_at <= before)
      await removeAll(mark, old)
      return old.length
    })
  }

  async clearAll(): Promise<void> {
    await this.#store.features.plan(async (mark) => await clearStore(this.#store, mark))
  }

  async #saveNew(mark: PlannedMark, candidates: readonly Candidate<Version>[]): Promise<void> {
    const { clock } = this.#store
    const epoch = this.#store.cache?.epoch ?? 0
    const creations = creationsOf(this.#store, candidates, clock.stamp().toISOString())
    const pending = new Map<string, PendingCreate>()
    for (const { operations, candidate } of creations) {
      const isStored = async (): Promise<boolean> => await this.#isStored(candidate)
      for (const { path } of operations) pending.set(path, { named: candidate.version, isStored })
    }
    const idFiles = idFilesOf(
      this.#store,
      creations.map(({ tag }) => tag),
    )
    const created = creations.flatMap(({ operations }) => operations)
    checkBatch(candidates, idFiles.length, creations[0]?.operations.length)
    await this.#commitNew(mark, [...created, ...idFiles], pending)
    keepCreated(this.#store, creations, epoch)
  }

  /** Whether the file of a version holds this content; false if it cannot be read. */
  async #isStored(candidate: Candidate<Version>): Promise<boolean> {
    const { files, rules } = this.#store
    const { prompt_id: promptId, version } = candidate.version
    try {
      const stored = await files.readPlain(promptId, version)
      if (stored === undefined) return false
      const expected = { promptId, version, path: stored.path }
      return isSameContent(await readVersion(stored.bytes, expected, rules), candidate)
    } catch (error) {
      if (isStorageError(error)) return false
      throw error
    }
  }

  /** @throws VersionConflictError naming the version whose path was taken */
  async #commitNew(
    mark: PlannedMark,
    operations: readonly Operation[],
    pending: ReadonlyMap<string, PendingCreate>,
  ): Promise<void> {
    const [first] = pending.values()
    const named = { prompt_id: first?.named.prompt_id, version: first?.named.version }
    try {
      await mark.commit(operations, {
        fallback: 'FS-SAVE-001',
        what: `Cannot save version ${named.version} of prompt ${named.prompt_id}`,
        context: named,
      })
    } catch (error) {
      if (!isConflict(error)) throw error
      const taken = pending.get(String(error.context['path']))
      if (taken === undefined) throw error
      const { prompt_id: promptId, version } = taken.named
      await indexTaken(this.#store, taken.named)
      const sameContent = await taken.isStored()
      throw new VersionConflictError(promptId, version, { sameContent, cause: error })
    }
  }
}

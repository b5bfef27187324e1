import { documentTime } from '../../base/clock.js'
import { encodeVersionFile, VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { FailedOperation } from '../../engine/failure.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import {
  isConflict,
  isDamage,
  isStorageError,
  StorageError,
  VersionConflictError,
} from '../../base/errors.js'
import { checkBatch, isSameContent, type Candidate, type Candidates } from '../accept-version.js'
import type { OpenStore } from './open-store.js'
import { promptFileIn, type KnownPlace } from './store-layout.js'
import { encodePromptFile } from './tree-scan.js'
import { readSound, readVersion } from './version-reader.js'
import type { VersionDocument } from '../version-storage.js'

/** How many files are removed in one transaction. */
const REMOVE_TOGETHER = 256
const FILE_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }
const REMOVE: FailedOperation = { fallback: 'FS-DELETE-001', what: 'Cannot remove' }

/** A version that is to be created at its path. */
interface PendingCreate {
  readonly named: VersionDocument
  /** Whether the path already holds exactly this version. */
  isStored(): Promise<boolean>
}

/** A file that is removed for good; with its place if it is a version. */
interface RemovedFile {
  readonly path: string
  readonly tag?: KnownPlace
}

/** Saving and deleting in an open store: each method is one transaction, except those that clear. */
export class StoreWriter<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>

  constructor(store: OpenStore<Version>) {
    this.#store = store
  }

  /** All of them or none; with `ifSame: 'accept'`, versions that are stored with the same content count as saved. */
  async save({ candidates, ifSame }: Candidates<Version>): Promise<void> {
    await this.#store.space.check()
    let missing = candidates
    while (missing.length > 0) {
      try {
        return await this.#saveNew(missing)
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
    const { directory, layout, trash, enableTrash } = this.#store
    const tag = layout.placeOf(promptId, version)
    const path = layout.pathOf(tag)
    const failed: FailedOperation = {
      fallback: 'FS-DELETE-001',
      what: `Cannot delete version ${version} of prompt ${promptId}`,
      context: { prompt_id: promptId, version },
    }
    if (!enableTrash) return await this.#removed([{ kind: 'remove', path, tag }], failed)
    for (;;) {
      const bytes = await directory.read(path, FILE_LIMIT)
      if (bytes === undefined) return false
      const remove: Operation = {
        kind: 'remove',
        path,
        tag,
        // If it was deleted and saved again meanwhile, the new text would be removed without a copy in the trash.
        ...ifStill(bytes, directory.inlineBytesMax),
      }
      const keep = trash.moveIn(promptId, version, bytes, documentTime())
      if (await this.#removed([keep, remove], failed)) return true
    }
  }

  async restore(promptId: string, version: string): Promise<boolean> {
    const { directory, layout } = this.#store
    const sound = await this.#soundCopy(promptId, version)
    if (sound === undefined) return this.#notInTrash(promptId, version)
    const { bytes } = sound
    const tag = layout.placeOf(promptId, version)
    const path = layout.pathOf(tag)
    const named = { prompt_id: promptId, version }
    const operations: Operation[] = [
      { kind: 'create', path, bytes, tag },
      { kind: 'remove', path: sound.path },
      ...this.#promptFiles([tag]),
    ]
    const isStored = async (): Promise<boolean> =>
      Buffer.from((await directory.read(path, FILE_LIMIT)) ?? []).equals(bytes)
    try {
      await this.#commitNew(operations, new Map([[path, { named, isStored }]]))
      return true
    } catch (error) {
      // Another call or process has restored or purged this copy meanwhile.
      if (isConflict(error)) return false
      throw error
    }
  }

  /**
   * The youngest copy in the trash that is a document of this version.
   * @throws StorageError FS-LOAD-001 or FS-LOAD-002, that of the youngest, if there are copies and none is sound
   */
  async #soundCopy(
    promptId: string,
    version: string,
  ): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined> {
    const { directory, rules, trash } = this.#store
    let refusal: StorageError | undefined
    for (const { path } of await trash.copies(promptId, version)) {
      try {
        const bytes = await directory.read(path, FILE_LIMIT)
        if (bytes === undefined) continue
        const expected = { promptId, version, path }
        // A document with a valid checksum is restored, even if the schema has changed since.
        if (readSound(bytes, expected, rules).checksum !== 'valid')
          await readVersion(bytes, expected, { ...rules, onAltered: undefined })
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
    const before = new Date(documentTime().getTime() - olderThanMs).toISOString()
    const old = (await this.#store.trash.list()).filter((trashed) => trashed.deleted_at <= before)
    await this.#removeAll(old)
    return old.length
  }

  async clearAll(): Promise<void> {
    const { names, layout, trash } = this.#store
    await names.current()
    const gone: RemovedFile[] = [...(await trash.list())]
    for (const promptId of await names.promptIds()) {
      for (const version of await names.versions(promptId)) {
        const tag = layout.placeOf(promptId, version)
        gone.push({ path: layout.pathOf(tag), tag })
      }
      const path = layout.promptFile(promptId)
      if (path !== undefined) gone.push({ path })
    }
    await this.#removeAll(gone)
  }

  /** For a long id, the directory's name is a hash, and a file in it holds the id itself. */
  #promptFiles(places: readonly KnownPlace[]): Operation[] {
    const { names } = this.#store
    const operations = new Map<string, Operation>()
    for (const { promptId, directory } of places) {
      const path = promptFileIn(directory)
      if (path === undefined || operations.has(path)) continue
      names.noteId(promptId)
      operations.set(path, { kind: 'replace', path, bytes: encodePromptFile(promptId) })
    }
    return [...operations.values()]
  }

  async #saveNew(candidates: readonly Candidate<Version>[]): Promise<void> {
    const { cache, checksums, layout, schema } = this.#store
    await schema.record()
    const encoding = { checksum: checksums, schemaVersion: schema.version }
    const epoch = cache?.epoch ?? 0
    const pending = new Map<string, PendingCreate>()
    const creates = candidates.map((candidate) => {
      const { version: named } = candidate
      const tag = layout.placeOf(named.prompt_id, named.version)
      const path = layout.pathOf(tag)
      pending.set(path, { named, isStored: async () => await this.#isStored(candidate, path) })
      const bytes = encodeVersionFile(named, encoding)
      return { kind: 'create' as const, path, tag, bytes }
    })
    const idFiles = this.#promptFiles(creates.map(({ tag }) => tag))
    checkBatch(candidates, idFiles.length)
    await this.#commitNew([...creates, ...idFiles], pending)
    for (const [at, { version }] of candidates.entries())
      cache?.put(version, creates[at]?.bytes.length ?? 0, epoch)
  }

  /** Whether the file of a version holds this content; false if it cannot be read. */
  async #isStored(candidate: Candidate<Version>, path = this.#pathOf(candidate)): Promise<boolean> {
    const { directory, rules } = this.#store
    const { prompt_id: promptId, version } = candidate.version
    try {
      const bytes = await directory.read(path, FILE_LIMIT)
      if (bytes === undefined) return false
      return isSameContent(await readVersion(bytes, { promptId, version, path }, rules), candidate)
    } catch (error) {
      if (isStorageError(error)) return false
      throw error
    }
  }

  #pathOf({ version: { prompt_id: promptId, version } }: Candidate<Version>): string {
    return this.#store.layout.versionPath(promptId, version)
  }

  /** @throws VersionConflictError naming the version whose path was taken */
  async #commitNew(
    operations: readonly Operation[],
    pending: ReadonlyMap<string, PendingCreate>,
  ): Promise<void> {
    const [first] = pending.values()
    const named = { prompt_id: first?.named.prompt_id, version: first?.named.version }
    try {
      await this.#store.directory.commit(operations, {
        fallback: 'FS-SAVE-001',
        what: `Cannot save version ${named.version} of prompt ${named.prompt_id}`,
        context: named,
      })
    } catch (error) {
      if (!isConflict(error)) throw error
      const taken = pending.get(String(error.context['path']))
      if (taken === undefined) throw error
      const { prompt_id: promptId, version } = taken.named
      await this.#indexTaken(taken.named)
      const sameContent = await taken.isStored()
      throw new VersionConflictError(promptId, version, { sameContent, cause: error })
    }
  }

  /**
   * The path of a new version is taken. If the index lacks the version, another program has put the file there.
   * @throws StorageError FS-SAVE-001 if a directory, link or device has the path
   */
  async #indexTaken({ prompt_id: promptId, version }: VersionDocument): Promise<void> {
    const { names, layout, directory } = this.#store
    await names.current()
    if (names.has(promptId, version) === true) return
    await names.recheck(promptId)
    if (names.has(promptId, version) === true) return
    const path = layout.versionPath(promptId, version)
    const found = await directory.volume.stat(path)
    if (found === undefined || found.kind === 'file') return
    const what = found.kind === 'directory' ? 'a directory' : 'a link or device'
    throw new StorageError(
      'FS-SAVE-001',
      `Cannot save version ${version} of prompt ${promptId}: '${path}' is ${what}; move it away`,
      { context: { prompt_id: promptId, version, path, reason: 'not_a_file' } },
    )
  }

  async #removed(operations: readonly Operation[], failed: FailedOperation): Promise<boolean> {
    try {
      await this.#store.directory.commit(operations, failed)
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  /** Another process may remove the same files at the same time; missing files are skipped. */
  async #removeAll(gone: readonly RemovedFile[]): Promise<void> {
    for (let at = 0; at < gone.length; at += REMOVE_TOGETHER) {
      const some = gone
        .slice(at, at + REMOVE_TOGETHER)
        .map(({ path, tag }): Operation => ({ kind: 'remove', path, tag }))
      if (await this.#removed(some, REMOVE)) continue
      await Promise.all(some.map(async (operation) => await this.#removed([operation], REMOVE)))
    }
  }
}

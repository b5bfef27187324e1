import { randomBytes } from 'node:crypto'
import { Lifecycle } from '../../base/lifecycle.js'
import { isBytes } from '../../base/values.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import { resolveDirectoryOptions, type DirectoryOptions } from '../../engine/directory-options.js'
import { FILES_CLAIM, FILE_VERSIONS_DIRECTORY } from '../../document/store-names.js'
import { Store } from '../../engine/store.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { isConflict } from '../../base/errors.js'
import {
  type DeleteCondition,
  type Describe,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from '../backend.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import type { FileDocument } from '../document.js'
import type { KeepRequest, KeepSetting, KeptEntry, KeptVersion, VersionKeeper } from '../kept.js'
import type { KeyRecordPlace, KeyRecords } from '../pipeline/keys.js'
import { checkCondition, untilFirst } from '../conflict.js'
import { FreeSpace } from './free-space.js'
import { takeBody, type LocalContent } from './body.js'
import { walkKeys } from './keys.js'
import { KeyGuard } from './key-guard.js'
import { absent, findRecord, openFileAt, wrongVersion, type OpenedFile } from './lookup.js'
import { addKeyRecords, readKeyRecords, readMark } from './mark.js'
import { keyOfDocument, localKey, payloadPaths, type LocalKey } from './path.js'
import { removing, storing, type Alongside, type FoundRecord } from './record.js'
import { findStrays, type FileStray } from './strays.js'
import { LocalVersions, type Keeping } from './versions.js'

const DOCUMENTS_AT_ONCE = 256

interface LocalParts {
  readonly directory: Store
  readonly names: PromptNameOptions
  readonly room: FreeSpace
  readonly versions: LocalVersions
  readonly lockTimeoutMs: number
}

/**
 * Files in a directory of this machine: the payload at its key, its document in `.meta/`, both in one commit. Any
 * number of processes may have it open.
 */
export class LocalBackend implements VersionKeeper, KeyRecordPlace {
  readonly kind = 'local'
  readonly directory: Store
  readonly #names: PromptNameOptions
  readonly #room: FreeSpace
  readonly #versions: LocalVersions
  /** Which keys files are stored with. */
  readonly keyGuard: KeyGuard
  /** How long a change competes with those of other processes. */
  readonly lockTimeoutMs: number
  readonly #lifecycle: Lifecycle
  /** Changes of one key, one after another: their bodies were taken before. */
  readonly #changes = new KeyedQueue()

  /**
   * @param keep which versions every process keeps from now on; undefined: as before
   * @throws as `Store.open`; StorageError FS-FORMAT-001 for the directory of another kind of store
   */
  static async open(
    path: string,
    options?: DirectoryOptions,
    minFreeMb: number = 0,
    admitsPlain: boolean = false,
    keep?: KeepSetting,
  ): Promise<LocalBackend> {
    const directory = await Store.open(path, options, FILES_CLAIM)
    try {
      const room = new FreeSpace(directory, minFreeMb)
      const { lockTimeoutMs } = resolveDirectoryOptions(options)
      const names = await readMark(directory)
      const versions = new LocalVersions(directory, names, room)
      if (keep !== undefined) await versions.set(keep)
      return new LocalBackend({ directory, names, room, versions, lockTimeoutMs }, admitsPlain)
    } catch (error) {
      await directory.close()
      throw error
    }
  }

  private constructor(parts: LocalParts, admitsPlain: boolean) {
    const { directory } = parts
    this.keyGuard = new KeyGuard(directory, admitsPlain)
    this.directory = directory
    this.#names = parts.names
    this.#room = parts.room
    this.#versions = parts.versions
    this.lockTimeoutMs = parts.lockTimeoutMs
    this.#lifecycle = new Lifecycle(() => closedBackend(directory.path))
  }

  async put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition?: WriteCondition,
    alongside?: Alongside,
  ): Promise<StoredFile> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      // Bytes take their place among the changes at once, a stream when it has ended.
      const content: LocalContent = isBytes(body)
        ? { bytes: body }
        : await takeBody(this.directory, this.#room, key, body)
      const { bytes, staged } = content
      const store = async (found: FoundRecord | undefined): Promise<StoredFile> => {
        await checkCondition(key, found?.file, condition)
        const storedBytes = bytes?.length ?? staged?.bytes ?? 0
        return await this.#keeping(at, found, condition?.keep, async (keeping) => {
          const document = describe(found?.file, storedBytes, keeping?.freedBytes)
          await this.keyGuard.admit(document)
          const etag = randomBytes(16).toString('hex')
          const modifiedMs = Date.parse(document.updated_at)
          const file = { key, etag, storedBytes, modifiedMs, document }
          const kept = (await keeping?.operations()) ?? []
          const operations = await storing(this.directory, at, { file, content, found })
          await this.directory.commit([...kept, ...operations, ...(alongside?.(file) ?? [])])
          return file
        })
      }
      try {
        // Staged contents are on the disk already.
        return await this.#change(at, async (found) =>
          this.#room.hold(key, bytes?.length ?? 0, async () => await store(found)),
        )
      } finally {
        if (staged !== undefined) await this.directory.discard(staged)
      }
    })
  }

  async get(key: string, range: ByteRange = { start: 0 }): Promise<OpenedFile | undefined> {
    return await this.#lifecycle.run(async () =>
      openFileAt(this.directory, this.#at(key), range, this.lockTimeoutMs),
    )
  }

  async head(key: string): Promise<StoredFile | undefined> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      const found = await findRecord(this.directory, at)
      return found?.file ?? absent(at, found)
    })
  }

  async delete(
    key: string,
    condition?: DeleteCondition,
    alongside?: () => readonly Operation[],
  ): Promise<boolean> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      return await this.#change(at, async (found) => {
        await checkCondition(key, found?.file, condition)
        return await this.#keeping(at, found, condition?.keep, async (keeping) => {
          const kept = (await keeping?.operations()) ?? []
          const removals = await removing(this.directory, at, found)
          const operations = [...kept, ...removals, ...(alongside?.() ?? [])]
          if (operations.length > 0) await this.directory.commit(operations)
          return found !== undefined
        })
      })
    })
  }

  /**
   * Runs `work` with operations that remove a file in another commit, and keep it.
   * @throws StorageError FS-CONFLICT-001 when it was replaced
   */
  async withRemoval<Result>(
    { key, etag }: StoredFile,
    keep: KeepRequest | undefined,
    work: (operations: readonly Operation[]) => Promise<Result>,
  ): Promise<Result> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      const found = await findRecord(this.directory, at)
      await checkCondition(key, found?.file, { ifMatch: etag })
      return await this.#keeping(at, found, keep, async (keeping) => {
        const kept = (await keeping?.operations()) ?? []
        return await work([...kept, ...(await removing(this.directory, at, found))])
      })
    })
  }

  /** By the mark: what any process has set last. */
  async keepSetting(): Promise<KeepSetting> {
    return await this.#lifecycle.run(async () => await this.#versions.setting())
  }

  async versions(key: string): Promise<readonly KeptEntry[]> {
    return await this.#lifecycle.run(async () => await this.#versions.of(key))
  }

  async getVersion(
    key: string,
    version: string,
    range: ByteRange = { start: 0 },
  ): Promise<OpenedFile | undefined> {
    return await this.#lifecycle.run(async () => {
      const at = await this.#versions.placeOf(key, version)
      if (at === undefined) return undefined
      const found = await openFileAt(this.directory, at, range, this.lockTimeoutMs)
      if (found === undefined || found.file.etag === version) return found
      found.body.destroy()
      throw wrongVersion(key, at.documentPath)
    })
  }

  async headVersion(key: string, version: string): Promise<StoredFile | undefined> {
    return await this.#lifecycle.run(async () => {
      const at = await this.#versions.placeOf(key, version)
      if (at === undefined) return undefined
      const found = await findRecord(this.directory, at)
      const file = found?.file ?? absent(at, found)
      if (file === undefined || file.etag === version) return file
      throw wrongVersion(key, at.documentPath)
    })
  }

  async putVersion(
    kept: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    return await this.#lifecycle.run(async () => this.#versions.put(kept, body, describe, over))
  }

  async deleteVersions(key: string, versions: readonly string[]): Promise<number> {
    return await this.#lifecycle.run(async () => await this.#versions.delete(key, versions))
  }

  allVersions(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    return this.#versions.all(prefix)
  }

  /** Operations that remove versions of a key in another commit. */
  async versionRemovals(key: string, versions: readonly string[]): Promise<readonly Operation[]> {
    return await this.#lifecycle.run(async () => await this.#versions.removals(key, versions))
  }

  async list(request: ListRequest): Promise<FilePage> {
    return await this.#lifecycle.run(async () => this.#list(request))
  }

  /** All keys with a prefix, including those with a damaged document. */
  keys(prefix: string): AsyncGenerator<string> {
    return walkKeys(this.directory, this.#names, prefix, undefined)
  }

  /** Entries of the directory that belong to no file. */
  strays(): AsyncGenerator<FileStray> {
    return findStrays(this.directory, this.#names)
  }

  /** Calls `listener` with each key that any process has changed, or undefined when any key may have been. */
  onChange(listener: (key: string | undefined) => void): () => void {
    return this.directory.onChange({
      changed: (changes) => {
        for (const { path } of changes) {
          const key = keyOfDocument(path, this.#names)
          if (key !== undefined) listener(key)
        }
      },
      reset: () => listener(undefined),
    })
  }

  /** Reads what others have changed; resolves at once when there is nothing new. */
  async refresh(): Promise<void> {
    if (!this.directory.isCurrent) await this.directory.refresh()
  }

  /** In the mark. */
  async keyRecords(): Promise<KeyRecords> {
    return await this.#lifecycle.run(async () => await readKeyRecords(this.directory))
  }

  async addKeyRecords(added: KeyRecords): Promise<KeyRecords> {
    return await this.#lifecycle.run(async () => await addKeyRecords(this.directory, added))
  }

  async close(): Promise<void> {
    await this.#lifecycle.close(async () => await this.directory.close())
  }

  async #list({ prefix, after, limit }: ListRequest): Promise<FilePage> {
    const files: StoredFile[] = []
    let batch: string[] = []
    const load = async (): Promise<void> => {
      // Files deleted meanwhile are left out; damaged ones are reported by reads and by verify.
      for (const found of await Promise.all(
        batch.map(async (key) => await findRecord(this.directory, this.#at(key))),
      ))
        if (found?.file !== undefined) files.push(found.file)
      batch = []
    }
    for await (const key of walkKeys(this.directory, this.#names, prefix, after)) {
      if (files.length + batch.length > limit) await load()
      if (files.length > limit) break
      batch.push(key)
      if (batch.length >= DOCUMENTS_AT_ONCE) await load()
    }
    await load()
    return { files: files.slice(0, limit), more: files.length > limit }
  }

  /**
   * Makes a change that replaces the document that it finds. Another process may be faster at this key's own files; a
   * condition of the caller, or of `alongside`, is for the caller.
   */
  async #change<T>(
    at: LocalKey,
    change: (found: FoundRecord | undefined) => Promise<T>,
  ): Promise<T> {
    const own: readonly unknown[] = [at.documentPath, ...payloadPaths(at.name)]
    const isOwn = (path: unknown): boolean =>
      own.includes(path) || String(path).startsWith(`${FILE_VERSIONS_DIRECTORY}/`)
    const isLost = (error: unknown): boolean => isConflict(error) && isOwn(error.context['path'])
    return await this.#changes.run(at.key, async () =>
      untilFirst(at.key, this.lockTimeoutMs, isLost, async () =>
        change(await findRecord(this.directory, at)),
      ),
    )
  }

  /** Makes a change with what it does about the versions of its key. */
  async #keeping<T>(
    at: LocalKey,
    found: FoundRecord | undefined,
    request: KeepRequest | undefined,
    change: (keeping: Keeping | undefined) => Promise<T>,
  ): Promise<T> {
    const keeping = await this.#versions.keeping(at, found, request)
    try {
      return await change(keeping)
    } finally {
      await keeping?.discard()
    }
  }

  #at(key: string): LocalKey {
    return localKey(key, this.#names)
  }
}

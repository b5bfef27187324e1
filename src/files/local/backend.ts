import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Lifecycle } from '../../base/lifecycle.js'
import { isBytes } from '../../base/values.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import { resolveDirectoryOptions, type DirectoryOptions } from '../../engine/directory-options.js'
import { FILES_CLAIM } from '../../document/store-names.js'
import { Store } from '../../engine/store.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { isConflict, isStorageError } from '../../base/errors.js'
import {
  type Describe,
  type FileBackend,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from '../backend.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import type { KeyRecordPlace, KeyRecords } from '../pipeline/keys.js'
import { checkCondition, untilFirst, untilSteady } from '../conflict.js'
import { FreeSpace } from './free-space.js'
import { badPayload, openPayload, takeBody, type LocalContent } from './body.js'
import { walkKeys } from './keys.js'
import { addKeyRecords, KeyGuard, readKeyRecords, readMark } from './mark.js'
import { keyOfDocument, localKey, payloadPath, payloadPaths, type LocalKey } from './path.js'
import {
  decodeLocalRecord,
  FILE_DOCUMENT_BYTES_MAX,
  removing,
  storing,
  tellIfMarked,
  type Alongside,
  type FoundRecord,
} from './record.js'
import { findStrays, type FileStray } from './strays.js'

const DOCUMENTS_AT_ONCE = 256

type OpenedFile = { readonly file: StoredFile; readonly body: Readable }
type OpenAttempt = { readonly found: OpenedFile | undefined }

/**
 * Files in a directory of this machine: the payload at its key, its document in `.meta/`, both in one commit. Any
 * number of processes may have it open.
 */
export class LocalBackend implements FileBackend, KeyRecordPlace {
  readonly kind = 'local'
  readonly directory: Store
  readonly #names: PromptNameOptions
  readonly #room: FreeSpace
  /** Which keys files are stored with. */
  readonly keyGuard: KeyGuard
  /** How long a change competes with those of other processes. */
  readonly lockTimeoutMs: number
  readonly #lifecycle: Lifecycle
  /** Changes of one key, one after another: their bodies were taken before. */
  readonly #changes = new KeyedQueue()

  /** @throws as `Store.open`; StorageError FS-FORMAT-001 for the directory of another kind of store */
  static async open(
    path: string,
    options?: DirectoryOptions,
    minFreeMb: number = 0,
    admitsPlain: boolean = false,
  ): Promise<LocalBackend> {
    const directory = await Store.open(path, options, FILES_CLAIM)
    try {
      const room = new FreeSpace(directory, minFreeMb)
      const { lockTimeoutMs } = resolveDirectoryOptions(options)
      const names = await readMark(directory)
      return new LocalBackend(directory, names, room, lockTimeoutMs, admitsPlain)
    } catch (error) {
      await directory.close()
      throw error
    }
  }

  private constructor(
    directory: Store,
    names: PromptNameOptions,
    room: FreeSpace,
    lockTimeoutMs: number,
    admitsPlain: boolean,
  ) {
    this.keyGuard = new KeyGuard(directory, admitsPlain)
    this.directory = directory
    this.#names = names
    this.#room = room
    this.lockTimeoutMs = lockTimeoutMs
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
        const document = describe(found?.file, storedBytes)
        await this.keyGuard.admit(document)
        const etag = randomBytes(16).toString('hex')
        const modifiedMs = Date.parse(document.updated_at)
        const file = { key, etag, storedBytes, modifiedMs, document }
        const operations = await storing(this.directory, at, { file, content, found })
        await this.directory.commit([...operations, ...(alongside?.(file) ?? [])])
        return file
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
    return await this.#lifecycle.run(async () => this.#open(this.#at(key), range))
  }

  async head(key: string): Promise<StoredFile | undefined> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      const found = await this.#find(at)
      return found?.file ?? absent(at, found)
    })
  }

  async delete(
    key: string,
    condition?: Pick<WriteCondition, 'ifMatch'>,
    alongside?: () => readonly Operation[],
  ): Promise<boolean> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      return await this.#change(at, async (found) => {
        await checkCondition(key, found?.file, condition)
        const removals = await removing(this.directory, at, found)
        const operations = [...removals, ...(alongside?.() ?? [])]
        if (operations.length > 0) await this.directory.commit(operations)
        return found !== undefined
      })
    })
  }

  /** Operations that remove a file in another commit. @throws StorageError FS-CONFLICT-001 when it was replaced */
  async removalOf({ key, etag }: StoredFile): Promise<readonly Operation[]> {
    return await this.#lifecycle.run(async () => {
      const at = this.#at(key)
      const found = await this.#find(at)
      await checkCondition(key, found?.file, { ifMatch: etag })
      return await removing(this.directory, at, found)
    })
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
        batch.map(async (key) => await this.#find(this.#at(key))),
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
    const isLost = (error: unknown): boolean =>
      isConflict(error) && own.includes(error.context['path'])
    return await this.#changes.run(at.key, async () =>
      untilFirst(at.key, this.lockTimeoutMs, isLost, async () => change(await this.#find(at))),
    )
  }

  async #open(at: LocalKey, range: ByteRange): Promise<OpenedFile | undefined> {
    const open = async (): Promise<OpenAttempt | undefined> => await this.#tryOpen(at, range)
    return await untilSteady(at.key, this.lockTimeoutMs, open)
  }

  /** The file as it was at one moment; undefined when it was changed while it was opened. */
  async #tryOpen(at: LocalKey, range: ByteRange): Promise<OpenAttempt | undefined> {
    const found = await this.#find(at)
    const file = found?.file
    if (found === undefined || file === undefined) return { found: absent(at, found) }
    const path = payloadPath(at.name, file.document)
    const body = await openPayload(this.directory, path, file.storedBytes, range)
    const still = await this.#readDocument(at)
    if (still !== undefined && Buffer.compare(still, found.bytes) === 0) {
      if (body !== undefined) return { found: { file, body } }
      throw await badPayload(this.directory, file, path)
    }
    body?.destroy()
    return undefined
  }

  async #readDocument({ documentPath }: LocalKey): Promise<Uint8Array | undefined> {
    return await this.directory.read(documentPath, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
  }

  async #find(at: LocalKey): Promise<FoundRecord | undefined> {
    const bytes = await this.#readDocument(at)
    if (bytes === undefined) return undefined
    try {
      const file = decodeLocalRecord(bytes, at.key, at.documentPath)
      tellIfMarked(this.directory.path, at.documentPath, bytes)
      return { bytes, file }
    } catch (error) {
      if (!isStorageError(error)) throw error
      return { bytes, file: undefined }
    }
  }

  #at(key: string): LocalKey {
    return localKey(key, this.#names)
  }
}

/** Undefined for a key without a file; throws for one whose document is damaged. */
function absent({ key, documentPath }: LocalKey, found: FoundRecord | undefined): undefined {
  if (found !== undefined) decodeLocalRecord(found.bytes, key, documentPath)
  return undefined
}

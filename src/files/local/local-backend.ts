import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { FILE_DOCUMENT_BYTES_MAX } from '../../document/file-limits.js'
import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { DirectoryOptions } from '../../engine/directory-options.js'
import { DurableDirectory } from '../../engine/durable-directory.js'
import type { Operation } from '../../engine/transaction.js'
import { StorageError, isStorageError } from '../../errors.js'
import type {
  ByteRange,
  FileBackend,
  FileBody,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from '../backend.js'
import { checkCondition, missing } from '../condition.js'
import type { FileDocument } from '../file-document.js'
import { FreeSpace } from './free-space.js'
import { openPayload, takeBody, type LocalContent } from './local-body.js'
import { walkKeys } from './local-keys.js'
import { readMark } from './local-mark.js'
import {
  documentPath,
  keyOfDocument,
  payloadName,
  payloadPath,
  payloadPaths,
} from './local-path.js'
import { decodeLocalRecord, encodeLocalRecord } from './local-record.js'
import { findStrays, type FileStray } from './strays.js'

/** A change lost to another writer is tried again so often; an unlucky one is told of the conflict then. */
const ATTEMPTS_MAX = 16
const DOCUMENTS_AT_ONCE = 256

/** More operations for the commit that stores or deletes a file; asked again for each attempt. */
export type Alongside = (file: StoredFile) => readonly Operation[]

/** A file's document as it lies on the disk. `file` is undefined when it is damaged. */
interface FoundRecord {
  readonly bytes: Uint8Array
  readonly file: StoredFile | undefined
}

/**
 * Files in a directory of this machine: the payload at its key, its document in `.meta/`, both in one commit. Any number
 * of processes may have it open.
 */
export class LocalBackend implements FileBackend {
  readonly kind = 'local'
  readonly directory: DurableDirectory
  readonly #names: PromptNameOptions
  readonly #room: FreeSpace

  /** @throws as `DurableDirectory.open`; StorageError FS-FORMAT-001 for the directory of another kind of store */
  static async open(
    path: string,
    options?: DirectoryOptions,
    minFreeMb: number = 0,
  ): Promise<LocalBackend> {
    const directory = await DurableDirectory.open(path, options)
    try {
      const room = new FreeSpace(directory, minFreeMb)
      return new LocalBackend(directory, await readMark(directory), room)
    } catch (error) {
      await directory.close()
      throw error
    }
  }

  private constructor(directory: DurableDirectory, names: PromptNameOptions, room: FreeSpace) {
    this.directory = directory
    this.#names = names
    this.#room = room
  }

  async put(
    key: string,
    body: FileBody,
    describe: () => FileDocument,
    condition?: WriteCondition,
    alongside?: Alongside,
  ): Promise<StoredFile> {
    const content = await takeBody(this.directory, this.#room, key, body)
    const { bytes, staged } = content
    try {
      const document = describe()
      const storedBytes = bytes?.length ?? staged?.bytes ?? 0
      const store = async (found: FoundRecord | undefined): Promise<StoredFile> => {
        checkCondition(key, found?.file, condition)
        const etag = randomBytes(16).toString('hex')
        const modifiedMs = Date.parse(document.updated_at)
        const file = { key, etag, storedBytes, modifiedMs, document }
        const operations = await this.#storeOperations(file, content, found)
        await this.directory.commit([...operations, ...(alongside?.(file) ?? [])])
        return file
      }
      // What is staged is on the disk already.
      return await this.#room.hold(key, bytes?.length ?? 0, async () => this.#retry(key, store))
    } finally {
      if (staged !== undefined) await this.directory.discard(staged)
    }
  }

  async get(
    key: string,
    range: ByteRange = { start: 0 },
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#find(key)
      const file = found?.file
      if (found === undefined || file === undefined) return this.#absent(key, found)
      const path = payloadPath(payloadName(key, this.#names), file.document)
      const body = await openPayload(this.directory, path, file.storedBytes, range)
      const still = await this.#readDocument(this.#documentPath(key))
      if (still !== undefined && Buffer.compare(still, found.bytes) === 0) {
        if (body !== undefined) return { file, body }
        throw await this.#badPayload(file, path)
      }
      body?.destroy()
      if (attempt >= ATTEMPTS_MAX) throw missing(key, 'changes faster than it can be read')
    }
  }

  async head(key: string): Promise<StoredFile | undefined> {
    const found = await this.#find(key)
    return found?.file ?? this.#absent(key, found)
  }

  async delete(
    key: string,
    condition?: Pick<WriteCondition, 'ifMatch'>,
    alongside?: () => readonly Operation[],
  ): Promise<boolean> {
    return await this.#retry(key, async (found) => {
      if (condition?.ifMatch !== undefined) checkCondition(key, found?.file, condition)
      const operations = [...(await this.#deleteOperations(key, found)), ...(alongside?.() ?? [])]
      if (operations.length > 0) await this.directory.commit(operations)
      return found !== undefined
    })
  }

  async list({ prefix, after, limit }: ListRequest): Promise<FilePage> {
    const files: StoredFile[] = []
    let batch: string[] = []
    const load = async (): Promise<void> => {
      // Deleted meanwhile is absent; damaged is told by whoever reads the file, and by verify.
      for (const file of await this.#heads(batch)) if (file !== undefined) files.push(file)
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

  /** All keys with a prefix, those too whose document is damaged. */
  keys(prefix: string): AsyncGenerator<string> {
    return walkKeys(this.directory, this.#names, prefix, undefined)
  }

  /** What lies in the directory and belongs to no file. */
  strays(): AsyncGenerator<FileStray> {
    return findStrays(this.directory, this.#names)
  }

  /** Tells `listener` of each key that anybody has changed, or undefined when any may have been. */
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

  /** Learns what others have changed; at once when there is nothing new. */
  async refresh(): Promise<void> {
    if (!this.directory.isCurrent) await this.directory.refresh()
  }

  async close(): Promise<void> {
    await this.directory.close()
  }

  /** Runs a change of the document's compare-and-set until it meets the document it has seen. */
  async #retry<T>(key: string, change: (found: FoundRecord | undefined) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await change(await this.#find(key))
      } catch (error) {
        if (attempt >= ATTEMPTS_MAX || !this.#lostRace(error, key)) throw error
      }
    }
  }

  /** Somebody else was faster at this key's own files; a condition of ours, or of `alongside`, is for the caller. */
  #lostRace(error: unknown, key: string): boolean {
    if (!isStorageError(error, 'FS-CONFLICT-001')) return false
    const name = payloadName(key, this.#names)
    return [documentPath(name), ...payloadPaths(name)].some(
      (path) => path === error.context['path'],
    )
  }

  async #storeOperations(
    file: StoredFile,
    content: LocalContent,
    found: FoundRecord | undefined,
  ): Promise<Operation[]> {
    const name = payloadName(file.key, this.#names)
    const path = payloadPath(name, file.document)
    const bytes = encodeLocalRecord(file)
    return [
      found === undefined
        ? { kind: 'create', path: documentPath(name), bytes }
        : { kind: 'replace', path: documentPath(name), bytes, ifBytes: found.bytes },
      { kind: 'replace', path, ...content },
      ...(await this.#removals(this.#oldPaths(name, found).filter((old) => old !== path))),
    ]
  }

  async #deleteOperations(key: string, found: FoundRecord | undefined): Promise<Operation[]> {
    if (found === undefined) return []
    const name = payloadName(key, this.#names)
    return [
      { kind: 'remove', path: documentPath(name), ifBytes: found.bytes },
      ...(await this.#removals(this.#oldPaths(name, found))),
    ]
  }

  /** A damaged document does not tell where its payload lies. */
  #oldPaths(name: string, found: FoundRecord | undefined): string[] {
    if (found === undefined) return []
    return found.file === undefined ? payloadPaths(name) : [payloadPath(name, found.file.document)]
  }

  /** A payload that somebody has removed by hand does not stand in the way of the next. */
  async #removals(paths: readonly string[]): Promise<Operation[]> {
    const stats = await Promise.all(
      paths.map(async (path) => ({ path, stat: await this.directory.volume.stat(path) })),
    )
    return stats
      .filter(({ stat }) => stat?.kind === 'file')
      .map(({ path }) => ({ kind: 'remove', path }))
  }

  async #readDocument(path: string): Promise<Uint8Array | undefined> {
    return await this.directory.read(path, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
  }

  async #find(key: string): Promise<FoundRecord | undefined> {
    const path = this.#documentPath(key)
    const bytes = await this.#readDocument(path)
    if (bytes === undefined) return undefined
    try {
      return { bytes, file: decodeLocalRecord(bytes, key, path) }
    } catch (error) {
      if (!isStorageError(error)) throw error
      return { bytes, file: undefined }
    }
  }

  /** Undefined for a key without a file; throws for one whose document is damaged. */
  #absent(key: string, found: FoundRecord | undefined): undefined {
    if (found !== undefined) decodeLocalRecord(found.bytes, key, this.#documentPath(key))
    return undefined
  }

  async #heads(keys: readonly string[]): Promise<(StoredFile | undefined)[]> {
    return await Promise.all(keys.map(async (key) => (await this.#find(key))?.file))
  }

  async #badPayload({ key, storedBytes }: StoredFile, path: string): Promise<StorageError> {
    const reason = (await this.directory.volume.stat(path)) === undefined ? 'missing' : 'cut'
    return new StorageError('FS-LOAD-001', `The payload of '${key}' is ${reason}`, {
      context: { key, path, reason, stored_bytes: storedBytes },
    })
  }

  #documentPath(key: string): string {
    return documentPath(payloadName(key, this.#names))
  }
}

import type { Readable } from 'node:stream'
import { wrongArgument } from '../base/misuse.js'
import type { ByteSource, ByteRange, FileBody } from '../base/byte-source.js'
import { isBytes } from '../base/values.js'
import { rejectUnknown } from '../base/options.js'
import {
  batchOf,
  changesOf,
  checkEntries,
  resolveKeys,
  type BatchResult,
  type Slots,
} from './batch.js'
import { copyFile, type CopyRequest, moveFile } from './copy.js'
import {
  checkVersion,
  historyOf,
  resolveVersion,
  type FileVersion,
  type VersionOptions,
} from './history.js'
import { checkFileKey } from './key.js'
import { infoOf, livingHead, type FileInfo } from './info.js'
import { loadContent, openContent, readContent, resolveRange } from './reader.js'
import type { FileSession } from './session.js'
import {
  keepRequest,
  resolveCondition,
  resolveStoring,
  storeContent,
  type StoreEntry,
  type StoreOptions,
  type StreamOptions,
} from './writer.js'
import { livingFiles } from './listing.js'
import { deleteVersion, restoreVersion } from './versions.js'
import { decodeValue, encodeValue, type FileValue } from './value.js'

/** Which part of a content is read, and of which version. */
export interface RetrieveStreamOptions extends Partial<ByteRange>, VersionOptions {}

const atOnce: Slots = async (task) => await task()

/**
 * The operations on files; one call of the user makes one or many of them. Changes take their place among those of the
 * key in their first line; a stream takes it when it has ended, since it may itself wait for others.
 */
export class FileCalls {
  readonly #session: FileSession

  constructor(session: FileSession) {
    this.#session = session
  }

  async store(entry: StoreEntry, slots: Slots = atOnce): Promise<true> {
    const { key, data, metadata, options = {} } = entry
    checkFileKey(key)
    const storing = resolveStoring(options, metadata ?? {}, 'store')
    const { kind, bytes: body } = encodeValue(data)
    const content = { key, kind, body, ...storing }
    await this.#session.change(key, 'store', async (parts) =>
      slots(async () => await storeContent(parts, content)),
    )
    return true
  }

  async storeMany(entries: readonly StoreEntry[]): Promise<BatchResult<true>[]> {
    checkEntries(entries)
    return await changesOf(entries, async (entry, slots) => await this.store(entry, slots))
  }

  async storeStream(key: string, body: ByteSource, given: StreamOptions): Promise<FileInfo> {
    checkFileKey(key)
    const { metadata = {}, ...options } = given
    const storing = resolveStoring(options, metadata, 'storeStream')
    const content = { key, kind: 'bytes', body: bodyOf(body), ...storing } as const
    return await this.#session.operate('store', async (parts) =>
      infoOf((await storeContent(parts, content)).file),
    )
  }

  async retrieve(key: string, options: VersionOptions = {}): Promise<FileValue | null | undefined> {
    checkFileKey(key)
    const partsOf = resolveVersion(options, 'retrieve')
    return await this.#session.operate('retrieve', async (parts) => {
      // Versions do not go through the cache.
      const found =
        options.version === undefined
          ? await readContent(parts, key)
          : await loadContent(partsOf(parts), key)
      return found && decodeValue(found.file.document.kind, found.content)
    })
  }

  async retrieveMany(
    keys: readonly string[],
  ): Promise<BatchResult<FileValue | null | undefined>[]> {
    return await batchOf(resolveKeys(keys), async (key) => await this.retrieve(key))
  }

  async retrieveStream(
    key: string,
    options: RetrieveStreamOptions = {},
  ): Promise<{ readonly file: FileInfo; readonly body: Readable } | undefined> {
    checkFileKey(key)
    const { version, ...range } = options
    const partsOf = resolveVersion({ version }, 'retrieveStream')
    const part = resolveRange(Object.keys(range).length === 0 ? undefined : range)
    return await this.#session.operate('retrieve', async (parts) => {
      const opened = await openContent(partsOf(parts), key, part)
      return opened && { file: infoOf(opened.file), body: opened.body }
    })
  }

  async delete(
    key: string,
    options: Pick<StoreOptions, 'ifMatch'> = {},
    slots: Slots = atOnce,
  ): Promise<boolean> {
    checkFileKey(key)
    rejectUnknown(options, ['ifMatch'], 'delete')
    const { ifMatch } = resolveCondition(options, 'delete')
    return await this.#session.change(key, 'delete', async (parts) => {
      try {
        const keep = keepRequest(parts)
        const condition = ifMatch === undefined ? { keep } : { ifMatch, keep }
        const removed = await slots(async () => await parts.backend.delete(key, condition))
        if (removed) parts.quota.forget()
        return removed
      } finally {
        parts.cache?.forget(key)
        parts.trust.forget(key)
      }
    })
  }

  async deleteMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    const entries = resolveKeys(keys).map((key) => ({ key }))
    return await changesOf(entries, async ({ key }, slots) => await this.delete(key, {}, slots))
  }

  async stat(key: string, options: VersionOptions = {}): Promise<FileInfo | undefined> {
    checkFileKey(key)
    const partsOf = resolveVersion(options, 'stat')
    return await this.#session.operate('stat', async (parts) => {
      const file = await livingHead(partsOf(parts), key)
      return file && infoOf(file)
    })
  }

  async history(key: string): Promise<FileVersion[]> {
    checkFileKey(key)
    return await this.#session.operate('history', async (parts) => await historyOf(parts, key))
  }

  async restoreVersion(
    key: string,
    version: string,
    options: StoreOptions,
  ): Promise<FileInfo | undefined> {
    checkFileKey(key)
    checkVersion(version)
    const { condition, expiresAt } = resolveStoring(options, {}, 'restoreVersion')
    return await this.#session.change(key, 'restore', async (parts) =>
      restoreVersion(parts, { key, version, condition, expiresAt }),
    )
  }

  async deleteVersion(key: string, version: string): Promise<boolean> {
    checkFileKey(key)
    checkVersion(version)
    return await this.#session.change(key, 'delete-version', async (parts) =>
      deleteVersion(parts, key, version),
    )
  }

  async existsMany(keys: readonly string[]): Promise<BatchResult<boolean>[]> {
    return await batchOf(resolveKeys(keys), async (key) => (await this.stat(key)) !== undefined)
  }

  async *files(prefix: string): AsyncGenerator<FileInfo, void, void> {
    const parts = await this.#session.open()
    for await (const file of livingFiles(parts, prefix)) yield infoOf(file)
  }

  async *keys(prefix: string): AsyncGenerator<string, void, void> {
    for await (const { key } of this.files(prefix)) yield key
  }

  async copy(from: string, to: string, options: StoreOptions): Promise<boolean> {
    const request = copyRequest('copy', from, to, options)
    return await this.#session.change(
      to,
      'copy',
      async (parts) => (await copyFile(parts, request)) !== undefined,
    )
  }

  async move(from: string, to: string, options: StoreOptions): Promise<boolean> {
    const request = copyRequest('move', from, to, options)
    return await this.#session.change(
      [from, to],
      'move',
      async (parts) => await moveFile(parts, request),
    )
  }
}

/** @throws TypeError for an invalid copy */
function copyRequest(name: string, from: string, to: string, options: StoreOptions): CopyRequest {
  checkFileKey(from, 'from')
  checkFileKey(to, 'to')
  if (from === to) throw wrongArgument(`A file cannot be copied to its own key, '${from}'`)
  const { condition, expiresAt } = resolveStoring(options, {}, name)
  return { from, to, condition, expiresAt }
}

function bodyOf(source: ByteSource | Uint8Array): FileBody {
  return isBytes(source) ? new Uint8Array(source) : chunksOf(source)
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  yield* source
}

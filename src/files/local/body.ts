import { Readable } from 'node:stream'
import { wrongArgument } from '../../base/misuse.js'
import { isBytes, kindOf } from '../../base/values.js'
import type { OpenFile } from '../../engine/disk-port.js'
import type { Store } from '../../engine/store.js'
import { StorageError, isStorageError } from '../../base/errors.js'
import type { StagedFile } from '../../engine/commit/staging.js'
import type { StoredFile } from '../backend.js'
import type { ByteRange } from '../../base/byte-source.js'
import type { FreeSpace } from './free-space.js'

const READ_BYTES = 256 * 1024
/** Stored bytes up to this are read in one go. */
const WHOLE_BYTES_MAX = 1024 * 1024

/** What a commit takes: bytes that fit into the journal, or a staged file. */
export type LocalContent =
  | { readonly bytes: Uint8Array; readonly staged?: never }
  | { readonly staged: StagedFile; readonly bytes?: never }

/**
 * Reads a body to its end: short ones stay in memory, long ones are staged while they are read.
 * @throws StorageError FS-IO-001 when there is no room for a long one
 */
export async function takeBody(
  directory: Store,
  room: FreeSpace,
  key: string,
  body: AsyncIterable<Uint8Array>,
): Promise<LocalContent> {
  const iterator = body[Symbol.asyncIterator]()
  try {
    const begin: Uint8Array[] = []
    let bytes = 0
    while (bytes <= directory.inlineBytesMax) {
      const next = await iterator.next()
      if (next.done === true) return { bytes: Buffer.concat(begin) }
      if (!isBytes(next.value))
        throw wrongArgument(`A stream of bytes must yield Uint8Arrays, got ${kindOf(next.value)}`)
      begin.push(next.value)
      bytes += next.value.length
    }
    return { staged: await directory.stage(room.guarded(key, allOf(begin, iterator))) }
  } catch (error) {
    await iterator.return?.()
    throw error
  }
}

async function* allOf(
  begin: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* begin.splice(0)
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

/** A range of stored bytes; undefined when there is no payload of that size. */
export async function openPayload(
  directory: Store,
  path: string,
  bytes: number,
  { start, end = bytes }: ByteRange,
): Promise<Readable | undefined> {
  if (bytes <= WHOLE_BYTES_MAX) {
    const whole = await readWhole(directory, path)
    if (whole?.length !== bytes) return undefined
    const part = whole.subarray(start, end)
    return Readable.from(part.length === 0 ? [] : [part], { objectMode: false })
  }
  const file = await directory.openFile(path)
  if (file?.bytes === bytes) return new FileStream(file, start, end)
  await file?.close()
  return undefined
}

/** The stored bytes of a file, for another one; undefined when its payload is missing or cut. */
export async function copyOfPayload(
  directory: Store,
  room: FreeSpace,
  { key, storedBytes }: StoredFile,
  path: string,
): Promise<LocalContent | undefined> {
  if (storedBytes <= directory.inlineBytesMax) {
    const bytes = await readWhole(directory, path)
    return bytes?.length === storedBytes ? { bytes } : undefined
  }
  const file = await directory.openFile(path)
  if (file === undefined) return undefined
  const content = new FileStream(file, 0, file.bytes)
  if (file.bytes === storedBytes)
    return { staged: await directory.stage(room.guarded(key, content)) }
  content.destroy()
  return undefined
}

/** Why a payload could not be opened. */
export async function badPayload(
  { volume }: Store,
  { key, storedBytes }: StoredFile,
  path: string,
): Promise<StorageError> {
  const reason = (await volume.stat(path)) === undefined ? 'missing' : 'cut'
  return new StorageError('FS-LOAD-001', `The payload of '${key}' is ${reason}`, {
    context: { key, path, reason, stored_bytes: storedBytes },
  })
}

/** Also undefined for a file that is too long to be read whole: it is not the payload of the document. */
async function readWhole(directory: Store, path: string): Promise<Uint8Array | undefined> {
  try {
    return await directory.read(path, { maxBytes: WHOLE_BYTES_MAX })
  } catch (error) {
    if (isStorageError(error) && error.context['error'] === 'EFBIG') return undefined
    throw error
  }
}

/** A stream over an open file, which is closed with it. */
export class FileStream extends Readable {
  readonly #file: OpenFile
  readonly #end: number
  #offset: number

  constructor(file: OpenFile, start: number, end: number) {
    super({ highWaterMark: READ_BYTES })
    this.#file = file
    this.#offset = start
    this.#end = Math.min(end, file.bytes)
  }

  override _read(): void {
    this.#next().then(
      (chunk) => this.push(chunk),
      (error: unknown) => this.destroy(error as Error),
    )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#close(error, done)
  }

  async #close(error: Error | null, done: (error?: Error | null) => void): Promise<void> {
    let failure: unknown
    try {
      await this.#file.close()
    } catch (cause) {
      failure = cause
    }
    done(error ?? (failure as Error | undefined) ?? null)
  }

  async #next(): Promise<Uint8Array | null> {
    const bytes = Math.min(READ_BYTES, this.#end - this.#offset)
    if (bytes <= 0) return null
    const chunk = await this.#file.read(this.#offset, bytes)
    this.#offset += chunk.length
    return chunk.length === 0 ? null : chunk
  }
}

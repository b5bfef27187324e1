import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { isBytes } from '../base/values.js'
import type {
  ByteRange,
  FileBackend,
  FileBody,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from './backend.js'
import { checkCondition } from './condition.js'
import type { FileDocument } from './file-document.js'
import { compareKeys } from './file-key.js'

interface KeptFile {
  readonly file: StoredFile
  readonly bytes: Uint8Array
}

/** Files in the memory of this process, gone with it: for tests and for what need not be kept. */
export class MemoryBackend implements FileBackend {
  readonly kind = 'memory'
  readonly #kept = new Map<string, KeptFile>()
  readonly #listeners = new Set<(key: string | undefined) => void>()

  async put(
    key: string,
    body: FileBody,
    describe: () => FileDocument,
    condition?: WriteCondition,
  ): Promise<StoredFile> {
    const bytes = await wholeOf(body)
    const document = describe()
    checkCondition(key, this.#kept.get(key)?.file, condition)
    const file = {
      key,
      etag: randomBytes(16).toString('hex'),
      storedBytes: bytes.length,
      modifiedMs: Date.parse(document.updated_at),
      document,
    }
    this.#kept.set(key, { file, bytes })
    this.#tell(key)
    return file
  }

  get(
    key: string,
    range: ByteRange = { start: 0 },
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    const kept = this.#kept.get(key)
    if (kept === undefined) return Promise.resolve(undefined)
    const part = kept.bytes.subarray(range.start, range.end ?? kept.bytes.length)
    const body = Readable.from(part.length === 0 ? [] : [Buffer.from(part)], { objectMode: false })
    return Promise.resolve({ file: kept.file, body })
  }

  head(key: string): Promise<StoredFile | undefined> {
    return Promise.resolve(this.#kept.get(key)?.file)
  }

  async delete(key: string, condition?: Pick<WriteCondition, 'ifMatch'>): Promise<boolean> {
    await Promise.resolve()
    if (condition?.ifMatch !== undefined) checkCondition(key, this.#kept.get(key)?.file, condition)
    const removed = this.#kept.delete(key)
    if (removed) this.#tell(key)
    return removed
  }

  list({ prefix, after, limit }: ListRequest): Promise<FilePage> {
    const keys = [...this.#kept.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => after === undefined || compareKeys(key, after) > 0)
      .sort(compareKeys)
    const files = keys.slice(0, limit).flatMap((key) => this.#kept.get(key)?.file ?? [])
    return Promise.resolve({ files, more: keys.length > limit })
  }

  /** Tells `listener` of each key that has changed. */
  onChange(listener: (key: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Nobody else can have changed anything. */
  refresh(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#kept.clear()
    return Promise.resolve()
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}

async function wholeOf(body: FileBody): Promise<Uint8Array> {
  if (isBytes(body)) return new Uint8Array(body)
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

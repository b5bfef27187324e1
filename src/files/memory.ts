import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { KeyedQueue } from '../base/keyed-queue.js'
import { Lifecycle } from '../base/lifecycle.js'
import { inTurn } from '../base/turns.js'
import { isBytes } from '../base/values.js'
import type { ByteRange, FileBody } from '../base/byte-source.js'
import {
  type Describe,
  type FileBackend,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from './backend.js'
import { checkCondition } from './conflict.js'
import { compareKeys } from './key.js'

interface KeptFile {
  readonly file: StoredFile
  readonly bytes: Uint8Array
}

/** Files in the memory of this process, gone with it: for tests and for files that do not need to be kept. */
export class MemoryBackend implements FileBackend {
  readonly kind = 'memory'
  readonly #lifecycle = new Lifecycle(() => closedBackend('memory'))
  readonly #kept = new Map<string, KeptFile>()
  /** Changes of one key, one after another. */
  readonly #changes = new KeyedQueue()
  readonly #listeners = new Set<(key: string | undefined) => void>()

  async put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition?: WriteCondition,
  ): Promise<StoredFile> {
    return await this.#lifecycle.run(async () => {
      // Bytes take their place among the changes at once, a stream when it has ended.
      const bytes = isBytes(body) ? new Uint8Array(body) : await wholeOf(body)
      return await this.#changes.run(key, async () => {
        const before = this.#kept.get(key)?.file
        await checkCondition(key, before, condition)
        const document = describe(before, bytes.length)
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
      })
    })
  }

  async get(
    key: string,
    range: ByteRange = { start: 0 },
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    this.#lifecycle.assertOpen()
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    const part = kept.bytes.subarray(range.start, range.end ?? kept.bytes.length)
    const body = Readable.from(part.length === 0 ? [] : [Buffer.from(part)], { objectMode: false })
    return await inTurn({ file: kept.file, body })
  }

  async head(key: string): Promise<StoredFile | undefined> {
    this.#lifecycle.assertOpen()
    return await inTurn(this.#kept.get(key)?.file)
  }

  async delete(key: string, condition?: Pick<WriteCondition, 'ifMatch'>): Promise<boolean> {
    return await this.#lifecycle.run(async () =>
      this.#changes.run(key, async () => {
        await checkCondition(key, this.#kept.get(key)?.file, condition)
        const removed = this.#kept.delete(key)
        if (removed) this.#tell(key)
        return removed
      }),
    )
  }

  async list({ prefix, after, limit }: ListRequest): Promise<FilePage> {
    this.#lifecycle.assertOpen()
    const keys = [...this.#kept.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => after === undefined || compareKeys(key, after) > 0)
      .sort(compareKeys)
    const files = keys.slice(0, limit).flatMap((key) => this.#kept.get(key)?.file ?? [])
    return await inTurn({ files, more: keys.length > limit })
  }

  /** Calls `listener` with each key that has changed. */
  onChange(listener: (key: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** No other process can have changed anything. */
  async refresh(): Promise<void> {}

  async close(): Promise<void> {
    await this.#lifecycle.close(async () => this.#kept.clear())
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}

async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

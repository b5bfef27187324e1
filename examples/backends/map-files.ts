// A backend of files in a Map: what `FileStorage.open({ backend })` takes. One over your own service has the same
// methods, and passes the same tests: `fileBackendConformance` of holdfast/testing.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { StorageError } from 'holdfast'
import type {
  ByteRange,
  DeleteCondition,
  Describe,
  FileBackend,
  FileBody,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from 'holdfast/files'

interface Kept {
  readonly file: StoredFile
  readonly bytes: Uint8Array
}

/** Keys sort by their bytes in UTF-8. */
const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))

/** Each change is made at once when its body has been read: nothing comes between the check and the change. */
export class MapFiles implements FileBackend {
  readonly kind = 'map'
  readonly #kept = new Map<string, Kept>()
  /** The last change of each key: those of one key are made in their order. */
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #running = new Set<Promise<unknown>>()
  #isClosed = false

  async put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition?: WriteCondition,
  ): Promise<StoredFile> {
    return await this.#run(async () => {
      // Bytes take their place among the changes at once, a stream when it has ended.
      const bytes = body instanceof Uint8Array ? Uint8Array.from(body) : await wholeOf(body)
      return await this.#inTurn(key, async () => {
        const before = this.#kept.get(key)?.file
        await check(key, before, condition)
        const document = describe(before, bytes.length)
        const modifiedMs = Date.parse(document.updated_at)
        const file = { key, etag: randomUUID(), storedBytes: bytes.length, modifiedMs, document }
        this.#kept.set(key, { file, bytes })
        return file
      })
    })
  }

  async get(
    key: string,
    { start, end }: ByteRange = { start: 0 },
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    this.#assertOpen()
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    const part = Buffer.from(kept.bytes.subarray(start, end))
    const body = Readable.from(part.length === 0 ? [] : [part], { objectMode: false })
    return { file: kept.file, body }
  }

  async head(key: string): Promise<StoredFile | undefined> {
    this.#assertOpen()
    return this.#kept.get(key)?.file
  }

  async delete(key: string, condition?: DeleteCondition): Promise<boolean> {
    return await this.#run(async () => {
      return await this.#inTurn(key, async () => {
        await check(key, this.#kept.get(key)?.file, condition)
        return this.#kept.delete(key)
      })
    })
  }

  async list({ prefix, after, limit }: ListRequest): Promise<FilePage> {
    this.#assertOpen()
    const keys = [...this.#kept.keys()]
      .filter((key) => key.startsWith(prefix))
      .filter((key) => after === undefined || byBytes(key, after) > 0)
      .sort(byBytes)
    const files = keys.slice(0, limit).flatMap((key) => this.#kept.get(key)?.file ?? [])
    return { files, more: keys.length > limit }
  }

  /** Waits for the calls that came before it, and refuses those that come after it. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#running)
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StorageError('FS-CLOSED-001', 'The files are closed')
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#assertOpen()
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  async #inTurn<Result>(key: string, change: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const turn = (async () => {
      await before?.catch(() => undefined)
      return await change()
    })()
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}

async function check(
  key: string,
  found: StoredFile | undefined,
  { ifAbsent = false, ifMatch, isExpired }: WriteCondition = {},
): Promise<void> {
  const isAbsent = found === undefined || (await isExpired?.(found)) === true
  const holds =
    (!ifAbsent || isAbsent) && (ifMatch === undefined || (!isAbsent && ifMatch === found.etag))
  if (!holds)
    throw new StorageError('FS-CONFLICT-001', `'${key}' is not as expected`, { context: { key } })
}

async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

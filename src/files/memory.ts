import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { KeyedQueue } from '../base/keyed-queue.js'
import { Lifecycle } from '../base/lifecycle.js'
import { inTurn } from '../base/turns.js'
import { isBytes } from '../base/values.js'
import type { ByteRange, FileBody } from '../base/byte-source.js'
import {
  type DeleteCondition,
  type Describe,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from './backend.js'
import { checkCondition } from './conflict.js'
import type { FileDocument } from './document.js'
import {
  KEEPS_NONE,
  planKeep,
  type KeepRequest,
  type KeepSetting,
  type KeptEntry,
  type KeptVersion,
  type VersionKeeper,
} from './kept.js'
import { compareKeys } from './key.js'

interface KeptFile {
  readonly file: StoredFile
  readonly bytes: Uint8Array
}

interface OldFile {
  readonly entry: KeptEntry & { readonly file: StoredFile }
  readonly bytes: Uint8Array
}

interface MemoryPlan {
  readonly added: OldFile | undefined
  readonly surplus: readonly OldFile[]
}

/** Files in the memory of this process, gone with it: for tests and for files that do not need to be kept. */
export class MemoryBackend implements VersionKeeper {
  readonly kind = 'memory'
  readonly #lifecycle = new Lifecycle(() => closedBackend('memory'))
  readonly #kept = new Map<string, KeptFile>()
  /** By key: newest first. */
  readonly #versions = new Map<string, readonly OldFile[]>()
  readonly #setting: KeepSetting
  /** Changes of one key, one after another. */
  readonly #changes = new KeyedQueue()
  readonly #listeners = new Set<(key: string | undefined) => void>()

  constructor(setting: KeepSetting = KEEPS_NONE) {
    this.#setting = setting
  }

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
        const plan = this.#planOf(key, condition?.keep)
        const document = describe(before, bytes.length, plan && bytesOf(plan.surplus))
        const file = {
          key,
          etag: randomBytes(16).toString('hex'),
          storedBytes: bytes.length,
          modifiedMs: Date.parse(document.updated_at),
          document,
        }
        if (plan !== undefined) this.#keep(key, plan)
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
    return await inTurn(kept && opened(kept, range))
  }

  async head(key: string): Promise<StoredFile | undefined> {
    this.#lifecycle.assertOpen()
    return await inTurn(this.#kept.get(key)?.file)
  }

  async delete(key: string, condition?: DeleteCondition): Promise<boolean> {
    return await this.#lifecycle.run(async () =>
      this.#changes.run(key, async () => {
        await checkCondition(key, this.#kept.get(key)?.file, condition)
        const plan = this.#planOf(key, condition?.keep)
        if (plan !== undefined) this.#keep(key, plan)
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

  async keepSetting(): Promise<KeepSetting> {
    this.#lifecycle.assertOpen()
    return await inTurn(this.#setting)
  }

  async versions(key: string): Promise<readonly KeptEntry[]> {
    this.#lifecycle.assertOpen()
    return await inTurn(this.#versionsOf(key).map(({ entry }) => entry))
  }

  async getVersion(
    key: string,
    version: string,
    range: ByteRange = { start: 0 },
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    this.#lifecycle.assertOpen()
    const old = this.#versionsOf(key).find(({ entry }) => entry.version === version)
    return await inTurn(old && opened({ file: old.entry.file, bytes: old.bytes }, range))
  }

  async headVersion(key: string, version: string): Promise<StoredFile | undefined> {
    this.#lifecycle.assertOpen()
    const old = this.#versionsOf(key).find(({ entry }) => entry.version === version)
    return await inTurn(old?.entry.file)
  }

  async putVersion(
    { key, version, keptMs }: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    return await this.#lifecycle.run(async () => {
      const bytes = isBytes(body) ? new Uint8Array(body) : await wholeOf(body)
      return await this.#changes.run(key, async () => {
        const others = this.#versionsOf(key).filter(({ entry }) => entry.version !== version)
        const isThere = others.length < this.#versionsOf(key).length
        if (isThere === (over === 'absent')) return false
        const document = describe()
        const modifiedMs = Date.parse(document.updated_at)
        const file = { key, etag: version, storedBytes: bytes.length, modifiedMs, document }
        const added = { entry: { key, version, keptMs, file }, bytes }
        this.#versions.set(
          key,
          [...others, added].sort((left, right) => right.entry.keptMs - left.entry.keptMs),
        )
        return await inTurn(true)
      })
    })
  }

  async deleteVersions(key: string, versions: readonly string[]): Promise<number> {
    return await this.#lifecycle.run(async () =>
      this.#changes.run(key, async () => {
        const before = this.#versionsOf(key)
        const left = before.filter(({ entry }) => !versions.includes(entry.version))
        this.#setVersions(key, left)
        return await inTurn(before.length - left.length)
      }),
    )
  }

  async *allVersions(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    this.#lifecycle.assertOpen()
    for (const key of [...this.#versions.keys()].sort(compareKeys))
      if (key.startsWith(prefix))
        for (const { entry } of this.#versionsOf(key)) yield await inTurn(entry)
  }

  /** Calls `listener` with each key that has changed. */
  onChange(listener: (key: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** No other process can have changed anything. */
  async refresh(): Promise<void> {}

  async close(): Promise<void> {
    await this.#lifecycle.close(async () => {
      this.#kept.clear()
      this.#versions.clear()
    })
  }

  #versionsOf(key: string): readonly OldFile[] {
    return this.#versions.get(key) ?? []
  }

  #setVersions(key: string, versions: readonly OldFile[]): void {
    if (versions.length === 0) this.#versions.delete(key)
    else this.#versions.set(key, versions)
  }

  /** What a change of the key does about its versions; undefined: nothing is kept. */
  #planOf(key: string, request: KeepRequest | undefined): MemoryPlan | undefined {
    const current = this.#kept.get(key)
    if (request === undefined || current === undefined || this.#setting.most === 0) return undefined
    if (!request.keeps(current.file)) return undefined
    const existing = this.#versionsOf(key)
    const entries = existing.map(({ entry }) => entry)
    const { added, surplus } = planKeep(entries, current.file, this.#setting, request)
    const gone = new Set(surplus)
    return {
      added: added && { entry: { ...added, file: current.file }, bytes: current.bytes },
      surplus: existing.filter(({ entry }) => gone.has(entry)),
    }
  }

  #keep(key: string, { added, surplus }: MemoryPlan): void {
    const left = this.#versionsOf(key).filter((version) => !surplus.includes(version))
    this.#setVersions(key, added === undefined ? left : [added, ...left])
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }
}

function opened(
  { file, bytes }: KeptFile,
  { start, end = bytes.length }: ByteRange,
): { readonly file: StoredFile; readonly body: Readable } {
  const part = bytes.subarray(start, end)
  return {
    file,
    body: Readable.from(part.length === 0 ? [] : [Buffer.from(part)], { objectMode: false }),
  }
}

function bytesOf(versions: readonly OldFile[]): number {
  return versions.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

import type { Readable } from 'node:stream'
import { StorageError } from '../../base/errors.js'
import { integerOption, rejectUnknown } from '../../base/options.js'
import { Lifecycle } from '../../base/lifecycle.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import type { Store } from '../../engine/store.js'
import { withSpooled } from '../../objects/spool.js'
import { isOutage, type Outage } from '../../objects/failure.js'
import {
  type DeleteCondition,
  type Describe,
  type FileBackend,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from '../backend.js'
import type { FileDocument } from '../document.js'
import type { KeepSetting, KeptEntry, KeptVersion, VersionKeeper } from '../kept.js'
import { hasKeyRecords, type KeyRecordPlace, type KeyRecords } from '../pipeline/keys.js'
import { untilSteady, policyOption, type ConflictPolicy } from '../conflict.js'
import { compareKeys } from '../key.js'
import { allFiles } from '../listing.js'
import type { LocalBackend } from '../local/backend.js'
import { CloudMemory } from './replay.js'
import { FallbackWriter, type WriterParts } from './writer.js'
import { FallbackVersions } from './versions.js'
import { Outbox, type PendingCounts } from './outbox.js'
import { Replayer, type ReplayerOptions, type SyncReport } from './replayer.js'

const HOUR_MS = 3_600_000
const RETRY_MIN_MS = 250

export interface FallbackOptions {
  /** Default 'keep-both'. */
  readonly onConflict?: ConflictPolicy | undefined
  /** Longest wait between two attempts to replay, in ms. Default 30000. */
  readonly retryIntervalMs?: number | undefined
}

/**
 * The cloud, with a local store that takes over while it cannot be reached, and replays its changes when it can. The
 * local store must not be used for anything else; the fallback closes both.
 *
 * @throws TypeError or RangeError for a wrong option
 */
export async function withFallback(
  cloud: FileBackend,
  local: LocalBackend,
  options: FallbackOptions = {},
): Promise<FallbackBackend> {
  rejectUnknown(options, ['onConflict', 'retryIntervalMs'], 'withFallback')
  const rule = { min: 1, max: HOUR_MS, default: 30_000 }
  const retryIntervalMs = integerOption('retryIntervalMs', options.retryIntervalMs, rule)
  const policy = policyOption(options.onConflict)
  const retryMinMs = Math.min(RETRY_MIN_MS, retryIntervalMs)
  const backend = new FallbackBackend(cloud, local, { policy, retryMinMs, retryIntervalMs })
  await backend.resume()
  return backend
}

/** See `withFallback`. */
export class FallbackBackend implements VersionKeeper, KeyRecordPlace {
  readonly kind: FileBackend['kind']
  readonly #parts: WriterParts
  readonly #writer: FallbackWriter
  readonly #versions: FallbackVersions
  readonly #lifecycle: Lifecycle

  constructor(cloud: FileBackend, local: LocalBackend, options: ReplayerOptions) {
    this.kind = cloud.kind
    this.#lifecycle = new Lifecycle(() => closedBackend(local.directory.path))
    const outbox = new Outbox(local.directory)
    const replayParts = { cloud, local, outbox, memory: new CloudMemory() }
    const queue = new KeyedQueue()
    this.#parts = {
      ...replayParts,
      queue,
      replayer: new Replayer(replayParts, queue, options),
    }
    this.#writer = new FallbackWriter(this.#parts)
    this.#versions = new FallbackVersions(this.#parts, async (ask) => await this.asking(ask))
  }

  /** Whether the cloud has failed, and has not worked since. */
  get isDown(): boolean {
    return this.#parts.replayer.isDown
  }

  /** Why changes are not sent to the cloud; undefined while they are. */
  get outage(): Outage | undefined {
    return this.#parts.replayer.outage
  }

  /** Where files are kept meanwhile. */
  get local(): Store {
    return this.#parts.local.directory
  }

  /** Begins to replay what an earlier process has left. */
  async resume(): Promise<void> {
    if (!(await this.#parts.outbox.isEmpty())) this.#parts.replayer.wake()
  }

  /** While the cloud is down, a condition on a key that is not pending fails with FS-UNAVAILABLE-001. */
  async put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition: WriteCondition = {},
  ): Promise<StoredFile> {
    return await this.#lifecycle.run(async () =>
      withSpooled(
        body,
        async (spooled) => await this.#writer.put(key, spooled, describe, condition),
      ),
    )
  }

  /** While the cloud is down, a key that is not pending fails with FS-UNAVAILABLE-001. */
  async get(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    return await this.#read(key, async (backend) => await backend.get(key, range))
  }

  async head(key: string): Promise<StoredFile | undefined> {
    return await this.#read(key, async (backend) => await backend.head(key))
  }

  /** While the cloud is down, it is unknown whether there was a file: then true. */
  async delete(key: string, condition: DeleteCondition = {}): Promise<boolean> {
    return await this.#lifecycle.run(async () => this.#writer.delete(key, condition))
  }

  /** @throws StorageError FS-UNAVAILABLE-001 while the cloud is down: a partial list would look complete */
  async list(request: ListRequest): Promise<FilePage> {
    const { cloud, local, outbox } = this.#parts
    return await this.#lifecycle.run(async () =>
      this.asking(async () => await mergedList(cloud, local, outbox, request)),
    )
  }

  async keepSetting(): Promise<KeepSetting> {
    return await this.#lifecycle.run(async () => await this.#versions.setting())
  }

  /** @throws StorageError FS-UNAVAILABLE-001 while the cloud is down, as `list` */
  async versions(key: string): Promise<readonly KeptEntry[]> {
    return await this.#lifecycle.run(async () => await this.#versions.of(key))
  }

  async getVersion(
    key: string,
    version: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    return await this.#lifecycle.run(async () => await this.#versions.get(key, version, range))
  }

  async headVersion(key: string, version: string): Promise<StoredFile | undefined> {
    return await this.#lifecycle.run(async () => await this.#versions.head(key, version))
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

  /** The directory of the pending changes. */
  get directory(): string {
    return this.#parts.local.directory.path
  }

  /** Stored bytes of the pending files, and of the versions that wait with them. */
  async pendingBytes(): Promise<number> {
    let bytes = 0
    for await (const { file } of this.#parts.local.allVersions('')) bytes += file?.storedBytes ?? 0
    for await (const { storedBytes } of allFiles(this.#parts.local, '')) bytes += storedBytes
    return bytes
  }

  /** The changes that the cloud still lacks. */
  async pending(): Promise<PendingCounts> {
    return await this.#parts.outbox.counts()
  }

  /** Those of the local mark, if it has them all, so that an outage is harmless. Else the cloud's, kept in the mark. */
  async keyRecords(ids: readonly string[]): Promise<KeyRecords> {
    const { cloud, local } = this.#parts
    return await this.#lifecycle.run(async () => {
      const known = await local.keyRecords()
      if (!hasKeyRecords(cloud) || ids.every((id) => known.has(id))) return known
      const records = await this.asking(async () => await cloud.keyRecords(ids))
      return records.size === 0 ? known : await local.addKeyRecords(records)
    })
  }

  async addKeyRecords(added: KeyRecords): Promise<KeyRecords> {
    const { cloud, local } = this.#parts
    return await this.#lifecycle.run(async () => {
      const records = hasKeyRecords(cloud)
        ? await this.asking(async () => await cloud.addKeyRecords(added))
        : added
      return await local.addKeyRecords(records)
    })
  }

  /** Replays the pending changes, now. `onConflict` holds for this run only. */
  async sync(options: Pick<FallbackOptions, 'onConflict'> = {}): Promise<SyncReport> {
    return await this.#lifecycle.run(async () => {
      rejectUnknown(options, ['onConflict'], 'sync')
      const { onConflict: given } = options
      return await this.#parts.replayer.run(given === undefined ? undefined : policyOption(given))
    })
  }

  /** Waits for calls in flight. Pending changes stay so until the store is opened again. */
  close(): Promise<void> {
    return this.#lifecycle.close(async () => await this.#close())
  }

  async #close(): Promise<void> {
    const { cloud, local, queue, replayer } = this.#parts
    await replayer.stop()
    await queue.drain()
    try {
      await cloud.close()
    } finally {
      await local.close()
    }
  }

  /** From the local store when the key is pending, else from the cloud. */
  async #read<Found>(
    key: string,
    ask: (backend: FileBackend) => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const { cloud, local, outbox } = this.#parts
    let before: Uint8Array | undefined
    const look = async (): Promise<{ readonly found: Found | undefined } | undefined> => {
      const pending = await outbox.find(key)
      if (pending?.entry.action === 'delete') return { found: undefined }
      if (pending === undefined) return { found: await this.asking(async () => await ask(cloud)) }
      const found = await ask(local)
      if (found !== undefined) return { found }
      // A replay removes the entry and the file together: the same entry again, and still no file, is damage.
      if (before !== undefined && Buffer.compare(before, pending.bytes) === 0) throw noPayload(key)
      before = pending.bytes
      return undefined
    }
    return await this.#lifecycle.run(async () => untilSteady(key, local.lockTimeoutMs, look))
  }

  /** Sends a request to the cloud, and learns from the answer whether it is down. */
  async asking<Result>(ask: () => Promise<Result>): Promise<Result> {
    const { replayer } = this.#parts
    try {
      const result = await ask()
      replayer.noteUp()
      return result
    } catch (error) {
      if (isOutage(error)) replayer.noteDown(error)
      throw error
    }
  }
}

/** A page of the cloud's files as they are once the outbox has been replayed. */
async function mergedList(
  cloud: FileBackend,
  local: LocalBackend,
  outbox: Outbox,
  request: ListRequest,
): Promise<FilePage> {
  if (request.limit === 0) return await cloud.list(request)
  const pending = await pendingFiles(local, outbox, request)
  const files: StoredFile[] = []
  let { after } = request
  for (;;) {
    const page = await cloud.list({ ...request, ...(after === undefined ? {} : { after }) })
    const last = page.more ? page.files.at(-1)?.key : undefined
    for (const file of overlay(page.files, pending, after, last)) files.push(file)
    after = last
    if (files.length > request.limit) return { files: files.slice(0, request.limit), more: true }
    if (after === undefined) return { files, more: false }
    if (files.length === request.limit) return { files, more: true }
  }
}

/** The outbox's state of keys in the list: a file, or undefined for a deleted one. */
async function pendingFiles(
  local: LocalBackend,
  outbox: Outbox,
  { prefix, after }: ListRequest,
): Promise<Map<string, StoredFile | undefined>> {
  const pending = new Map<string, StoredFile | undefined>()
  for (const { entry } of await outbox.all()) {
    const { key, action } = entry
    if (!key.startsWith(prefix) || (after !== undefined && compareKeys(key, after) <= 0)) continue
    const file = action === 'store' ? await local.head(key) : undefined
    // A stored file that is missing was replayed since: the cloud's list has it.
    if (action === 'delete' || file !== undefined) pending.set(key, file)
  }
  return pending
}

/** The cloud's files and the pending ones after `after`, up to `last` where the cloud has more. */
function overlay(
  files: readonly StoredFile[],
  pending: ReadonlyMap<string, StoredFile | undefined>,
  after: string | undefined,
  last: string | undefined,
): StoredFile[] {
  const waiting = [...pending.values()]
    .filter((file) => file !== undefined)
    .filter(({ key }) => after === undefined || compareKeys(key, after) > 0)
    .filter(({ key }) => last === undefined || compareKeys(key, last) <= 0)
  const theirs = files.filter(({ key }) => !pending.has(key))
  return [...theirs, ...waiting].sort((left, right) => compareKeys(left.key, right.key))
}

function noPayload(key: string): StorageError {
  return new StorageError('FS-LOAD-001', `The local file '${key}' of the outbox is missing`, {
    context: { key, reason: 'missing' },
  })
}

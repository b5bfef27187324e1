import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { publish } from '../../base/channels.js'
import { outOfRange } from '../../base/misuse.js'
import { StorageError } from '../../base/errors.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import { rangeBody } from '../../objects/body.js'
import type { ConditionalChange } from '../../objects/conditional-change.js'
import { isFailure, ObjectFailure } from '../../objects/failure.js'
import type { RequestPolicy } from '../../objects/policy.js'
import type { ObjectService, Precondition, StoredObject } from '../../objects/service.js'
import { withSpooled } from '../../objects/spool.js'
import type { StoredFile } from '../backend.js'
import type { FileDocument } from '../document.js'
import {
  inOrder,
  parseVersionName,
  planKeep,
  versionName,
  type KeepRequest,
  type KeepSetting,
  type KeptEntry,
  type KeptVersion,
} from '../kept.js'
import { FILE_KEY_BYTES_MAX } from '../key.js'
import { VERSIONS_PREFIX } from './keys.js'
import { encodeMetadata, keptFile, keptMetadata } from './metadata.js'

/** A transfer slower than this, in bytes per millisecond, counts as stuck. */
const SLOWEST_BYTES_PER_MS = 64
const PAGE_OBJECTS = 1000
/** Most versions that one store or delete removes; a sweep removes the others. */
const SURPLUS_AT_ONCE = 100
/** Begins the last part of a name, so that the versions of a key are listed without those of the keys below it. */
const VERSION_MARK = '~'
/** Of the longest name of a version, without the key: the prefix, '/', the mark, the time, '-' and an etag. */
const NAME_BYTES = VERSIONS_PREFIX.length + 2 + 15 + 1 + 32

export interface BucketVersionsParts {
  readonly service: ObjectService
  readonly policy: RequestPolicy
  readonly change: ConditionalChange
  /** Precedes every name in the bucket. */
  readonly prefix: string
  readonly timeoutMs: number
  readonly setting: KeepSetting
}

/** A kept version and its object. */
interface ListedVersion extends KeptVersion {
  readonly name: string
}

/** What a change does about the version that it makes. */
export interface BucketKeeping {
  /**
   * Before the change: keeps the file.
   * @throws ObjectFailure `conflict` when the object is another one by now
   */
  readonly keep: () => Promise<void>
  /** After it: removes what is not kept any longer. */
  readonly prune: () => Promise<void>
}

/**
 * The versions of files in a bucket: objects of their own, copied by the service before the file is replaced or
 * removed. A crash between the two leaves a copy of the current file, which the next change of the key counts as the
 * version that it would have made.
 */
export class BucketVersions {
  readonly setting: KeepSetting
  readonly #parts: BucketVersionsParts
  readonly #prefix: string

  constructor(parts: BucketVersionsParts) {
    this.#parts = parts
    this.setting = parts.setting
    this.#prefix = parts.prefix + VERSIONS_PREFIX
  }

  /** Whether a change keeps this file. */
  keeps(file: StoredFile | undefined, request: KeepRequest | undefined): file is StoredFile {
    return this.setting.most > 0 && file !== undefined && request?.keeps(file) === true
  }

  /** @throws RangeError for a key whose versions would have too long a name, if any are kept */
  checkKey(key: string): void {
    if (this.setting.most === 0) return
    const most = FILE_KEY_BYTES_MAX - NAME_BYTES - Buffer.byteLength(this.#parts.prefix)
    const bytes = Buffer.byteLength(key)
    if (bytes > most)
      throw outOfRange(
        `Argument "key" must be at most ${most} bytes of UTF-8 in a bucket where versions are kept, got ${bytes}; a file under a longer key can be removed without the option "keepVersions"`,
      )
  }

  /**
   * What a change of an object does about the version that it makes; undefined: nothing is kept.
   * @throws RangeError as `checkKey`, for a file from before any version was kept
   */
  keeping(
    object: StoredObject,
    file: StoredFile | undefined,
    request: KeepRequest | undefined,
  ): BucketKeeping | undefined {
    if (request === undefined || !this.keeps(file, request)) return undefined
    this.checkKey(file.key)
    let gone: readonly ListedVersion[] = []
    return {
      keep: async () => {
        const existing = await this.#listed(file.key)
        const { added, surplus } = planKeep(existing, file, this.setting, request)
        gone = surplus
        if (added !== undefined) await this.#copy(object, added)
      },
      prune: async () => await this.#prune(gone),
    }
  }

  /** The change has been made, whatever comes of this. */
  async #prune(versions: readonly ListedVersion[]): Promise<void> {
    try {
      for (const { name } of versions.slice(-SURPLUS_AT_ONCE)) await this.#remove(name)
    } catch (error) {
      const directory = this.#parts.service.bucket
      publish('background-error', () => ({ directory, stage: 'prune', error }))
    }
  }

  async of(key: string): Promise<readonly KeptEntry[]> {
    const entries: KeptEntry[] = []
    for await (const object of this.#objects(this.#prefixOf(key))) {
      const version = this.#versionAt(object.name)
      if (version?.key === key) entries.push({ ...version, file: keptFile(version, object) })
    }
    return inOrder(entries)
  }

  async get(
    key: string,
    version: string,
    range: ByteRange | undefined,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    const { service, policy, timeoutMs } = this.#parts
    const listed = await this.#find(key, version)
    if (listed === undefined) return undefined
    const { name } = listed
    // No service supports an empty range.
    if (range?.end !== undefined && range.end <= range.start) {
      const file = await this.head(key, version)
      return file && { file, body: Readable.from([], { objectMode: false }) }
    }
    const found = await policy.ask(
      { operation: 'read', name },
      async (signal) => await service.read(name, range, signal),
    )
    // Every range of a version is within it: the object is gone, or is not what was stored.
    if (found === undefined || found === 'beyond') return undefined
    const file = keptFile(listed, found.object)
    if (file !== undefined) return { file, body: rangeBody(file, range, found.body, timeoutMs) }
    found.body.destroy()
    throw damaged(listed)
  }

  async head(key: string, version: string): Promise<StoredFile | undefined> {
    const listed = await this.#find(key, version)
    const object = listed && (await this.#head(listed.name))
    if (listed === undefined || object === undefined) return undefined
    const file = keptFile(listed, object)
    if (file === undefined) throw damaged(listed)
    return file
  }

  async put(
    version: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    return await withSpooled(body, async (spooled) => {
      const found = await this.#find(version.key, version.version)
      const object = found && (await this.#head(found.name))
      if ((object === undefined) !== (over === 'absent')) return false
      const { service, change } = this.#parts
      const storeId = randomBytes(16).toString('hex')
      const metadata = keptMetadata(encodeMetadata(describe(), storeId, service.metadataBytesMax))
      const name = object?.name ?? this.#nameOf(version)
      const precondition: Precondition =
        object === undefined ? 'absent' : { version: object.version }
      const write = { name, body: spooled, metadata, precondition }
      try {
        await change.write(write, storeId, spooled.bytes / SLOWEST_BYTES_PER_MS)
        return true
      } catch (error) {
        if (isFailure(error, 'conflict')) return false
        throw error
      }
    })
  }

  async delete(key: string, versions: readonly string[]): Promise<number> {
    const removed = new Set<string>()
    for (const { name, version } of await this.#listed(key)) {
      if (!versions.includes(version)) continue
      await this.#remove(name)
      removed.add(version)
    }
    return removed.size
  }

  async *all(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    // The names of versions of `a/~0` are among those of `a`: these wait until all of them are known.
    const open: KeptEntry[][] = []
    for await (const object of this.#objects(this.#prefix + prefix)) {
      const version = this.#versionAt(object.name)
      if (version?.key.startsWith(prefix) !== true) continue
      while (open.length > 0 && !object.name.startsWith(this.#prefixOf(keyOf(open))))
        yield* open.pop() ?? []
      const entry = { ...version, file: keptFile(version, object) }
      if (keyOf(open) === version.key) open.at(-1)?.push(entry)
      else open.push([entry])
    }
    for (const entries of open.reverse()) yield* entries
  }

  /** Without the bytes passing through here, unless the object is too long for that. */
  async #copy(object: StoredObject, to: KeptVersion): Promise<void> {
    const { service, policy } = this.#parts
    const name = this.#nameOf(to)
    const metadata = keptMetadata(object.metadata)
    const extraMs = object.bytes / SLOWEST_BYTES_PER_MS
    if (object.bytes > service.copyBytesMax) return await this.#transfer(object, name, metadata)
    const copy = async (signal: AbortSignal): Promise<void> =>
      await service.copy(object, { name, metadata }, signal)
    // Another attempt of the same copy changes nothing.
    await policy.ask({ operation: 'copy', name }, copy, extraMs)
  }

  async #transfer(
    object: StoredObject,
    name: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { service, policy, change, timeoutMs } = this.#parts
    const found = await policy.ask(
      { operation: 'read', name: object.name },
      async (signal) => await service.read(object.name, undefined, signal),
    )
    if (found === undefined || found === 'beyond') throw isAnother()
    if (found.object.version !== object.version) {
      found.body.destroy()
      throw isAnother()
    }
    const source = rangeBody(
      { key: object.name, storedBytes: object.bytes },
      undefined,
      found.body,
      timeoutMs,
    )
    await withSpooled(source, async (body) => {
      const storeId = randomBytes(16).toString('hex')
      const write = { name, body, metadata, precondition: 'absent' } as const
      await change.write(write, storeId, body.bytes / SLOWEST_BYTES_PER_MS)
    })
  }

  async #find(key: string, version: string): Promise<ListedVersion | undefined> {
    return (await this.#listed(key)).find((listed) => listed.version === version)
  }

  /** By the names of the objects: newest first. */
  async #listed(key: string): Promise<ListedVersion[]> {
    const { service, policy } = this.#parts
    const prefix = this.#prefixOf(key)
    const listed: ListedVersion[] = []
    let after: string | undefined
    for (let more = true; more;) {
      const request = { prefix, after, limit: PAGE_OBJECTS }
      const page = await policy.ask(
        { operation: 'list', name: prefix },
        async (signal) => await service.listNames(request, signal),
      )
      for (const name of page.names) {
        const version = this.#versionAt(name)
        if (version?.key === key) listed.push({ ...version, name })
      }
      after = page.names.at(-1) ?? after
      more = page.more
    }
    return inOrder(listed)
  }

  async *#objects(prefix: string): AsyncGenerator<StoredObject> {
    const { service, policy } = this.#parts
    let after: string | undefined
    for (let more = true; more;) {
      const request = { prefix, after, limit: PAGE_OBJECTS }
      const page = await policy.ask(
        { operation: 'list', name: prefix },
        async (signal) => await service.list(request, signal),
      )
      yield* page.objects
      after = page.last ?? after
      more = page.more
    }
  }

  async #head(name: string): Promise<StoredObject | undefined> {
    const { service, policy } = this.#parts
    return await policy.ask(
      { operation: 'head', name },
      async (signal) => await service.head(name, signal),
    )
  }

  async #remove(name: string): Promise<void> {
    const { service, policy } = this.#parts
    try {
      await policy.ask(
        { operation: 'remove', name },
        async (signal) => await service.remove(name, undefined, signal),
      )
    } catch (error) {
      // Removed by another process, or by an earlier attempt.
      if (!isFailure(error, 'conflict')) throw error
    }
  }

  #prefixOf(key: string): string {
    return `${this.#prefix}${key}/${VERSION_MARK}`
  }

  #nameOf(version: KeptVersion): string {
    return this.#prefixOf(version.key) + versionName(version)
  }

  #versionAt(name: string): KeptVersion | undefined {
    const cut = name.lastIndexOf('/')
    if (name[cut + 1] !== VERSION_MARK) return undefined
    const version = parseVersionName(name.slice(cut + 2))
    return version && { key: name.slice(this.#prefix.length, cut), ...version }
  }
}

function keyOf(open: readonly (readonly KeptEntry[])[]): string {
  return open.at(-1)?.[0]?.key ?? ''
}

function isAnother(): ObjectFailure {
  return new ObjectFailure('conflict', 'The object is another one by now')
}

function damaged({ key, name }: ListedVersion): StorageError {
  return new StorageError('FS-LOAD-001', `The document of a version of '${key}' is damaged`, {
    context: { key, name, reason: 'document' },
  })
}

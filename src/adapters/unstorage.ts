import type { Driver, GetKeysOptions, StorageMeta, TransactionOptions } from 'unstorage'
import { wrongArgument } from '../base/misuse.js'
import { isArrayBuffer, isBytes, kindOf } from '../base/values.js'
import { documentTime } from '../base/clock.js'
import type { FileInfo } from '../files/info.js'
import type { FileStorage } from '../files/file-storage.js'
import type { Metadata } from '../files/writer.js'
import type { FileValue } from '../files/value.js'
import { readingFrom, type ByteSource } from '../base/byte-source.js'
import { shown } from '../base/options.js'
import { resolveAdapterOptions, type AdapterOptions } from './adapter-options.js'
import { Entries, type NewEntry } from './entries.js'

export type { AdapterOptions, GivenStorage, OwnStorage } from './adapter-options.js'

/** A storage, or the configuration of one. `driver` is what Nitro adds to the options; it is ignored. */
export type HoldfastDriverOptions = AdapterOptions & { readonly driver?: string | undefined }

/**
 * A driver of unstorage with a file of a `FileStorage` for each item: durable once `setItem` has resolved, and seen by
 * all processes. `users:7` is the file `users/7`. Items take `ttl` (seconds) and `metadata` (a JSON object).
 *
 * @example
 * const storage = createStorage({ driver: holdfastDriver({ storageDir: 'data' }) })
 * @throws TypeError or RangeError for an unknown or wrong option
 */
export function holdfastDriver(
  options: HoldfastDriverOptions = {},
): Driver<HoldfastDriverOptions, FileStorage> {
  const entries = new Entries(resolveAdapterOptions(withoutDriver(options), 'holdfastDriver'))
  return {
    name: 'holdfast',
    // Not `options`, which may hold an encryption key, and are shown by tools.
    // Not `maxDepth`: with it unstorage would confuse depth below a mount point with depth below its root.
    flags: { ttl: true },
    getInstance: () => entries.storage,
    hasItem: async (key) => await entries.has(key),
    getItem: async (key) => textOf(await entries.get(key)),
    getItems: async (items) => {
      const values = await entries.getMany(items.map(({ key }) => key))
      return items.map(({ key }, at) => ({ key, value: textOf(values[at]) }))
    },
    getItemRaw: async (key) => bytesOf(await entries.get(key)),
    setItem: async (key, value, settings) => await entries.set(entryOf(key, value, settings)),
    setItems: async (items, common) =>
      await entries.setMany(
        items.map(({ key, value, options: own }) => entryOf(key, value, { ...common, ...own })),
      ),
    setItemRaw: async (key, value: unknown, settings) => {
      if (isStream(value)) await setStream(entries, key, value, settings)
      else await entries.set(entryOf(key, rawValue(value), settings))
    },
    removeItem: async (key) => void (await entries.delete(key)),
    getMeta: async (key) => metaOf(await entries.stat(key)),
    getKeys: async (base: string | undefined, settings: GetKeysOptions | undefined) =>
      await keysOf(entries, base, settings?.maxDepth),
    clear: async (base: string | undefined) => await entries.clear(prefixOf(base)),
    dispose: async () => await entries.close(),
  }
}

export default holdfastDriver

function withoutDriver(options: HoldfastDriverOptions): AdapterOptions {
  if (typeof options !== 'object' || options === null || !('driver' in options)) return options
  const { driver: _, ...others } = options
  return others
}

/** As text: what was stored as text or bytes is read as UTF-8, any other value as its JSON. */
function textOf(value: FileValue | null | undefined): string | null {
  if (value === undefined) return null
  return typeof value === 'string' ? value : (bytesOf(value)?.toString() ?? null)
}

/** The bytes of a content, as they were stored. */
function bytesOf(value: FileValue | null | undefined): Buffer | null {
  if (value === undefined) return null
  if (isBytes(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

function entryOf(
  key: string,
  value: FileValue | null,
  { ttl, metadata }: TransactionOptions = {},
): NewEntry {
  return { key, value, metadata: metadata as Metadata | undefined, ttlMs: milliseconds(ttl) }
}

/** For drivers, 0 or a missing value means no end. */
function milliseconds(ttl: unknown): number | undefined {
  if (ttl === undefined || ttl === null || ttl === 0) return undefined
  if (typeof ttl === 'number' && ttl > 0) return ttl * 1000
  throw wrongArgument(`Option "ttl" must be a number of seconds of 0 or more, got ${shown(ttl)}`)
}

async function setStream(
  entries: Entries,
  key: string,
  body: ByteSource,
  settings: TransactionOptions,
): Promise<void> {
  await readingFrom('value', body, async () =>
    entries.setStream(entryOf(key, null, settings), body),
  )
}

/** What the keys below a base begin with: "app" is the base of `app:x`, but not of `apple`. */
function prefixOf(base: string | undefined): string {
  return base === undefined || base === '' || base.endsWith(':') ? (base ?? '') : `${base}:`
}

function isStream(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** @throws TypeError for a value without bytes */
function rawValue(value: unknown): FileValue {
  if (typeof value === 'string' || isBytes(value)) return value
  if (isArrayBuffer(value)) return new Uint8Array(value)
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  const expected = 'bytes (a view or an ArrayBuffer), text, or a stream of bytes'
  throw wrongArgument(`Argument "value" of setItemRaw must be ${expected}, got ${kindOf(value)}`)
}

function metaOf(info: FileInfo | undefined): StorageMeta | null {
  if (info === undefined) return null
  const { metadata, expires_at: end } = info
  const ttl =
    end === undefined
      ? {}
      : { ttl: Math.max(0, (Date.parse(end) - documentTime().getTime()) / 1000) }
  return {
    ...(metadata as StorageMeta),
    mtime: new Date(info.updated_at),
    birthtime: new Date(info.created_at),
    size: info.bytes,
    etag: info.etag,
    ...ttl,
  }
}

async function keysOf(
  entries: Entries,
  base: string | undefined,
  depthMax: number | undefined,
): Promise<string[]> {
  const keys = await entries.keys(prefixOf(base))
  return keys.filter((key) => depthMax === undefined || key.split(':').length - 1 <= depthMax)
}

import { TextDecoder, TextEncoder } from 'node:util'
import { z } from 'zod'
import { nowText } from '../base/clock.js'
import type { DurableDirectory } from '../engine/durable-directory.js'
import { MARK_BYTES_MAX } from '../document/file-limits.js'
import { checkRequires } from '../engine/mark-features.js'
import { assertStoreKind, createMark, isBlankMark } from '../engine/store-kind.js'
import { METADATA_FILE } from '../document/layout.js'
import { SHARD_DEPTH_MAX } from '../document/shard.js'
import { StorageError, isStorageError } from '../errors.js'
import { publish } from '../observe/channels.js'
import { inferLayout } from './infer-layout.js'
import { StoreLayout, type LayoutRules } from './store-layout.js'

/** What was asked for; `undefined` takes over what the store says. */
export interface AskedLayout {
  readonly enableSharding: boolean | undefined
  readonly shardDepth: number | undefined
  readonly allowPrerelease: boolean | undefined
}

/** What a store's mark settles for everyone who opens it. */
export interface StoreSettings {
  readonly layout: StoreLayout
  /** What may be saved through this opener. */
  readonly allowPrerelease: boolean
}

const FORMAT = 'holdfast-versions'
/** A mark that requires something of its readers has the second version, which programs from before `requires` refuse. */
const FORMAT_VERSIONS = { plain: 1, requiring: 2 } as const
const PRERELEASE = 'prerelease'
const FEATURES: readonly string[] = [PRERELEASE]
export const SHARD_DEPTH_DEFAULT = 2

/** What `.metadata.json` says. */
export interface Metadata {
  readonly format: typeof FORMAT
  readonly format_version: 1 | 2
  readonly created_at: string
  readonly sharding: {
    readonly enabled: boolean
    /** 0 exactly where sharding is not enabled. */
    readonly depth: number
    readonly hash: 'sha256'
  }
  readonly checksum: 'sha256'
  readonly id_encoding: 'plain' | 'folded'
  /** What a program has to know to read the store. Absent in marks from before there was such a list. */
  readonly requires?: readonly string[] | undefined
}

const metadataSchema: z.ZodType<Metadata> = z.object({
  format: z.literal(FORMAT),
  format_version: z.union([z.literal(FORMAT_VERSIONS.plain), z.literal(FORMAT_VERSIONS.requiring)]),
  created_at: z.string(),
  sharding: z
    .object({
      enabled: z.boolean(),
      depth: z.int().min(0).max(SHARD_DEPTH_MAX),
      hash: z.literal('sha256'),
    })
    .refine(({ enabled, depth }) => enabled === depth > 0),
  checksum: z.literal('sha256'),
  id_encoding: z.enum(['plain', 'folded']),
  requires: z.array(z.string()).optional(),
})

/**
 * The settings of a store, from its `.metadata.json`, which is written when the store is new. Opening a store with other
 * parameters than it was made with would hide all that is in it, so that is an error; so is a directory of files.
 */
export async function openSettings(
  directory: DurableDirectory,
  asked: AskedLayout,
): Promise<StoreSettings> {
  await assertStoreKind(directory, 'versions')
  const found = (await readMetadata(directory)) ?? (await createMetadata(directory, asked))
  checkSharding(found, asked)
  checkEncoding(directory, found)
  const metadata = asked.allowPrerelease === true ? await recordPrerelease(directory, found) : found
  return {
    layout: new StoreLayout(rulesOf(metadata)),
    allowPrerelease: asked.allowPrerelease ?? metadata.requires?.includes(PRERELEASE) === true,
  }
}

function rulesOf({ id_encoding: encoding, sharding }: Metadata): LayoutRules {
  return { foldCase: encoding === 'folded', shardDepth: sharding.enabled ? sharding.depth : 0 }
}

/** Undefined, too, for a file without content: that is what loss of power leaves of one that was not flushed. */
async function readMetadata(directory: DurableDirectory): Promise<Metadata | undefined> {
  const bytes = await directory.read(METADATA_FILE, { maxBytes: MARK_BYTES_MAX })
  return bytes === undefined || isBlankMark(bytes) ? undefined : parseMetadata(bytes)
}

/** @throws StorageError FS-FORMAT-001 for what this version did not write, and for features that it does not know */
export function parseMetadata(bytes: Uint8Array): Metadata {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null)
      checkRequires(METADATA_FILE, Reflect.get(value, 'requires'), FEATURES)
    return metadataSchema.parse(value)
  } catch (cause) {
    if (isStorageError(cause)) throw cause
    throw unreadable(`'${METADATA_FILE}' is no metadata that this version reads`, cause)
  }
}

function unreadable(message: string, cause?: unknown): StorageError {
  return new StorageError('FS-FORMAT-001', message, {
    ...(cause === undefined ? {} : { cause }),
    context: { path: METADATA_FILE, reason: 'metadata' },
  })
}

/** Two processes may come at once: the one that loses takes the winner's. */
async function createMetadata(directory: DurableDirectory, asked: AskedLayout): Promise<Metadata> {
  const foldCase = !directory.volume.capabilities.caseSensitive
  const inferred = await inferLayout(directory.volume, foldCase)
  if (inferred === 'unclear') {
    throw unreadable(
      `'${METADATA_FILE}' is missing in '${directory.path}', which holds versions, and their names do not tell how the store was made; restore the file from a backup, or save the versions into a new store`,
    )
  }
  const shardDepth = asked.enableSharding === true ? (asked.shardDepth ?? SHARD_DEPTH_DEFAULT) : 0
  const metadata =
    inferred === 'empty'
      ? metadataOf({ foldCase, shardDepth }, [])
      : metadataOf(inferred, inferred.holdsPrereleases ? [PRERELEASE] : [])
  // Told by the names alone, where nothing can be written.
  if (directory.isReadOnly && inferred !== 'empty') return metadata
  if (directory.isReadOnly) throw noVersions(directory.path)
  if (!(await createMark(directory, 'versions', encodeMetadata(metadata))))
    return (await readMetadata(directory)) ?? metadata
  if (inferred !== 'empty') {
    const made = metadata.sharding.enabled
      ? `sharding of depth ${metadata.sharding.depth}`
      : 'no sharding'
    const message = `'${METADATA_FILE}' was missing and is made again from the names of the directories: ${made}, ${metadata.id_encoding} names`
    publish('warning', () => ({ directory: directory.path, code: 'mark-rebuilt', message }))
  }
  return metadata
}

function noVersions(path: string): StorageError {
  const message = `There is no store of versions in '${path}', and it was opened to be read`
  return new StorageError('FS-FORMAT-001', message, { context: { path, reason: 'no_store' } })
}

function metadataOf({ foldCase, shardDepth }: LayoutRules, requires: readonly string[]): Metadata {
  return {
    format: FORMAT,
    format_version: FORMAT_VERSIONS[requires.length > 0 ? 'requiring' : 'plain'],
    created_at: nowText(),
    sharding: { enabled: shardDepth > 0, depth: shardDepth, hash: 'sha256' },
    checksum: 'sha256',
    id_encoding: foldCase ? 'folded' : 'plain',
    requires,
  }
}

function encodeMetadata(metadata: Metadata): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(metadata, null, 2)}\n`)
}

/** From the first opener on that allows them, pre-releases are versions of this store for every other one, too. */
async function recordPrerelease(
  directory: DurableDirectory,
  metadata: Metadata,
): Promise<Metadata> {
  const requires = metadata.requires ?? []
  if (requires.includes(PRERELEASE) || directory.health().state !== 'ok') return metadata
  const widened: Metadata = {
    ...metadata,
    format_version: FORMAT_VERSIONS.requiring,
    requires: [...requires, PRERELEASE],
  }
  const bytes = encodeMetadata(widened)
  await directory.commit([{ kind: 'replace', path: METADATA_FILE, bytes }])
  return widened
}

function checkSharding({ sharding }: Metadata, asked: AskedLayout): void {
  const differs =
    (asked.enableSharding !== undefined && asked.enableSharding !== sharding.enabled) ||
    (sharding.enabled && asked.shardDepth !== undefined && asked.shardDepth !== sharding.depth)
  if (!differs) return
  const made = sharding.enabled ? `sharding of depth ${sharding.depth}` : 'no sharding'
  throw new StorageError(
    'FS-FORMAT-001',
    `The store was made with ${made}; and this cannot change: open it the same way, or leave out enableSharding and shardDepth`,
    {
      context: { reason: 'sharding', enabled: sharding.enabled, depth: sharding.depth },
    },
  )
}

/** On a disk that folds case, a store whose names rely on case would mix prompts up. */
function checkEncoding(directory: DurableDirectory, metadata: Metadata): void {
  if (metadata.id_encoding === 'folded' || directory.volume.capabilities.caseSensitive) return
  throw new StorageError(
    'FS-FORMAT-001',
    'The store was made on a disk where case matters in names, and this one folds case; copy its versions into a new store here',
    { context: { reason: 'id_encoding', id_encoding: metadata.id_encoding } },
  )
}

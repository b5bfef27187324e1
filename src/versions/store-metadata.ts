import { TextDecoder, TextEncoder } from 'node:util'
import { z } from 'zod'
import { nowText } from '../base/clock.js'
import type { DurableDirectory } from '../engine/durable-directory.js'
import { assertStoreKind, createMark } from '../engine/store-kind.js'
import { MARK_BYTES_MAX } from '../document/file-limits.js'
import { METADATA_FILE } from '../document/layout.js'
import { SHARD_DEPTH_MAX } from '../document/shard.js'
import { StorageError } from '../errors.js'
import { StoreLayout } from './store-layout.js'

/** What was asked for; `undefined` takes over what the store says. */
export interface AskedLayout {
  readonly enableSharding: boolean | undefined
  readonly shardDepth: number | undefined
  readonly allowPrerelease: boolean
}

const FORMAT = 'holdfast-versions'
const FORMAT_VERSION = 1
export const SHARD_DEPTH_DEFAULT = 2

/** What `.metadata.json` says. */
export interface Metadata {
  readonly format: typeof FORMAT
  readonly format_version: typeof FORMAT_VERSION
  readonly created_at: string
  readonly sharding: {
    readonly enabled: boolean
    /** 0 exactly where sharding is not enabled. */
    readonly depth: number
    readonly hash: 'sha256'
  }
  readonly checksum: 'sha256'
  readonly id_encoding: 'plain' | 'folded'
}

const metadataSchema: z.ZodType<Metadata> = z.object({
  format: z.literal(FORMAT),
  format_version: z.literal(FORMAT_VERSION),
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
})

/**
 * The layout of a store, from its `.metadata.json`, which is written when the store is new. Opening a store with other
 * parameters than it was made with would hide all that is in it, so that is an error; so is a directory of files.
 */
export async function openLayout(
  directory: DurableDirectory,
  asked: AskedLayout,
): Promise<StoreLayout> {
  await assertStoreKind(directory, 'versions')
  const metadata = (await readMetadata(directory)) ?? (await createMetadata(directory, asked))
  checkSharding(metadata, asked)
  checkEncoding(directory, metadata)
  return new StoreLayout({
    foldCase: metadata.id_encoding === 'folded',
    shardDepth: metadata.sharding.enabled ? metadata.sharding.depth : 0,
    allowPrerelease: asked.allowPrerelease,
  })
}

async function readMetadata(directory: DurableDirectory): Promise<Metadata | undefined> {
  const bytes = await directory.read(METADATA_FILE, { maxBytes: MARK_BYTES_MAX })
  return bytes === undefined ? undefined : parseMetadata(bytes)
}

/** @throws StorageError FS-FORMAT-001 for what this version did not write */
export function parseMetadata(bytes: Uint8Array): Metadata {
  try {
    return metadataSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new StorageError(
      'FS-FORMAT-001',
      `'${METADATA_FILE}' is no metadata that this version reads`,
      {
        cause,
        context: { path: METADATA_FILE, reason: 'metadata' },
      },
    )
  }
}

/** Two processes may come at once: the one that loses takes the winner's. */
async function createMetadata(directory: DurableDirectory, asked: AskedLayout): Promise<Metadata> {
  const enabled = asked.enableSharding ?? false
  const metadata: Metadata = {
    format: FORMAT,
    format_version: FORMAT_VERSION,
    created_at: nowText(),
    sharding: {
      enabled,
      depth: enabled ? (asked.shardDepth ?? SHARD_DEPTH_DEFAULT) : 0,
      hash: 'sha256',
    },
    checksum: 'sha256',
    id_encoding: directory.volume.capabilities.caseSensitive ? 'plain' : 'folded',
  }
  const bytes = new TextEncoder().encode(`${JSON.stringify(metadata, null, 2)}\n`)
  if (await createMark(directory, 'versions', bytes)) return metadata
  return (await readMetadata(directory)) ?? metadata
}

function checkSharding({ sharding }: Metadata, asked: AskedLayout): void {
  const differs =
    (asked.enableSharding !== undefined && asked.enableSharding !== sharding.enabled) ||
    (sharding.enabled && asked.shardDepth !== undefined && asked.shardDepth !== sharding.depth)
  if (!differs) return
  const made = sharding.enabled ? `sharding of depth ${sharding.depth}` : 'no sharding'
  throw new StorageError(
    'FS-FORMAT-001',
    `The store was made with ${made}; open it so, or leave the options out`,
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

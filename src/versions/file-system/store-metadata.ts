import { documentTime, nowText } from '../../base/clock.js'
import type { Store } from '../../engine/store.js'
import { assertNoRival, createMark } from '../../engine/opening/store-claim.js'
import { METADATA_FILE, VERSIONS_CLAIM } from '../../document/store-names.js'
import { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { inferLayout, type TreeRules } from './infer-layout.js'
import {
  encodeMetadata,
  layoutOf,
  METADATA_FORMAT,
  readMetadata,
  requireFeature,
  reshardingBeside,
  requiring,
  shardingOf,
  unreadableMetadata,
  type Metadata,
} from './metadata.js'
import type { KnownHistory } from '../prompt-history.js'
import type { SchemaInfo } from '../schema-info.js'
import { madeWith, StoreLayout } from './store-layout.js'

/** The options that were given; `undefined`: as the store says. */
interface AskedLayout {
  readonly enableSharding: boolean | undefined
  readonly shardDepth: number | undefined
  readonly allowPrerelease: boolean | undefined
}

/** What a store's mark decides for every opener. */
export interface StoreSettings {
  readonly layout: StoreLayout
  /** Whether this opener may save pre-releases. */
  readonly allowPrerelease: boolean
  /** The schema that the youngest documents were saved with, if a program has named one. */
  readonly schema: SchemaInfo | undefined
}

export const SHARD_DEPTH_DEFAULT = 2

/**
 * The settings of a store, from its `.metadata.json`, which is written when the store is new. Opening a store with other
 * parameters than it was made with would hide its whole content, so that is an error; so is a store of files.
 */
export async function openSettings(directory: Store, asked: AskedLayout): Promise<StoreSettings> {
  await assertNoRival(directory, VERSIONS_CLAIM)
  const found = (await readMetadata(directory)) ?? (await createMetadata(directory, asked))
  checkSharding(found, asked)
  checkEncoding(directory, found)
  const metadata = asked.allowPrerelease === true ? await recordPrerelease(directory, found) : found
  return {
    layout: new StoreLayout(layoutOf(metadata)),
    allowPrerelease: asked.allowPrerelease ?? metadata.requires?.includes('prerelease') === true,
    schema: metadata.schema,
  }
}

/** Two processes may do this at once: the loser uses the winner's mark. */
async function createMetadata(directory: Store, asked: AskedLayout): Promise<Metadata> {
  const foldCase = !directory.volume.capabilities.caseSensitive
  const inferred = await inferLayout(directory.volume, foldCase)
  if (inferred === 'unclear') {
    throw unreadableMetadata(
      `'${METADATA_FILE}' is missing in '${directory.path}', which holds versions, and their names do not tell how the store was made; restore the file from a backup, or save the versions into a new store`,
    )
  }
  const shardDepth = asked.enableSharding === true ? (asked.shardDepth ?? SHARD_DEPTH_DEFAULT) : 0
  const metadata =
    inferred === 'empty'
      ? metadataOf({ foldCase, shardDepth, features: [] })
      : { ...metadataOf(inferred), history: historyAfterLoss() }
  // Where nothing can be written, the names alone decide.
  if (directory.isReadOnly && inferred !== 'empty') return metadata
  if (directory.isReadOnly) throw noVersions(directory.path)
  if (!(await createMark(directory, VERSIONS_CLAIM, encodeMetadata(metadata))))
    return (await readMetadata(directory)) ?? metadata
  if (inferred !== 'empty') {
    const made = madeWith(inferred)
    const message = `'${METADATA_FILE}' was missing and is made again from the names of the directories: ${made}, ${metadata.id_encoding} names`
    publish('warning', () => ({ directory: directory.path, code: 'mark-rebuilt', message }))
  }
  return metadata
}

function noVersions(path: string): StorageError {
  const message = `There is not a store of versions in '${path}', and it was opened to be read`
  return new StorageError('FS-FORMAT-001', message, { context: { path, reason: 'no_store' } })
}

/** What was deleted before is unknown: the lost mark may have said that all of it was. */
function historyAfterLoss(): KnownHistory {
  return { since: documentTime().toISOString(), reason: 'mark_rebuilt' }
}

/** Each new mark requires commit times, so that no program writes into the store without them. */
function metadataOf({ foldCase, shardDepth, otherDepth, features }: TreeRules): Metadata {
  const { format_version: formatVersion, requires } = requiring(['commit-times', ...features])
  return {
    format: METADATA_FORMAT,
    format_version: formatVersion,
    created_at: nowText(),
    sharding: shardingOf(shardDepth),
    ...(otherDepth === undefined ? {} : { resharding: reshardingBeside(otherDepth) }),
    checksum: 'sha256',
    id_encoding: foldCase ? 'folded' : 'plain',
    requires,
  }
}

/** Once an opener has allowed pre-releases, they are versions of this store for every other opener, too. */
async function recordPrerelease(directory: Store, metadata: Metadata): Promise<Metadata> {
  const isRecorded = metadata.requires?.includes('prerelease') === true
  if (isRecorded || directory.health().state !== 'ok') return metadata
  return (await requireFeature(directory, 'prerelease')) ?? metadata
}

function checkSharding(metadata: Metadata, asked: AskedLayout): void {
  const { sharding } = metadata
  const differs =
    (asked.enableSharding !== undefined && asked.enableSharding !== sharding.enabled) ||
    (sharding.enabled && asked.shardDepth !== undefined && asked.shardDepth !== sharding.depth)
  if (!differs) return
  throw new StorageError(
    'FS-FORMAT-001',
    `The store has ${madeWith(layoutOf(metadata))}: open it the same way, or leave out enableSharding and shardDepth; reshard() and holdfast reshard change it`,
    {
      context: { reason: 'sharding', enabled: sharding.enabled, depth: sharding.depth },
    },
  )
}

/** On a disk that folds case, a store whose names rely on case would confuse prompts. */
function checkEncoding(directory: Store, metadata: Metadata): void {
  if (metadata.id_encoding === 'folded' || directory.volume.capabilities.caseSensitive) return
  throw new StorageError(
    'FS-FORMAT-001',
    'The store was made on a disk where case matters in names, and this one folds case; copy its versions into a new store here',
    { context: { reason: 'id_encoding', id_encoding: metadata.id_encoding } },
  )
}

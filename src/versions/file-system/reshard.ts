import { StorageError } from '../../base/errors.js'
import { booleanOption, integerOption, rejectUnknown } from '../../base/options.js'
import { wrongArgument } from '../../base/misuse.js'
import { mapLimited } from '../../base/map-limited.js'
import { orStorageError, type FailedOperation } from '../../engine/failure.js'
import { METADATA_FILE } from '../../document/store-names.js'
import { SHARD_DEPTH_MAX, SHARD_DEPTH_MIN } from '../../document/prompt-id.js'
import {
  amendMetadata,
  layoutOf,
  requireFeature,
  RESHARDING,
  reshardingBeside,
  shardingOf,
  unreadableMetadata,
  withoutFeature,
  type Metadata,
} from './metadata.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { PromptMover } from './prompt-mover.js'
import { madeWith, promptNameOf, StoreLayout } from './store-layout.js'
import { SHARD_DEPTH_DEFAULT } from './store-metadata.js'
import { findPromptDirectories } from './tree-scan.js'
import type { VersionDocument } from '../version-storage.js'

/** The sharding that a store is to have. */
export interface ReshardOptions {
  /** Whether prompts are spread over directories named by a hash. Default: true, if `depth` is given. */
  readonly enabled?: boolean | undefined
  /** Hex digits of those directories' names, 1 to 4. Default 2. */
  readonly depth?: number | undefined
}

/** What `reshard` did. */
export interface ReshardReport {
  readonly sharding: { readonly enabled: boolean; readonly depth: number }
  /** How many prompts, and versions, this call has moved. */
  readonly moved_prompts: number
  readonly moved_versions: number
  /** Directories of the former layout that remain, since another program's files are in them. Relative to the store. */
  readonly left: readonly string[]
}

/** The work of a call, after its options are checked. @throws TypeError, RangeError naming the option */
export function resharding(
  options: ReshardOptions,
): <Version extends VersionDocument>(store: OpenStore<Version>) => Promise<ReshardReport> {
  const depth = resolveReshardOptions(options)
  return async (store) => await orStorageError(reshardStore(store, depth), FAILED)
}

/** The depth of the directories; 0: without sharding. */
export function resolveReshardOptions(given: ReshardOptions): number {
  rejectUnknown(given, ['enabled', 'depth'], 'reshard')
  const { enabled, depth } = given
  if (enabled === undefined && depth === undefined)
    throw wrongArgument('reshard needs option "enabled" or option "depth"')
  const isEnabled = booleanOption('enabled', enabled, true)
  if (!isEnabled && depth !== undefined)
    throw wrongArgument(
      'Option "depth" is for sharding, and option "enabled" is false; leave it out',
    )
  const rule = { min: SHARD_DEPTH_MIN, max: SHARD_DEPTH_MAX, default: SHARD_DEPTH_DEFAULT }
  const digits = integerOption('depth', depth, rule)
  return isEnabled ? digits : 0
}

const FAILED: FailedOperation = { fallback: 'FS-IO-001', what: 'Resharding failed' }
/** How many prompts are moved at once. */
const MOVED_AT_ONCE = 8

/**
 * Moves every prompt to its directory in another layout. The mark says that this is under way, so that each process
 * looks for a prompt in both; a call continues what one that was killed has left.
 *
 * 1. The mark names the new layout beside the old one. After a fence, each process knows that a version may be at either
 *    place, and creates none at the old one while it is at the new one.
 * 2. The mark names the new layout first. After a second fence, nothing is created in the old one any more.
 * 3. Files are moved, until there are none in the old layout.
 * 4. The mark names the new layout alone.
 */
async function reshardStore<Version extends VersionDocument>(
  store: OpenStore<Version>,
  depth: number,
): Promise<ReshardReport> {
  const mover = new PromptMover(store)
  const left = new Set<string>()
  let mark = await begin(store, depth)
  while (mark.resharding !== undefined) {
    while (await moveAll(store, mark, mover, left));
    await end(store, mark)
    mark = await continued(store, depth)
  }
  return Object.freeze({
    sharding: { enabled: depth > 0, depth },
    moved_prompts: mover.prompts,
    moved_versions: mover.versions,
    left: Object.freeze([...left].sort()),
  })
}

/** Steps 1 and 2, as far as they are not done; the mark as it is then, which is that of a store in the asked layout. */
async function begin<Version extends VersionDocument>(
  { directory, features }: OpenStore<Version>,
  depth: number,
): Promise<Metadata> {
  for (;;) {
    await directory.refresh()
    const { metadata } = await features.current()
    if (metadata === undefined) throw missingMark()
    const { resharding, sharding } = metadata
    if (resharding === undefined && sharding.depth === depth) return metadata
    if (resharding === undefined) {
      await requireFeature(directory, RESHARDING, (found) => beside(found, metadata, depth))
      continue
    }
    if (sharding.depth !== depth && resharding.other_depth !== depth) throw busy(metadata, depth)
    // Another process may have died between two of the steps.
    await requireFeature(directory, RESHARDING)
    const turned = await amendMetadata(directory, (found) => towards(found, resharding.id, depth))
    await directory.fence()
    if (turned?.resharding !== undefined && turned.sharding.depth === depth) return turned
  }
}

/** @throws StorageError FS-FORMAT-001 if another process has changed the direction meanwhile */
async function continued<Version extends VersionDocument>(
  { directory, features }: OpenStore<Version>,
  depth: number,
): Promise<Metadata> {
  await directory.refresh()
  const { metadata } = await features.current()
  if (metadata === undefined) throw missingMark()
  if (metadata.sharding.depth !== depth) throw busy(metadata, depth)
  return metadata
}

function missingMark(): StorageError {
  return unreadableMetadata(
    `'${METADATA_FILE}' is missing: open the store again, which makes it from the directories`,
  )
}

/** The mark with another layout beside its own, if it has not changed. */
function beside(found: Metadata, known: Metadata, depth: number): Metadata {
  const isSame = found.resharding === undefined && found.sharding.depth === known.sharding.depth
  return isSame ? { ...found, resharding: reshardingBeside(depth) } : found
}

/** The mark with the layout of this depth first. */
function towards(found: Metadata, id: string, depth: number): Metadata {
  const { resharding, sharding } = found
  if (resharding?.id !== id || sharding.depth === depth) return found
  return { ...found, sharding: shardingOf(depth), resharding: reshardingBeside(sharding.depth) }
}

function busy(metadata: Metadata, depth: number): StorageError {
  const { sharding, resharding } = metadata
  const asked = madeWith({ shardDepth: depth })
  return new StorageError(
    'FS-FORMAT-001',
    `The store has ${madeWith(layoutOf(metadata))}: complete that, or return to what it was, before it gets ${asked}`,
    {
      context: {
        reason: 'sharding',
        enabled: sharding.enabled,
        depth: sharding.depth,
        other_depth: resharding?.other_depth,
      },
    },
  )
}

/** The names of the layout that prompts are moved from. */
function formerLayout(mark: Metadata): StoreLayout {
  const { foldCase, forms, otherDepth = 0 } = layoutOf(mark)
  return new StoreLayout({ foldCase, forms, shardDepth: otherDepth })
}

/** Whether the mark still says what it said when the directories were looked for. */
function isStill({ metadata }: PlannedMark, mark: Metadata): boolean {
  return (
    metadata?.resharding?.id === mark.resharding?.id &&
    metadata?.sharding.depth === mark.sharding.depth
  )
}

/** False if nothing was there to be moved, or the mark has changed. */
async function moveAll<Version extends VersionDocument>(
  { directory, features, layout }: OpenStore<Version>,
  mark: Metadata,
  mover: PromptMover<Version>,
  left: Set<string>,
): Promise<boolean> {
  const former = formerLayout(mark)
  await directory.waitForPublish()
  const refuse = (_: string, error: StorageError): never => {
    throw error
  }
  const found = await findPromptDirectories(directory.volume, former, refuse)
  left.clear()
  let hasMoved = false
  const moveOne = async (from: string): Promise<void> => {
    const outcome = await features.plan(async (planned) => {
      return isStill(planned, mark) ? await mover.move(planned, from) : 'void'
    })
    if (outcome === 'moved') hasMoved = true
    if (outcome === 'void' || (await mover.removeDirectory(from))) return
    // One of the new layout, with the name that a prompt of the former one might have.
    if (!layout.isShard(from)) left.add(from)
  }
  const directories = found.map(({ directory: from }) => from)
  for (const from of directories.filter((one) => isBlocking(one, former))) await moveOne(from)
  const others = directories.filter((one) => !isBlocking(one, former))
  await mapLimited(others, MOVED_AT_ONCE, moveOne)
  return hasMoved
}

/**
 * A prompt that is named as a shard may have a version where the directory of another prompt is to be, and the
 * directory of a prompt that is named as a version may be where a version is to be: these are moved first.
 */
function isBlocking(directory: string, former: StoreLayout): boolean {
  const isShardLike = /^[0-9a-f]{1,4}$/.test(directory)
  return isShardLike || former.parseVersionName(promptNameOf(directory)) !== undefined
}

/** Step 4. Nothing is created in the former layout since step 2, and nothing was there: so nothing is. */
async function end<Version extends VersionDocument>(
  { directory }: OpenStore<Version>,
  mark: Metadata,
): Promise<void> {
  await amendMetadata(directory, (found) => {
    const { resharding, ...others } = found
    const isSame =
      resharding?.id === mark.resharding?.id && found.sharding.depth === mark.sharding.depth
    return isSame ? withoutFeature(others, RESHARDING) : found
  })
}

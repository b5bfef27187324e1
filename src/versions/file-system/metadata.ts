import { randomBytes } from 'node:crypto'
import { documentTime } from '../../base/clock.js'
import { isTimestamp } from '../../document/timestamp.js'
import { TextDecoder, TextEncoder } from 'node:util'
import { z } from 'zod'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import { METADATA_FILE } from '../../document/store-names.js'
import { SHARD_DEPTH_MAX } from '../../document/prompt-id.js'
import { VERSION_FORMS } from '../../document/version-form.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { Store } from '../../engine/store.js'
import { checkRequires } from '../../engine/opening/directory-mark.js'
import { isBlankMark } from '../../engine/opening/store-claim.js'
import { isConflict, isStorageError, StorageError } from '../../base/errors.js'
import {
  schemaInfoSchema,
  type SchemaInfo,
  describe,
  schemaDifference,
  versionOf,
} from '../schema-info.js'
import type { KnownHistory } from '../prompt-history.js'
import { publish } from '../../base/channels.js'

import type { LayoutRules } from './store-layout.js'
import { HAS_ZSTD, missingZstd, type CompressedForm } from './version-codec.js'

export const METADATA_FORMAT = 'holdfast-versions'
/** A mark that lists required features has the second version, which programs that do not know `requires` refuse. */
const FORMAT_VERSIONS = { plain: 1, requiring: 2 } as const

/** A feature that a program may have to know to read a store. */
export type Feature =
  'prerelease' | 'schema-version' | 'heads' | 'commit-times' | CompressedForm | typeof RESHARDING
/** The store is being resharded: prompts may be in the directories of two layouts. */
export const RESHARDING = 'resharding'
const FEATURES: readonly Feature[] = [
  'prerelease',
  'schema-version',
  'heads',
  'commit-times',
  'gzip',
  'zstd',
  RESHARDING,
]

/** The content of `.metadata.json`. */
export interface Metadata {
  readonly format: typeof METADATA_FORMAT
  readonly format_version: 1 | 2
  readonly created_at: string
  /** While the store is resharded: where new files go. */
  readonly sharding: {
    readonly enabled: boolean
    /** 0 if and only if sharding is not enabled. */
    readonly depth: number
    readonly hash: 'sha256'
  }
  /** Present while the store is resharded. */
  readonly resharding?: Resharding | undefined
  /** Present while all versions are decompressed: nothing is compressed meanwhile. Another one for each time. */
  readonly decompressing?: string | undefined
  readonly checksum: 'sha256'
  readonly id_encoding: 'plain' | 'folded'
  /** The features that a program has to know to read the store. Absent in marks from before this list existed. */
  readonly requires?: readonly string[] | undefined
  /**
   * Those of `requires` that are not used yet: the process that adds a feature first makes sure that no other commits
   * what it planned before. Absent if there are none.
   */
  readonly announced?: readonly string[] | undefined
  /** The schema that the youngest documents were saved with. Absent if no program has named one. */
  readonly schema?: SchemaInfo | undefined
  /** Absent if the store has kept commit times from its beginning. */
  readonly history?: KnownHistory | undefined
}

/** A change of the sharding that is under way. */
export interface Resharding {
  /** The depth of the directories in which prompts may be, too; 0: without sharding. */
  readonly other_depth: number
  /** Another one for each change of direction: what was found out about the store under an earlier one is void. */
  readonly id: string
}

/** Fields of later versions are kept when the mark is rewritten. */
const metadataSchema: z.ZodType<Metadata> = z.looseObject({
  format: z.literal(METADATA_FORMAT),
  format_version: z.union([z.literal(FORMAT_VERSIONS.plain), z.literal(FORMAT_VERSIONS.requiring)]),
  created_at: z.string(),
  sharding: z
    .object({
      enabled: z.boolean(),
      depth: z.int().min(0).max(SHARD_DEPTH_MAX),
      hash: z.literal('sha256'),
    })
    .refine(({ enabled, depth }) => enabled === depth > 0),
  resharding: z
    .looseObject({ other_depth: z.int().min(0).max(SHARD_DEPTH_MAX), id: z.string() })
    .optional(),
  decompressing: z.string().optional(),
  checksum: z.literal('sha256'),
  id_encoding: z.enum(['plain', 'folded']),
  requires: z.array(z.string()).optional(),
  announced: z.array(z.string()).optional(),
  schema: schemaInfoSchema.optional(),
  history: z
    .object({
      since: z.string().refine(isTimestamp),
      reason: z.string(),
    })
    .optional(),
})

/** Undefined also for an empty file: loss of power leaves one if the file was not flushed. */
export async function readMetadata(directory: Store): Promise<Metadata | undefined> {
  return (await readMark(directory))?.metadata
}

/** @throws StorageError FS-FORMAT-001 for a form that this version does not write, and for features unknown to it */
export function parseMetadata(bytes: Uint8Array): Metadata {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null) checkFeatures(Reflect.get(value, 'requires'))
    return metadataSchema.parse(value)
  } catch (cause) {
    if (isStorageError(cause)) throw cause
    throw unreadableMetadata(`'${METADATA_FILE}' is not metadata that this version reads`, cause)
  }
}

function checkFeatures(requires: unknown): void {
  checkRequires(METADATA_FILE, requires, FEATURES)
  if (!HAS_ZSTD && Array.isArray(requires) && requires.includes('zstd')) throw missingZstd()
}

export function shardingOf(shardDepth: number): Metadata['sharding'] {
  return { enabled: shardDepth > 0, depth: shardDepth, hash: 'sha256' }
}

/** @param depth that of the directories in which prompts may be, too */
export function reshardingBeside(depth: number): Resharding {
  return { other_depth: depth, id: randomBytes(8).toString('hex') }
}

/** The names of directories and files that the mark describes. */
export function layoutOf(metadata: Metadata): LayoutRules {
  const { id_encoding: encoding, requires = [], resharding, sharding } = metadata
  return {
    foldCase: encoding === 'folded',
    shardDepth: sharding.depth,
    otherDepth: resharding?.other_depth,
    forms: VERSION_FORMS.filter((form) => form === 'plain' || requires.includes(form)),
  }
}

export function encodeMetadata(metadata: Metadata): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(metadata, null, 2)}\n`)
}

export function unreadableMetadata(message: string, cause?: unknown): StorageError {
  return new StorageError('FS-FORMAT-001', message, {
    ...(cause === undefined ? {} : { cause }),
    context: { path: METADATA_FILE, reason: 'metadata' },
  })
}

/** The part of a mark that says which features a reader has to know. */
export function requiring(
  features: readonly string[],
): Pick<Metadata, 'format_version' | 'requires'> {
  return {
    format_version: FORMAT_VERSIONS[features.length > 0 ? 'requiring' : 'plain'],
    requires: features,
  }
}

/** The mark with one more feature; the same object if it has that feature already. */
export function withFeature(metadata: Metadata, feature: Feature): Metadata {
  const { requires = [] } = metadata
  if (requires.includes(feature)) return metadata
  const amended = { ...metadata, ...requiring([...requires, feature]) }
  if (feature !== 'commit-times') return amended
  return { ...amended, history: { since: documentTime().toISOString(), reason: 'older_program' } }
}

/** The mark with one more feature, which is announced; the same object if it has that feature already. */
function announcing(metadata: Metadata, feature: Feature): Metadata {
  const amended = withFeature(metadata, feature)
  const { announced = [] } = metadata
  return amended === metadata ? metadata : { ...amended, announced: [...announced, feature] }
}

/** Whether files may require the feature. */
export function isFeatureInUse({ requires, announced }: Metadata, feature: Feature): boolean {
  return requires?.includes(feature) === true && announced?.includes(feature) !== true
}

/** The mark with an announced feature in use; the same object if it is. */
function inUse(metadata: Metadata, feature: Feature): Metadata {
  const { announced = [], ...others } = metadata
  if (!announced.includes(feature)) return metadata
  const left = announced.filter((other) => other !== feature)
  return left.length === 0 ? others : { ...others, announced: left }
}

/**
 * Adds a feature to the mark, if it is not there, before the first file that requires it. When this resolves, each
 * process that commits to the store knows of it, or refuses. Returns the mark; undefined if it is lost.
 * @param change another change of the mark in the same commit; returns its argument if there is nothing to change
 */
export async function requireFeature(
  directory: Store,
  feature: Feature,
  change: (metadata: Metadata) => Metadata = (metadata) => metadata,
): Promise<Metadata | undefined> {
  const mark = await amendMetadata(directory, (found) => announcing(change(found), feature))
  // Also if another process has announced it and has died since.
  if (mark?.announced?.includes(feature) !== true) return mark
  await directory.fence()
  return await amendMetadata(directory, (found) => inUse(found, feature))
}

/** The mark without a feature that nothing in the store uses any more. */
export function withoutFeature(metadata: Metadata, feature: Feature): Metadata {
  const { requires = [] } = metadata
  return requires.includes(feature)
    ? { ...metadata, ...requiring(requires.filter((one) => one !== feature)) }
    : metadata
}

/**
 * The change of the mark from its current content, for a transaction that changes other files, too; undefined if the
 * mark is lost, or `change` returns its argument. If another process changes the mark meanwhile, the transaction
 * conflicts over its path.
 */
export async function amendment(
  directory: Store,
  change: (metadata: Metadata) => Metadata,
): Promise<Operation | undefined> {
  const mark = await readMark(directory)
  if (mark === undefined) return undefined
  const amended = change(mark.metadata)
  if (amended === mark.metadata) return undefined
  const bytes = encodeMetadata(amended)
  return { kind: 'replace', path: METADATA_FILE, bytes, ifBytes: mark.bytes }
}

/** From then on, the store knows all that happens in it; until then, it does not. */
export function withHistorySince(metadata: Metadata, history: KnownHistory): Metadata {
  const known = metadata.history
  return known !== undefined && known.since > history.since ? metadata : { ...metadata, history }
}

/**
 * Changes the mark from its current content: other processes may change other parts of it at the same time. Returns the
 * new content; undefined if the mark is lost.
 * @param change returns its argument if there is nothing to change
 */
export async function amendMetadata(
  directory: Store,
  change: (metadata: Metadata) => Metadata,
): Promise<Metadata | undefined> {
  for (;;) {
    const mark = await readMark(directory)
    if (mark === undefined) return undefined
    const amended = change(mark.metadata)
    if (amended === mark.metadata) return amended
    const bytes = encodeMetadata(amended)
    try {
      await directory.commit([{ kind: 'replace', path: METADATA_FILE, bytes, ifBytes: mark.bytes }])
      return amended
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}

async function readMark(
  directory: Store,
): Promise<{ readonly bytes: Uint8Array; readonly metadata: Metadata } | undefined> {
  const bytes = await directory.read(METADATA_FILE, { maxBytes: MARK_BYTES_MAX })
  if (bytes === undefined || isBlankMark(bytes)) return undefined
  return { bytes, metadata: parseMetadata(bytes) }
}

/**
 * The schema of a store's documents, by its mark: the version in the mark is raised before the first document is saved
 * with a later one, and never lowered.
 */
export class StoreSchema {
  readonly #directory: Store
  readonly #asked: SchemaInfo | undefined
  readonly #found: SchemaInfo | undefined
  #recording: Promise<void> | undefined

  /**
   * Warns of a store whose schema does not match that of this program.
   * @param asked the schema that this program reads and saves with
   * @param found the schema in the mark when the store was opened
   */
  constructor(directory: Store, asked: SchemaInfo | undefined, found: SchemaInfo | undefined) {
    this.#directory = directory
    this.#asked = asked
    this.#found = found
    this.#warn(schemaDifference(found, asked))
  }

  /** The schema version of the documents that are saved here. */
  get version(): number {
    return versionOf(this.#asked)
  }

  /** The schema that the mark names now, and why it does not match that of this program. */
  async current(): Promise<{ readonly info: SchemaInfo | null; readonly problem?: string }> {
    const info = (await readMetadata(this.#directory))?.schema
    const problem = schemaDifference(info, this.#asked)
    return { info: info ?? null, ...(problem === undefined ? {} : { problem }) }
  }

  /** Before a document is saved, records in the mark its schema, and the feature that its file requires of readers. */
  record(): Promise<void> {
    return (this.#recording ??= this.#record())
  }

  async #record(): Promise<void> {
    const asked = this.#asked
    if (asked === undefined) return this.#warnOfUnnamed()
    try {
      const record = (metadata: Metadata): Metadata => withSchema(metadata, asked)
      if (asked.version === versionOf(undefined)) await amendMetadata(this.#directory, record)
      else await requireFeature(this.#directory, 'schema-version', record)
    } catch (error) {
      this.#recording = undefined
      throw error
    }
  }

  #warnOfUnnamed(): void {
    const found = this.#found
    if (found === undefined || found.version <= this.version) return
    this.#warn(
      `The documents are of schema ${describe(found)}, and this program names none (option "schemaInfo"): what it saves counts as of version ${this.version}`,
    )
  }

  #warn(problem: string | undefined): void {
    if (problem === undefined) return
    const { path: directory } = this.#directory
    publish('warning', () => ({ directory, code: 'schema', message: problem }))
  }
}

function withSchema(metadata: Metadata, asked: SchemaInfo): Metadata {
  const { schema } = metadata
  const isLater = schema === undefined || schema.version < asked.version
  return isLater ? { ...metadata, schema: asked } : metadata
}

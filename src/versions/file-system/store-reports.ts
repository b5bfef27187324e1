import { mapLimited } from '../../base/map-limited.js'
import { nativeInfo, type NativeInfo, type Capabilities } from '../../engine/disk-port.js'
import { spaceProblem } from '../../engine/disk-space.js'
import {
  JOURNAL_DIRECTORY,
  QUARANTINE_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import { INDEX_FILE } from '../../document/store-names.js'
import { finding, type DiagnosisFinding, type DiagnosisKind } from './diagnosis-findings.js'
import { lookAlikes } from './look-alikes.js'
import type { OpenStore } from './open-store.js'
import type { StoreLayout } from './store-layout.js'
import type { SchemaInfo } from '../schema-info.js'
import type { VersionDocument } from '../version-storage.js'
import type { CacheStats } from '../version-cache.js'

/** How the prompts are spread over directories. */
export interface ShardingReport {
  readonly enabled: boolean
  /** Hex digits of the names of the directories; 0 if sharding is not enabled. */
  readonly depth: number
  /** Present while the store is resharded: the depth of the directories in which prompts may be, too. */
  readonly other_depth?: number
}

function shardingOf({ rules: { shardDepth, otherDepth } }: StoreLayout): ShardingReport {
  return {
    enabled: shardDepth > 0,
    depth: shardDepth,
    ...(otherDepth === undefined ? {} : { other_depth: otherDepth }),
  }
}

/** The content and the state of a store. */
export interface StorageStats {
  readonly total_prompts: number
  readonly total_versions: number
  /** The total size of the files of all versions, if requested. */
  readonly total_bytes?: number
  readonly storage_dir: string
  readonly index_enabled: boolean
  readonly cache_enabled: boolean
  readonly cache_stats: CacheStats | undefined
  readonly sharding: ShardingReport
  /** The schema that the youngest documents were saved with; null if no program has named one. */
  readonly schema: SchemaInfo | null
  readonly durability_state: 'ok' | 'read-only'
  readonly background_errors: number
  /** Number of retries after temporary failures since the store was opened. */
  readonly retries: number
  readonly disk: string
  readonly file_system: string
  readonly free_mb: number
  readonly used_percent: number
}

export async function storageStats<Version extends VersionDocument>(
  store: OpenStore<Version>,
  { bytes }: { readonly bytes: boolean },
): Promise<StorageStats> {
  const { directory, features, names, cache, layout, space, schema } = store
  await names.current()
  await features.assertKnown()
  const [totals, room, { info }] = await Promise.all([
    names.totals(),
    space.report(0),
    schema.current(),
  ])
  const health = directory.health()
  return {
    total_prompts: totals.prompts,
    total_versions: totals.versions,
    storage_dir: directory.path,
    index_enabled: names.has('', '') !== undefined,
    cache_enabled: cache !== undefined,
    cache_stats: cache?.stats(),
    sharding: shardingOf(layout),
    schema: info,
    durability_state: health.state,
    background_errors: health.backgroundErrors,
    retries: health.retries,
    disk: health.disk,
    file_system: health.capabilities.fileSystem,
    free_mb: room.free_mb,
    used_percent: room.used_percent,
    ...(bytes ? { total_bytes: await totalBytes(store) } : {}),
  }
}

/** How many files are measured at once. */
const MEASURED_AT_ONCE = 64

/** The total size of the files of all versions; those that disappear meanwhile count as nothing. */
async function totalBytes<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<number> {
  const { names, files, directory } = store
  await names.current()
  let total = 0
  for (const promptId of await names.promptIds()) {
    const versions = await names.versions(promptId)
    await mapLimited(versions, MEASURED_AT_ONCE, async (version) => {
      const file = await files.locate(promptId, version)
      const stat = file && (await directory.volume.stat(file.path))
      total += stat?.bytes ?? 0
    })
  }
  return total
}

/** What `holdfast doctor` reports: first the facts, then the problems that need attention. */
export interface Diagnosis {
  readonly storage_dir: string
  readonly state: 'ok' | 'read-only'
  readonly disk: string
  readonly native: NativeInfo
  readonly file_system: Capabilities
  readonly sharding: ShardingReport
  readonly id_encoding: 'plain' | 'folded'
  /** The schema that the youngest documents were saved with; null if no program has named one. */
  readonly schema: SchemaInfo | null
  readonly lsn: number
  readonly journal_bytes: number
  readonly index_bytes: number
  readonly staged_files: number
  readonly quarantined_files: number
  readonly free_mb: number
  readonly used_percent: number
  readonly free_inodes: number
  readonly background_errors: number
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[]
  /** The same problems, each with its kind and what to do about it. */
  readonly findings: readonly DiagnosisFinding[]
}

/** With a larger index, the store has outgrown plain files. */
const INDEX_BYTES_MAX = 10 * 1024 * 1024

const RESHARDING_UNDER_WAY =
  'The store is being resharded. If no process is doing that now, holdfast reshard completes it; until then the store works, and opens more slowly.'

const MOVED =
  'The path does not lead any more to the directory that is open: it was moved away, removed, replaced or mounted over.'

export async function diagnose<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<Diagnosis> {
  const { directory, features, layout, names, space } = store
  await names.current()
  await features.assertKnown()
  const { volume } = directory
  const health = directory.health()
  const room = await space.report(0)
  const { info, problem } = await store.schema.current()
  const facts = {
    storage_dir: directory.path,
    state: health.state,
    disk: health.disk,
    native: nativeInfo(),
    file_system: health.capabilities,
    sharding: shardingOf(layout),
    id_encoding: layout.rules.foldCase ? ('folded' as const) : ('plain' as const),
    schema: info,
    lsn: health.lsn,
    journal_bytes: await bytesIn(store, JOURNAL_DIRECTORY),
    index_bytes: (await volume.stat(INDEX_FILE))?.bytes ?? 0,
    staged_files: ((await volume.list(TEMPORARY_DIRECTORY)) ?? []).length,
    quarantined_files: ((await volume.list(QUARANTINE_DIRECTORY)) ?? []).length,
    free_mb: room.free_mb,
    used_percent: room.used_percent,
    free_inodes: room.free_inodes,
    background_errors: health.backgroundErrors,
  }
  const found = problemsOf(facts, health.openedReadOnly === 'option' ? undefined : health.cause)
  if (!(await volume.isInPlace())) found.push(['moved', MOVED])
  if (facts.sharding.other_depth !== undefined) found.push(['resharding', RESHARDING_UNDER_WAY])
  if (problem !== undefined) found.push(['schema', `${problem}.`])
  for (const each of lookAlikes(await names.promptIds())) found.push(['look-alikes', each])
  const place = { storageDir: directory.path, shardDepth: facts.sharding.depth }
  return {
    ...facts,
    problems: Object.freeze(found.map(([, message]) => message)),
    findings: Object.freeze(found.map(([kind, message]) => finding(kind, message, place))),
  }
}

async function bytesIn<Version extends VersionDocument>(
  { directory }: OpenStore<Version>,
  path: string,
): Promise<number> {
  const entries = (await directory.volume.list(path)) ?? []
  const stats = await Promise.all(
    entries.map(async ({ name }) => await directory.volume.stat(`${path}/${name}`)),
  )
  return stats.reduce((sum, stat) => sum + (stat?.bytes ?? 0), 0)
}

type Problem = readonly [kind: DiagnosisKind, message: string]

function problemsOf(
  facts: Omit<Diagnosis, 'problems' | 'findings'>,
  cause: Error | undefined,
): Problem[] {
  const problems = facts.file_system.warnings.map((each): Problem => [warningKind(facts), each])
  if (cause !== undefined)
    problems.push(['no-writes', `The store takes no writes: ${cause.message}.`])
  const room = spaceProblem(facts.used_percent)
  if (room !== undefined) problems.push(['space', room.message])
  if (facts.index_bytes > INDEX_BYTES_MAX) {
    const megabytes = Math.round(facts.index_bytes / 1024 / 1024)
    problems.push(['index-size', `The index takes ${megabytes} MB: consider a database backend.`])
  }
  if (facts.quarantined_files > 0)
    problems.push([
      'quarantine',
      `${facts.quarantined_files} entries are in ${QUARANTINE_DIRECTORY}.`,
    ])
  if (facts.background_errors > 0)
    problems.push([
      'background-errors',
      `${facts.background_errors} background operations have failed.`,
    ])
  return problems
}

function warningKind({
  disk,
  file_system: { readOnly },
}: Pick<Diagnosis, 'disk' | 'file_system'>): DiagnosisKind {
  if (readOnly) return 'read-only-mount'
  return disk === 'portable' ? 'portable-disk' : 'file-system'
}

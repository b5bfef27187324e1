import { mapLimited } from '../../base/map-limited.js'
import { nativeInfo, type NativeInfo, type Capabilities } from '../../engine/disk-port.js'
import { spaceProblem } from '../../engine/disk-space.js'
import {
  JOURNAL_DIRECTORY,
  QUARANTINE_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import { INDEX_FILE } from '../../document/store-names.js'
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
  const problems = problemsOf(facts, health.openedReadOnly === 'option' ? undefined : health.cause)
  if (!(await volume.isInPlace())) problems.push(MOVED)
  if (facts.sharding.other_depth !== undefined) problems.push(RESHARDING_UNDER_WAY)
  if (problem !== undefined) problems.push(`${problem}.`)
  const alike = lookAlikes(await names.promptIds())
  return { ...facts, problems: Object.freeze([...problems, ...alike]) }
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

function problemsOf(facts: Omit<Diagnosis, 'problems'>, cause: Error | undefined): string[] {
  const problems = [...facts.file_system.warnings]
  if (cause !== undefined) problems.push(`The store takes no writes: ${cause.message}.`)
  const room = spaceProblem(facts.used_percent)
  if (room !== undefined) problems.push(room.message)
  if (facts.index_bytes > INDEX_BYTES_MAX) {
    problems.push(
      `The index takes ${Math.round(facts.index_bytes / 1024 / 1024)} MB: consider a database backend.`,
    )
  }
  if (facts.quarantined_files > 0)
    problems.push(`${facts.quarantined_files} entries are in ${QUARANTINE_DIRECTORY}.`)
  if (facts.background_errors > 0)
    problems.push(`${facts.background_errors} background operations have failed.`)
  return problems
}

/**
 * Letters of other scripts that look like Latin ones in common fonts (Unicode's confusables, the Cyrillic and Greek
 * ones). Full-width letters and ligatures need no entry, since NFKC replaces them.
 */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    A: 'АΑ',
    B: 'ВΒ',
    C: 'С',
    E: 'ЕΕ',
    H: 'НΗ',
    I: 'ІΙӀ',
    J: 'Ј',
    K: 'КΚ',
    M: 'МΜ',
    N: 'Ν',
    O: 'ОΟ',
    P: 'РΡ',
    S: 'Ѕ',
    T: 'ТΤ',
    X: 'ХΧ',
    Y: 'УΥҮ',
    Z: 'Ζ',
    a: 'аα',
    c: 'сϲ',
    d: 'ԁ',
    e: 'е',
    h: 'һ',
    i: 'іι',
    j: 'јϳ',
    o: 'оο',
    p: 'рρ',
    q: 'ԛ',
    s: 'ѕ',
    v: 'ν',
    w: 'ԝ',
    x: 'х',
    y: 'уү',
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
)

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const ASCII_ONLY = /^[\u0020-\u007e]*$/

/** Names shown in full; a hostile store must not fill the screen. */
const SHOWN_MAX = 20

/** One sentence for each group of ids that look the same, and for each id with invisible characters. */
function lookAlikes(ids: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>()
  const invisible: string[] = []
  for (const id of ids) {
    if (ASCII_ONLY.test(id)) continue
    const look = lookOf(id)
    groups.set(look, [...(groups.get(look) ?? []), id])
    if (id.search(INVISIBLE) !== -1) invisible.push(id)
  }
  // An id of plain ASCII looks like itself, so its look is not computed: most stores have only such ids.
  for (const id of ids) if (ASCII_ONLY.test(id)) groups.get(id)?.push(id)
  const reported = new Set<string>()
  const found: string[] = []
  for (const group of groups.values()) {
    if (group.length === 1) continue
    for (const id of group) reported.add(id)
    found.push(`These ids look the same: ${group.map(spelled).join(', ')}.`)
  }
  for (const id of invisible) {
    if (!reported.has(id)) found.push(`The id ${spelled(id)} has characters that cannot be seen.`)
  }
  if (found.length <= SHOWN_MAX) return found
  return [...found.slice(0, SHOWN_MAX), `${found.length - SHOWN_MAX} more ids look like others.`]
}

function lookOf(id: string): string {
  const visible = id.normalize('NFKC').replace(INVISIBLE, '')
  return Array.from(visible, (character) => LOOKS_LIKE.get(character) ?? character).join('')
}

/** Shows every character that is not plain ASCII by its number, since the letters would look the same here, too. */
function spelled(id: string): string {
  return JSON.stringify(id).replace(
    /[^\u0020-\u007e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

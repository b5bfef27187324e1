import { nativeInfo, type NativeInfo, type Capabilities } from '../../engine/disk-port.js'
import { spaceProblem } from '../../engine/space-alarm.js'
import {
  JOURNAL_DIRECTORY,
  QUARANTINE_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import { INDEX_FILE } from '../../document/store-names.js'
import { lookAlikes } from './look-alikes.js'
import type { OpenStore } from './open-store.js'
import type { SchemaInfo } from '../schema-info.js'
import type { VersionDocument } from '../version-storage.js'

/** What `holdfast doctor` tells: facts first, then what somebody should do something about. */
export interface Diagnosis {
  readonly storage_dir: string
  readonly state: 'ok' | 'read-only'
  readonly disk: string
  readonly native: NativeInfo
  readonly file_system: Capabilities
  readonly sharding: { readonly enabled: boolean; readonly depth: number }
  readonly id_encoding: 'plain' | 'folded'
  /** The schema that the youngest documents were saved with; null where no program has named one. */
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

/** Where the index has grown past what plain files are good for. */
const INDEX_BYTES_MAX = 10 * 1024 * 1024

const MOVED =
  'The path does not lead any more to the directory that is open: it was moved away, removed, replaced or mounted over.'

export async function diagnose<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<Diagnosis> {
  const { directory, layout, space } = store
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
    sharding: { enabled: layout.rules.shardDepth > 0, depth: layout.rules.shardDepth },
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
  if (problem !== undefined) problems.push(`${problem}.`)
  await store.names.current()
  const names = lookAlikes(await store.names.promptIds())
  return { ...facts, problems: Object.freeze([...problems, ...names]) }
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
    problems.push(`${facts.quarantined_files} entries lie in ${QUARANTINE_DIRECTORY}.`)
  if (facts.background_errors > 0)
    problems.push(`${facts.background_errors} background operations have failed.`)
  return problems
}

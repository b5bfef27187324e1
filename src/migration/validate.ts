import { mapLimited } from '../base/map-limited.js'
import { rejectUnknown } from '../base/options.js'
import { copiesOf, type Copyable, type VersionCopies } from '../versions/version-copies.js'
import { digestOf, planRecord, versionSets, type Difference } from './compare.js'
import { differing, partsOf, PROMPTS_AT_ONCE } from './parts.js'

/** What a comparison of two storages found. */
export interface ValidationReport {
  /** In the source. */
  readonly prompts: number
  readonly versions: number
  /** Where the target is not what the source is: none after a migration, unless one of them was changed since. */
  readonly differences: readonly Difference[]
}

/** What a storage has. */
export interface CountReport {
  readonly prompts: number
  readonly versions: number
}

/**
 * Reads all of two storages, and compares the checksum of each document, the time of its commit, labels, tags,
 * deprecations and histories. Prompts that only the target has are not compared.
 *
 * @throws StorageError FS-LOAD-001 for a damaged document
 */
export async function validateMigration(options: {
  readonly from: Copyable
  readonly to: Copyable
}): Promise<ValidationReport> {
  rejectUnknown(options, ['from', 'to'], 'validateMigration')
  return await compareStores(copiesOf(options.from, 'from'), copiesOf(options.to, 'to'), undefined)
}

/** As `validateMigration`. */
export async function compareStores(
  from: VersionCopies,
  to: VersionCopies,
  signal: AbortSignal | undefined,
): Promise<ValidationReport> {
  const promptIds = await from.promptIds()
  const prompts = await mapLimited(
    promptIds,
    PROMPTS_AT_ONCE,
    async (promptId) => await comparePrompt(from, to, promptId),
    signal,
  )
  return {
    prompts: promptIds.length,
    versions: prompts.reduce((sum, { versions }) => sum + versions, 0),
    differences: prompts.flatMap(({ differences }) => differences),
  }
}

/**
 * Reads all documents of a storage, and counts them.
 * @throws StorageError FS-LOAD-001 for a damaged one
 */
export async function countVersions(storage: Copyable): Promise<CountReport> {
  const copies = copiesOf(storage, 'storage')
  const promptIds = await copies.promptIds()
  const counts = await mapLimited(promptIds, PROMPTS_AT_ONCE, async (promptId) => {
    let count = 0
    for (const part of partsOf(await copies.names(promptId)))
      count += (await copies.documents(promptId, part)).length
    return count
  })
  const counted = counts.filter((count) => count > 0)
  return { prompts: counted.length, versions: counts.reduce((sum, count) => sum + count, 0) }
}

async function comparePrompt(
  from: VersionCopies,
  to: VersionCopies,
  promptId: string,
): Promise<{ readonly versions: number; readonly differences: readonly Difference[] }> {
  const [source, target] = await Promise.all([from.state(promptId), to.state(promptId)])
  const names = [...source.versions.keys()]
  const { missing, both, extra } = versionSets(names, target)
  const others = await differing(promptId, both, from, to, digestOf)
  const record = planRecord(source, target, new Set())
  const of =
    (kind: Difference['kind']) =>
    (version: string): Difference => ({ prompt_id: promptId, version, kind })
  return {
    versions: names.length,
    differences: [
      ...missing.map(of('missing')),
      ...extra.map(of('extra')),
      ...others.map(of('content')),
      ...(record === 'same' ? [] : [{ prompt_id: promptId, kind: recordKind(record) }]),
    ],
  }
}

/** What can be written is a history that is shorter than that of the source. */
function recordKind(record: 'write' | 'labels' | 'history'): Difference['kind'] {
  return record === 'write' ? 'history' : record
}

import { documentTime, monotonicMs } from '../base/clock.js'
import { mapLimited } from '../base/map-limited.js'
import type { VersionCopies } from '../versions/version-copies.js'
import type { Difference } from './compare.js'
import { conflictError, copyPrompt, type CopiedPrompt, type CopyWork } from './copy-prompt.js'
import { isMigrating, knownBefore, laterKnown, migratingMark } from './known-mark.js'
import { resolveMigration, type MigrateOptions, type ResolvedMigration } from './migrate-options.js'
import { Pace, Progress } from './pace.js'
import { PROMPTS_AT_ONCE } from './parts.js'
import { NO_STATE, runLine, StateFile, type MigrationState } from './state-file.js'
import { compareStores, type ValidationReport } from './validate.js'

/** What a migration has done. */
export interface MigrationReport {
  /** In the source: prompts that have a version or a history, and versions. */
  readonly prompts: number
  readonly versions: number
  /** Versions that were copied; with `dryRun`, those that would be. */
  readonly copied: number
  /** Versions that the target had already, with the same content and time. */
  readonly already_there: number
  /** Prompts whose labels, tags, deprecations or history were written. */
  readonly records_copied: number
  /** Whether an earlier migration into the target had ended early, and was continued. */
  readonly resumed: boolean
  readonly dry_run: boolean
  /** With `dryRun`: what the target has that the source has not. Otherwise the migration ends at the first one. */
  readonly conflicts: readonly Difference[]
  /** With `validate`: what was read back. */
  readonly validation?: ValidationReport
  readonly duration_ms: number
}

/**
 * Copies all prompts of a storage to another one: documents, the times of their commits, labels, tags, deprecations and
 * histories. What the target has already is compared, and stays; so a migration that ended early is continued by calling
 * it again, and a complete one changes nothing. Until it is complete, the target does not know its history (`asOf`
 * rejects with OPT-PAST-001). The trash is not copied.
 *
 * @throws VersionConflictError for a version that the target has with another content or time; StorageError
 * OPT-LABEL-001 for a prompt with other labels, another history or further versions; nothing is overwritten
 * @throws StorageError FS-LOAD-001 for a damaged version of the source; FS-FORMAT-001 for a `stateFile` of another
 * migration
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const resolved = resolveMigration(options, 'migrate')
  const { stateFile, names, dryRun } = resolved
  if (stateFile === undefined || dryRun) return await run(resolved, NO_STATE)
  const state = await StateFile.open(stateFile, names.from, names.to)
  try {
    return await run(resolved, state)
  } finally {
    await state.close()
  }
}

async function run(resolved: ResolvedMigration, state: MigrationState): Promise<MigrationReport> {
  const startMs = monotonicMs()
  const { from, to, dryRun, ratePerSecond, signal, onProgress, names } = resolved
  const promptIds = await from.promptIds()
  const progress = new Progress(await countVersions(from, promptIds), onProgress)
  const known = await to.knownSince()
  if (!dryRun) await begin(to, state, names)
  const pace = new Pace(ratePerSecond, signal)
  const work: CopyWork = { from, to, dryRun, state, pace, progress }
  const prompts = await mapLimited(
    promptIds,
    PROMPTS_AT_ONCE,
    async (promptId) => await copyOrFail(work, promptId),
    signal,
  )
  if (!dryRun) await complete(from, to, state)
  const validation =
    resolved.validate && !dryRun ? await compareStores(from, to, signal) : undefined
  return {
    ...totals(prompts),
    resumed: isMigrating(known),
    dry_run: dryRun,
    ...(validation === undefined ? {} : { validation }),
    duration_ms: Math.round(monotonicMs() - startMs),
  }
}

async function copyOrFail(work: CopyWork, promptId: string): Promise<CopiedPrompt> {
  const copied = await copyPrompt(work, promptId)
  const [conflict] = copied.conflicts
  if (conflict !== undefined && !work.dryRun) throw conflictError(conflict)
  return copied
}

/** How many versions there are; without reading them. */
async function countVersions(from: VersionCopies, promptIds: readonly string[]): Promise<number> {
  const counts = await mapLimited(promptIds, PROMPTS_AT_ONCE, async (promptId) => {
    return (await from.names(promptId)).length
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

async function begin(
  to: VersionCopies,
  state: MigrationState,
  names: ResolvedMigration['names'],
): Promise<void> {
  const now = documentTime().toISOString()
  const known = await to.knownSince()
  await state.append(runLine(names, knownBefore(known), now))
  if (!isMigrating(known)) await to.setKnownSince(migratingMark(known, now))
}

/** The target knows as much of the past as the storage whose history is the shorter one. */
async function complete(
  from: VersionCopies,
  to: VersionCopies,
  state: MigrationState,
): Promise<void> {
  const known = laterKnown(knownBefore(await to.knownSince()), await from.knownSince())
  const at = documentTime().toISOString()
  await state.append({ kind: 'complete', known: known ?? null, at })
  await to.setKnownSince(known)
}

function totals(
  prompts: readonly CopiedPrompt[],
): Pick<
  MigrationReport,
  'prompts' | 'versions' | 'copied' | 'already_there' | 'records_copied' | 'conflicts'
> {
  const sum = (count: (prompt: CopiedPrompt) => number): number =>
    prompts.reduce((total, prompt) => total + count(prompt), 0)
  const versions = sum((prompt) => prompt.versions)
  const copied = sum((prompt) => prompt.copied)
  return {
    prompts: prompts.length,
    versions,
    copied,
    already_there: versions - copied,
    records_copied: sum(({ isRecordCopied }) => (isRecordCopied ? 1 : 0)),
    conflicts: prompts.flatMap(({ conflicts }) => conflicts),
  }
}

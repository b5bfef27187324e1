import { isStorageError, StorageError, VersionConflictError } from '../base/errors.js'
import { sortVersions } from '../document/version-number.js'
import { sameHead } from '../versions/prompt-copy.js'
import type { PromptView } from '../versions/prompt-heads.js'
import type {
  CopiedRecord,
  CopiedVersion,
  PromptState,
  VersionCopies,
} from '../versions/version-copies.js'
import {
  digestOf,
  planRecord,
  recordDigest,
  versionSets,
  type Difference,
  type RecordPlan,
} from './compare.js'
import type { Pace, Progress } from './pace.js'
import { differing, PART_VERSIONS, partsOf, transactionsOf } from './parts.js'
import type { MigrationState } from './state-file.js'

/** What the copies of all prompts have in common. */
export interface CopyWork {
  readonly from: VersionCopies
  readonly to: VersionCopies
  readonly dryRun: boolean
  readonly state: MigrationState
  readonly pace: Pace
  readonly progress: Progress
}

/** What a copy of a prompt came to. */
export interface CopiedPrompt {
  readonly versions: number
  readonly copied: number
  /** Whether labels, tags, deprecations or history were written. */
  readonly isRecordCopied: boolean
  /** What the target has and the source has not: nothing is written then. */
  readonly conflicts: readonly Difference[]
}

/** What is to be done for a prompt. */
interface PromptPlan {
  readonly source: PromptState
  readonly target: PromptState
  readonly versions: readonly string[]
  readonly missing: readonly string[]
  readonly record: RecordPlan
  readonly conflicts: readonly Difference[]
}

/** Makes the prompt in the target what it is in the source. What is there already is compared, and stays. */
export async function copyPrompt(work: CopyWork, promptId: string): Promise<CopiedPrompt> {
  const written = new Set(work.state.recorded.prompts.get(promptId)?.records)
  let copied = 0
  let isRecordCopied = false
  for (;;) {
    const plan = await planPrompt(work, promptId, written)
    const { missing, conflicts, versions } = plan
    const outcome = { versions: versions.length, isRecordCopied, conflicts }
    if (work.dryRun || conflicts.length > 0) {
      work.progress.add(versions.length)
      if (!work.dryRun) return { ...outcome, copied }
      return { ...outcome, copied: missing.length, isRecordCopied: plan.record === 'write' }
    }
    const done = await writeAll(work, promptId, plan, written)
    copied += done.copied
    isRecordCopied ||= done.isRecordCopied
    if (done.isComplete) {
      work.progress.add(versions.length - missing.length)
      return { ...outcome, copied, isRecordCopied }
    }
  }
}

async function planPrompt(
  { from, to }: CopyWork,
  promptId: string,
  written: ReadonlySet<string>,
): Promise<PromptPlan> {
  const [source, target] = await Promise.all([from.state(promptId), to.state(promptId)])
  const versions = sortVersions([...source.versions.keys()])
  const { missing, both, extra } = versionSets(versions, target)
  const others = await differing(promptId, both, from, to, digestOf)
  const record = planRecord(source, target, written)
  const conflicts: readonly Difference[] = [
    ...extra.map((version) => ({ prompt_id: promptId, version, kind: 'extra' as const })),
    ...others.map((version) => ({ prompt_id: promptId, version, kind: 'content' as const })),
    ...(record === 'labels' || record === 'history' ? [{ prompt_id: promptId, kind: record }] : []),
  ]
  return { source, target, versions, missing, record, conflicts }
}

interface Written {
  readonly copied: number
  readonly isRecordCopied: boolean
  /** False if one of the storages has changed meanwhile, and the rest is to be planned again. */
  readonly isComplete: boolean
}

/** The versions in parts, each a transaction; the last one brings the record, whose labels name them. */
async function writeAll(
  work: CopyWork,
  promptId: string,
  { source, target, missing, record }: PromptPlan,
  written: Set<string>,
): Promise<Written> {
  const parts = missing.length === 0 ? [[]] : partsOf(missing, PART_VERSIONS)
  if (missing.length === 0 && record === 'same')
    return { copied: 0, isRecordCopied: false, isComplete: true }
  await announcePrompt(work.state, promptId, target)
  let copied = 0
  for (const [at, part] of parts.entries()) {
    await work.pace.take(part.length)
    const documents = await work.from.documents(promptId, part)
    if (documents.length < part.length) return { copied, isRecordCopied: false, isComplete: false }
    const transactions = transactionsOf(documents)
    for (const [number, save] of transactions.entries()) {
      const isLast = at === parts.length - 1 && number === transactions.length - 1
      const change = { save, record: isLast && record === 'write' ? source : undefined }
      await announceChange(work.state, promptId, change)
      if (change.record !== undefined) written.add(recordDigest(change.record))
      if (!(await commit(work.to, promptId, target, change)))
        return { copied, isRecordCopied: false, isComplete: false }
      copied += save.length
      work.progress.add(save.length)
    }
  }
  return { copied, isRecordCopied: record === 'write', isComplete: true }
}

interface Change {
  readonly save: readonly CopiedVersion[]
  readonly record: CopiedRecord | undefined
}

/** False if the target has changed meanwhile. */
async function commit(
  to: VersionCopies,
  promptId: string,
  target: PromptState,
  { save, record }: Change,
): Promise<boolean> {
  let isSame = true
  try {
    await to.change(promptId, ({ head }: PromptView) => {
      isSame = record === undefined || sameHead(head, target.head)
      if (!isSame) return { save: [] }
      return record === undefined ? { save } : { save, record }
    })
    return isSame
  } catch (error) {
    // Another run of the migration has saved one of them.
    if (isStorageError(error, 'OPT-VER-001')) return false
    throw error
  }
}

async function announcePrompt(
  state: MigrationState,
  promptId: string,
  { versions, head, history }: PromptState,
): Promise<void> {
  if (state.recorded.prompts.has(promptId)) return
  await state.append({
    kind: 'prompt',
    prompt_id: promptId,
    versions: [...versions.keys()],
    head: head ?? null,
    history,
  })
}

async function announceChange(
  state: MigrationState,
  promptId: string,
  { save, record }: Change,
): Promise<void> {
  await state.append({
    kind: 'change',
    prompt_id: promptId,
    versions: Object.fromEntries(save.map((copy) => [copy.version, digestOf(copy)])),
    ...(record === undefined ? {} : { record: recordDigest(record) }),
  })
}

/** The error of a prompt that cannot be copied. */
export function conflictError({ prompt_id: promptId, version, kind }: Difference): StorageError {
  if (kind === 'content' && version !== undefined)
    return new VersionConflictError(promptId, version, { sameContent: false })
  const what =
    version === undefined
      ? `other ${kind === 'labels' ? 'labels, tags or deprecations' : 'entries in its history'}`
      : `version ${version}, which the source does not have`
  return new StorageError(
    'OPT-LABEL-001',
    `Cannot copy prompt ${promptId}: the target has ${what}. Nothing of it was changed; roll the migration back, or copy into another storage`,
    {
      context: {
        prompt_id: promptId,
        ...(version === undefined ? {} : { version }),
        reason: 'migration',
        difference: kind,
      },
    },
  )
}

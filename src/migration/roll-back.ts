import { isDeepStrictEqual } from 'node:util'
import { documentTime } from '../base/clock.js'
import { wrongArgument } from '../base/misuse.js'
import { pathOption, rejectUnknown } from '../base/options.js'
import { sameHead } from '../versions/prompt-copy.js'
import {
  copiesOf,
  type CopiedRecord,
  type Copyable,
  type VersionCopies,
} from '../versions/version-copies.js'
import { digestOf, recordDigest, type Difference } from './compare.js'
import { isMigrating } from './known-mark.js'
import { partsOf } from './parts.js'
import { readState, StateFile, type PromptChanges, type RecordedState } from './state-file.js'

/** What is rolled back. */
export interface RollBackOptions {
  /** The target of the migration. */
  readonly to: Copyable
  /** What the migration has recorded. */
  readonly stateFile: string
}

/** What a rollback has done. */
export interface RollBackReport {
  /** Prompts that are as they were before the migration. */
  readonly prompts: number
  /** Versions that were removed. */
  readonly removed: number
  /** Prompts that were changed since the migration: nothing of them was removed. */
  readonly kept: readonly Difference[]
}

/** How many versions one transaction removes. */
const REMOVED_TOGETHER = 500

/**
 * Removes from the target of a migration exactly what the migration has added, by its state file, and puts the labels
 * and histories back that were there before. What the target had before stays. A prompt that was changed since is left as it
 * is, and reported. It can be called again after it ended early.
 *
 * @throws StorageError FS-FORMAT-001 for a file that is not the state of a migration
 */
export async function rollBack(options: RollBackOptions): Promise<RollBackReport> {
  rejectUnknown(options, ['to', 'stateFile'], 'rollBack')
  const to = copiesOf(options.to, 'to')
  const stateFile = pathOption('stateFile', options.stateFile)
  const { run } = await readState(stateFile)
  if (run === undefined)
    throw wrongArgument(
      `Option "stateFile" must be the state file of a migration; ${stateFile} does not exist, or is empty`,
    )
  const state = await StateFile.open(stateFile, run.from, run.to)
  try {
    let kept: readonly Difference[] = []
    let [prompts, removed] = [0, 0]
    for (const [promptId, changes] of state.recorded.prompts) {
      const outcome = await rollBackPrompt(to, promptId, changes)
      kept = [...kept, ...outcome.kept]
      removed += outcome.removed
      if (outcome.kept.length === 0) prompts++
    }
    await restoreKnown(to, state.recorded)
    if (kept.length === 0)
      await state.append({ kind: 'rolled_back', at: documentTime().toISOString() })
    return { prompts, removed, kept }
  } finally {
    await state.close()
  }
}

/** Unless it was changed since, such as by `clearAll`. */
async function restoreKnown(
  to: VersionCopies,
  { knownBefore: before, knownAfter: after }: RecordedState,
): Promise<void> {
  const known = await to.knownSince()
  const isWritten = isDeepStrictEqual(known ?? null, after)
  if (isMigrating(known) || isWritten) await to.setKnownSince(before ?? undefined)
}

interface Outcome {
  readonly removed: number
  readonly kept: readonly Difference[]
}

async function rollBackPrompt(
  to: VersionCopies,
  promptId: string,
  { before, saved, records }: PromptChanges,
): Promise<Outcome> {
  const record: CopiedRecord = { head: before.head ?? undefined, history: before.history }
  for (;;) {
    const target = await to.state(promptId)
    const names = [...target.versions.keys()]
    const added = names.filter(
      (version) => saved.has(version) && !before.versions.includes(version),
    )
    const own = recordDigest(target)
    const isKnown = own === recordDigest(record) || records.has(own)
    const kept = [
      ...names
        .filter((version) => !saved.has(version) && !before.versions.includes(version))
        .map((version) => ({ prompt_id: promptId, version, kind: 'extra' as const })),
      ...(await changedSince(to, promptId, added, saved)),
      ...(isKnown ? [] : [{ prompt_id: promptId, kind: 'labels' as const }]),
    ]
    if (kept.length > 0) return { removed: 0, kept }
    if (added.length === 0 && own === recordDigest(record)) return { removed: 0, kept: [] }
    if (await removeAll(to, promptId, { ...target, names }, added, record))
      return { removed: added.length, kept: [] }
  }
}

async function changedSince(
  to: VersionCopies,
  promptId: string,
  added: readonly string[],
  saved: ReadonlyMap<string, string>,
): Promise<readonly Difference[]> {
  const changed: Difference[] = []
  for (const part of partsOf(added))
    for (const copy of await to.documents(promptId, part))
      if (digestOf(copy) !== saved.get(copy.version))
        changed.push({ prompt_id: promptId, version: copy.version, kind: 'content' })
  return changed
}

/** False if the prompt has changed meanwhile. */
async function removeAll(
  to: VersionCopies,
  promptId: string,
  target: CopiedRecord & { readonly names: readonly string[] },
  added: readonly string[],
  record: CopiedRecord,
): Promise<boolean> {
  let { head } = target
  let count = target.names.length
  for (const remove of added.length === 0 ? [[]] : partsOf(added, REMOVED_TOGETHER)) {
    let isSame = true
    await to.change(promptId, (view) => {
      isSame = sameHead(view.head, head) && view.versions.length === count
      return isSame ? { save: [], record, remove } : { save: [] }
    })
    if (!isSame) return false
    head = record.head
    count -= remove.length
  }
  return true
}

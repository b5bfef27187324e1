import { isDeepStrictEqual } from 'node:util'
import { VersionConflictError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { acceptAll, type AcceptanceRules, type Candidate } from './accept-version.js'
import type { PlannedChange } from './prompt-change.js'
import type { PromptHead, PromptView } from './prompt-heads.js'
import { checkCopy, type PromptCopy } from './version-copies.js'
import type { VersionDocument } from './version-storage.js'

/**
 * The change that makes a copy; undefined if there is nothing to do.
 *
 * @throws VersionConflictError for a version that exists; TypeError for a label whose version neither exists nor is
 * saved with it
 */
export function planCopy(view: PromptView, copy: PromptCopy): PlannedChange<never> | undefined {
  checkCopy(copy)
  const { save, record, remove = [] } = copy
  if (save.length === 0 && record === undefined) return undefined
  const { promptId, versions } = view
  const taken = save.find(({ version }) => versions.includes(version))
  if (taken !== undefined) throw new VersionConflictError(promptId, taken.version)
  const labelled = Object.entries(record?.head?.labels ?? {})
  const saved = new Set(save.map(({ version }) => version))
  const kept = new Set(versions.filter((version) => !remove.includes(version)))
  const dangling = labelled.find(([, { version }]) => !saved.has(version) && !kept.has(version))
  if (dangling !== undefined)
    throw wrongArgument(
      `Label ${shown(dangling[0])} of prompt ${promptId} must name a version that is copied, got ${dangling[1].version}`,
    )
  const needed = labelled.map(([, { version }]) => version).filter((version) => kept.has(version))
  return {
    view,
    save: [],
    copies: save,
    delete: remove.filter((version) => versions.includes(version)),
    head: undefined,
    moves: [],
    requires: [...new Set(needed)],
    isDeletion: false,
    record,
  }
}

/** The documents of planned changes: copies as they are, others as the schema returns them. */
export async function acceptPlanned<Version extends VersionDocument>(
  plans: readonly PlannedChange<unknown>[],
  rules: AcceptanceRules<Version>,
): Promise<readonly Candidate<Version>[]> {
  const documents = plans.flatMap(({ save }) => save)
  const { candidates } = await acceptAll<Version>(documents, undefined, rules)
  const copied = plans
    .flatMap(({ copies = [] }) => copies)
    .map((copy) => {
      return { version: copy.document as Version, isDated: true, copied: copy }
    })
  return [...candidates, ...copied]
}

/** Whether nothing has changed a head between two readings. */
export function sameHead(one: PromptHead | undefined, other: PromptHead | undefined): boolean {
  return isDeepStrictEqual(one, other)
}

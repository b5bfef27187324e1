import { documentTime } from '../../base/clock.js'
import type { PromptChange } from '../../versions/prompt-heads.js'
import { PromptDraft } from '../../versions/registry/prompt-draft.js'
import { invalidRequest, refuse } from './langfuse-error.js'
import { labelled } from './prompt-answer.js'
import {
  isClientName,
  notFound,
  numberOf,
  type LangfusePrompts,
  type Wanted,
} from './prompt-store.js'

/** How versions are deleted. */
export interface DeleteRules {
  /** Labels that do not go with their version. */
  readonly protectedLabels: readonly string[]
  /** Who is authenticated. */
  readonly by: string | undefined
}

/**
 * Deletes a version, that of a label, or all of them, into the trash where there is one. Their labels go with them, as
 * moves of the history. A refusal with 404 where there is none.
 */
export async function deletePrompt(
  prompts: LangfusePrompts,
  name: string,
  wanted: Wanted,
  { protectedLabels, by }: DeleteRules,
): Promise<void> {
  const number = numberOf(wanted)
  if (number !== undefined && wanted.label !== undefined)
    refuse(invalidRequest('Cannot specify both version and label'))
  if (!isClientName(name)) refuse(notFound(name, wanted))
  const { numbers } = await prompts.read(name)
  const rules = { at: documentTime().toISOString(), protectedLabels: new Set(protectedLabels) }
  const count = await prompts.storage.transact([name], ([view]) => {
    if (view === undefined) return { changes: [], result: 0 }
    const one =
      number === undefined
        ? wanted.label === undefined
          ? undefined
          : (labelled(view, wanted.label) ?? '')
        : (numbers.versionOf(number) ?? '')
    const versions = view.versions.filter((version) => one === undefined || version === one)
    const draft = new PromptDraft(view, rules)
    for (const [label, { version }] of Object.entries(draft.head.labels))
      if (versions.includes(version)) draft.move(label, null, { ...MOVE, by: by ?? null })
    draft.delete(versions)
    const changes = versions.length === 0 ? [] : draft.changes()
    return { changes: changes as readonly PromptChange<never>[], result: versions.length }
  })
  if (count === 0) refuse(notFound(name, wanted))
}

const MOVE = { reason: 'Its version was deleted', expected: undefined, allowProtected: false }

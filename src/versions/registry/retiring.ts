import type { PromptHead } from '../prompt-heads.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import type { PromptDraft } from './prompt-draft.js'
import type { RetentionPlan } from './retention.js'
import { planRetention } from './retention.js'
import { checkNow, checkPolicy, type RetentionPolicy } from './retention-policy.js'
import type { VersionSummary } from './summary.js'

/** Which versions of a prompt a policy keeps, and which it removes. */
export interface PromptRetention extends RetentionPlan {
  readonly prompt_id: string
}

/** Most versions that one transaction deletes: each takes up to two operations. */
export const RETIRED_TOGETHER_MAX = 1000

/** A policy and the time that it is applied at. */
export interface Retention {
  readonly policy: RetentionPolicy
  readonly now: Date
}

/** @throws TypeError or RangeError that names the field */
export function checkRetention(policy: RetentionPolicy, now: Date): Retention {
  checkPolicy(policy)
  checkNow(now)
  // A copy: the caller may change the argument while the documents are read.
  return { policy: structuredClone(policy), now }
}

export function summaryOf(document: PromptVersion): VersionSummary {
  const score = document.analysis?.overall_score
  const { version, created_at } = document
  return { version, created_at, ...(score === undefined ? {} : { score }) }
}

/** The plan for the versions that were read; others have been saved meanwhile, or are damaged, and stay. */
export function planOf(
  promptId: string,
  documents: readonly PromptVersion[],
  head: PromptHead,
  { policy, now }: Retention,
): PromptRetention {
  const labels = Object.entries(head.labels).map(
    ([label, { version }]) => [label, version] as const,
  )
  const plan = planRetention(documents.map(summaryOf), new Map(labels), policy, now)
  return Object.freeze({ prompt_id: promptId, ...plan })
}

/**
 * Deletes what the plan does not keep, part by part, as `decide` commits each; returns the plan that was carried out.
 */
export async function retire(
  decide: (change: (draft: PromptDraft) => PromptRetention) => Promise<PromptRetention>,
  documents: readonly PromptVersion[],
  retention: Retention,
): Promise<PromptRetention> {
  const remove: { readonly version: string }[] = []
  for (;;) {
    const part = await decide((draft) => retireFrom(draft, documents, retention))
    for (const removed of part.remove) remove.push(removed)
    if (part.remove.length < RETIRED_TOGETHER_MAX) return Object.freeze({ ...part, remove })
  }
}

/** Deletes the first part of what the plan removes, and returns the plan with this part. */
function retireFrom(
  draft: PromptDraft,
  documents: readonly PromptVersion[],
  retention: Retention,
): PromptRetention {
  const known = new Set(draft.versions)
  const there = documents.filter(({ version }) => known.has(version))
  const plan = planOf(draft.promptId, there, draft.head, retention)
  const remove = plan.remove.slice(0, RETIRED_TOGETHER_MAX)
  draft.delete(remove.map(({ version }) => version))
  return { ...plan, remove }
}

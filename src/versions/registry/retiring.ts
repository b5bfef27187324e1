import { DELETED_TOGETHER_MAX } from '../prompt-change.js'
import type { PromptHead } from '../prompt-heads.js'
import type { PromptDraft } from './prompt-draft.js'
import { planRetention, type RetentionCandidate, type RetentionPlan } from './retention.js'
import { checkNow, checkPolicy, type RetentionPolicy } from './retention-policy.js'

/** Which versions of a prompt a policy keeps, and which it removes. */
export interface PromptRetention extends RetentionPlan {
  readonly prompt_id: string
}

/** A policy and the time that it is applied at. */
export interface Retention {
  readonly policy: RetentionPolicy
  readonly now: Date
}

/** @throws TypeError or RangeError that names the field */
export function checkRetention(policy: RetentionPolicy, now: Date): Retention {
  checkPolicy(policy)
  checkNow(now)
  // A copy: the caller may change the argument while the summaries are read.
  return { policy: structuredClone(policy), now }
}

/** The plan for the versions that were read; others have been saved meanwhile, or are damaged, and stay. */
export function planOf(
  promptId: string,
  summaries: readonly RetentionCandidate[],
  head: PromptHead,
  { policy, now }: Retention,
): PromptRetention {
  const labels = Object.entries(head.labels).map(
    ([label, { version }]) => [label, version] as const,
  )
  const plan = planRetention(summaries, new Map(labels), policy, now)
  return Object.freeze({ prompt_id: promptId, ...plan })
}

/**
 * Deletes what the plan does not keep, part by part, as `decide` commits each; returns the plan that was carried out.
 */
export async function retire(
  decide: (change: (draft: PromptDraft) => PromptRetention) => Promise<PromptRetention>,
  summaries: readonly RetentionCandidate[],
  retention: Retention,
): Promise<PromptRetention> {
  const remove: { readonly version: string }[] = []
  for (;;) {
    const part = await decide((draft) => retireFrom(draft, summaries, retention))
    for (const removed of part.remove) remove.push(removed)
    if (part.remove.length < DELETED_TOGETHER_MAX) return Object.freeze({ ...part, remove })
  }
}

/** Deletes the first part of what the plan removes, and returns the plan with this part. */
function retireFrom(
  draft: PromptDraft,
  summaries: readonly RetentionCandidate[],
  retention: Retention,
): PromptRetention {
  const known = new Set(draft.versions)
  const there = summaries.filter(({ version }) => known.has(version))
  const plan = planOf(draft.promptId, there, draft.head, retention)
  const remove = plan.remove.slice(0, DELETED_TOGETHER_MAX)
  draft.delete(remove.map(({ version }) => version))
  return { ...plan, remove }
}

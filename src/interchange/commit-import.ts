import { isDeepStrictEqual } from 'node:util'
import { codeOf } from '../base/values.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import type { PromptView } from '../versions/prompt-heads.js'
import { PromptDraft, type MoveRules } from '../versions/registry/prompt-draft.js'
import type { AnyStorage } from '../versions/registry/registry-options.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { measure } from '../versions/version-summaries.js'
import type { VersionItem } from './item.js'
import { reasonOf } from './item.js'
import { planImport, type ImportedItem, type ImportPlan, type LabelRules } from './plan-import.js'
import { readPrompt, type StoredPrompt } from './stored-versions.js'

export interface CommitRules extends LabelRules {
  readonly dryRun: boolean
  readonly now: () => Date
  readonly signal: AbortSignal | undefined
}

/** Most versions of one transaction, and most bytes of them: the journal's segments may be small. */
const TOGETHER_MAX = 100
const BYTES_TOGETHER_MAX = 256 * 1024

/**
 * Imports the items of one prompt. They are committed in parts, each a transaction, with labels and tags in the last
 * one: an import that ended early is continued by the next one. If another process changes the prompt meanwhile, the
 * plan is made again.
 */
export async function importPrompt(
  storage: AnyStorage,
  promptId: string,
  items: readonly VersionItem[],
  rules: CommitRules,
): Promise<readonly ImportedItem[]> {
  for (;;) {
    const stored = await readPrompt(storage, promptId)
    const plan = planImport(stored, items, rules, rules.now().toISOString())
    if (rules.dryRun) return plan.results
    try {
      if (await commitPlan(storage, stored, plan, rules)) return plan.results
    } catch (error) {
      const isNew = plan.results.some(({ outcome }) => outcome === 'created')
      if (codeOf(error) !== ARGUMENT_CODE || !isNew) throw error
      // The storage has rules of its own, such as about pre-releases.
      return plan.results.map((result) =>
        result.outcome === 'created'
          ? { ...result, outcome: 'refused', reason: reasonOf(error) }
          : result,
      )
    }
  }
}

/** False if the prompt was changed meanwhile; parts before that are stored. */
async function commitPlan(
  storage: AnyStorage,
  { promptId, names, head }: StoredPrompt,
  plan: ImportPlan,
  { now, signal }: CommitRules,
): Promise<boolean> {
  const parts = partsOf(plan.saves)
  if (parts.length === 0 && plan.labels.size + plan.tags.size > 0) parts.push([])
  const expected = new Set(names)
  for (const [at, part] of parts.entries()) {
    signal?.throwIfAborted()
    const isLast = at === parts.length - 1
    const isDone = await storage.transact([promptId], ([view]) => {
      const draft = new PromptDraft(view as PromptView, {
        at: now().toISOString(),
        protectedLabels: NONE,
      })
      const isChanged =
        draft.versions.length !== expected.size ||
        !draft.versions.every((name) => expected.has(name)) ||
        !isDeepStrictEqual(draft.head.labels, head.labels)
      if (isChanged) return { changes: [], result: false }
      for (const document of part) draft.save(document)
      if (isLast) moveLabels(draft, plan)
      return { changes: draft.changes(), result: true }
    })
    if (!isDone) return false
    for (const { version } of part) expected.add(version)
  }
  return true
}

/** The plan has no label that is protected. */
const NONE: ReadonlySet<string> = new Set()
const MOVE: MoveRules = { by: null, reason: 'import', expected: undefined, allowProtected: false }

function moveLabels(draft: PromptDraft, { labels, tags }: ImportPlan): void {
  for (const [label, version] of labels) draft.move(label, version, MOVE)
  for (const [version, added] of tags) draft.tag(version, added, [])
}

function partsOf(documents: readonly PromptVersion[]): (readonly PromptVersion[])[] {
  const parts: PromptVersion[][] = []
  let bytes = 0
  for (const document of documents) {
    const size = measure(document)
    const part = parts.at(-1)
    if (part === undefined || part.length === TOGETHER_MAX || bytes + size > BYTES_TOGETHER_MAX) {
      parts.push([document])
      bytes = size
    } else {
      part.push(document)
      bytes += size
    }
  }
  return parts
}

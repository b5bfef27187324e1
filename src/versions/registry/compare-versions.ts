import type { Prompt } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import type { DocumentDiff } from './diff.js'
import type { MergeResult } from './merge.js'
import { suggestBump, type BumpSuggestion } from './suggest-bump.js'

/** What changed between two versions of a prompt. */
export interface VersionDiff extends DocumentDiff {
  /** The two versions, where references named them. */
  readonly from: string
  readonly to: string
  /** What the change means for callers; absent if it means nothing. */
  readonly suggested?: BumpSuggestion
}

/** Compares the prompts of two versions; paths are those within the prompt. */
export async function diffVersions(from: PromptVersion, to: PromptVersion): Promise<VersionDiff> {
  // Only here: the libraries that compare take longer to load than all else.
  const { diffDocuments } = await import('./diff.js')
  const diff = await diffDocuments(from.prompt, to.prompt)
  const suggested = suggestBump(from.prompt, to.prompt)
  const names = { from: from.version, to: to.version }
  return Object.freeze({ ...names, ...diff, ...(suggested === undefined ? {} : { suggested }) })
}

/** Merges the prompts of two versions over that of their common base. */
export async function mergeVersions(
  base: PromptVersion,
  ours: PromptVersion,
  theirs: PromptVersion,
): Promise<MergeResult<Prompt>> {
  const { mergeDocuments } = await import('./merge.js')
  return await mergeDocuments(base.prompt, ours.prompt, theirs.prompt)
}

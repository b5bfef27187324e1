import { isDeepStrictEqual } from 'node:util'
import { freezeJson } from '../../document/freeze-json.js'
import type { Prompt } from '../prompts/prompt.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import type { VersionDocument } from '../version-storage.js'
import { contentOf, textsIn } from './payloads.js'
import type { DocumentDiff } from './diff.js'
import type { MergeResult } from './merge.js'
import { placeholdersOf } from './placeholders.js'
import { textsOfPrompt, type TextsOf } from './search.js'
import { suggestBump, type BumpSuggestion } from './suggest-bump.js'

/** What changed between two versions of a prompt. */
export interface VersionDiff extends DocumentDiff {
  /** The two versions, where references named them. */
  readonly from: string
  readonly to: string
  /** What the change means for callers; absent if it means nothing. */
  readonly suggested?: BumpSuggestion
}

/** What a registry knows of the contents of its documents. */
export interface Contents {
  readonly diff: (from: VersionDocument, to: VersionDocument) => Promise<VersionDiff>
  readonly merge: (
    base: VersionDocument,
    ours: VersionDocument,
    theirs: VersionDocument,
  ) => Promise<MergeResult<unknown>>
  readonly textsOf: TextsOf
}

export const PROMPTS: Contents = {
  diff: async (from, to) => await diffVersions(from as PromptVersion, to as PromptVersion),
  merge: async (base, ours, theirs) =>
    await mergeVersions(base as PromptVersion, ours as PromptVersion, theirs as PromptVersion),
  textsOf: textsOfPrompt,
}

/** Of documents of any other schema. */
export const DOCUMENTS: Contents = {
  diff: async (from, to) => {
    const { diffDocuments } = await import('./diff.js')
    const diff = await diffDocuments(contentOf(from), contentOf(to))
    return Object.freeze({ from: from.version, to: to.version, ...diff })
  },
  merge: async (...documents) => {
    const { mergeDocuments } = await import('./merge.js')
    const [base, ours, theirs] = documents
    return await mergeDocuments(contentOf(base), contentOf(ours), contentOf(theirs))
  },
  textsOf: (document) => textsIn(contentOf(document)),
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

/**
 * Merges the prompts of two versions over that of their common base. Two fields follow from others, and are never in
 * conflict: `variables` are those of the merged text where both sides changed them, `extracted_at` is the later one.
 */
export async function mergeVersions(
  base: PromptVersion,
  ours: PromptVersion,
  theirs: PromptVersion,
): Promise<MergeResult<Prompt>> {
  const { mergeDocuments } = await import('./merge.js')
  const prompts = [base.prompt, ours.prompt, theirs.prompt] as const
  const result = await mergeDocuments(
    withoutDerived(base.prompt),
    withoutDerived(ours.prompt),
    withoutDerived(theirs.prompt),
  )
  if (result.merged === undefined) return result
  return { merged: freezeJson(withDerived(result.merged, ...prompts)), conflicts: [] }
}

/** A prompt without the fields that follow from others. */
function withoutDerived(prompt: Prompt): Prompt {
  const { extracted_at: _, ...rest } = prompt
  return { ...rest, variables: [] }
}

function withDerived(merged: Prompt, base: Prompt, ours: Prompt, theirs: Prompt): Prompt {
  const times = [ours.extracted_at, theirs.extracted_at].filter((time) => time !== undefined)
  const latest = times.toSorted((left, right) => Date.parse(left) - Date.parse(right)).at(-1)
  return {
    ...merged,
    variables: variablesOf(merged, base, ours, theirs),
    ...(latest === undefined ? {} : { extracted_at: latest }),
  }
}

function variablesOf(
  merged: Prompt,
  base: Prompt,
  ours: Prompt,
  theirs: Prompt,
): readonly string[] {
  if (isDeepStrictEqual(theirs.variables, base.variables)) return ours.variables
  if (isDeepStrictEqual(ours.variables, base.variables)) return theirs.variables
  if (isDeepStrictEqual(ours.variables, theirs.variables)) return ours.variables
  return placeholdersOf(merged).map(({ name }) => name)
}

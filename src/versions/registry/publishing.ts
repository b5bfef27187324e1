import { isDeepStrictEqual } from 'node:util'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { kindOf } from '../../base/values.js'
import { freezeJson } from '../../document/freeze-json.js'
import { freezeUnfrozen } from '../../document/json.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { checkPromptVersion } from '../accept-version.js'
import type { Prompt, PromptContent } from '../prompts/prompt.js'
import { promptVersionSchema, type PromptVersion } from '../prompts/prompt-version.js'
import type { StandardSchema, VersionDocument } from '../version-storage.js'
import type { PromptDraft } from './prompt-draft.js'
import type { CheckedPublish } from './registry-options.js'
import type { Latest } from './storage-reads.js'
import { suggestBump } from './suggest-bump.js'

/**
 * What `publish` returns: the version as it is stored, and whether this call has stored it. `created` is not
 * enumerable, so that the document can be printed, compared and saved elsewhere as it is.
 */
export type Published<Version = PromptVersion> = Version & { readonly created: boolean }

/** Runs `change` on a prompt as it is now, and commits what it changes. */
export type Decide = <Result>(change: (draft: PromptDraft) => Result) => Promise<Result>

/** What a document is published into. */
export interface Publication {
  readonly decide: Decide
  readonly latest: () => Promise<Latest | undefined>
  /** Of documents that are not prompts. */
  readonly schema: StandardSchema<VersionDocument>
}

const ANY_TIME = new Date(0).toISOString()

/** Returns the frozen prompt with its defaults. @throws TypeError naming the field that does not fit */
export function checkContent(promptId: string, content: PromptContent): Prompt {
  checkPromptId(promptId)
  const given: unknown = content
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrongArgument(
      `Argument "content" must be { text } or { messages, config }, got ${kindOf(content)}`,
    )
  if (content.id !== undefined && content.id !== promptId)
    throw wrongArgument(
      `Argument "content" has the id ${shown(content.id)}, but is published as prompt ${shown(promptId)}`,
    )
  const version = freezeJson({
    version: '1.0.0',
    prompt_id: promptId,
    created_at: ANY_TIME,
    prompt: content,
  })
  checkPromptVersion(version)
  return freezeUnfrozen(promptVersionSchema.parse(version)).prompt
}

/** Publishes a prompt. @throws as `publishInto` */
export async function publishPrompt(
  { decide, latest: readLatest }: Omit<Publication, 'schema'>,
  prompt: Prompt,
  checked: CheckedPublish,
): Promise<Published> {
  for (;;) {
    const latest = await readLatest()
    const published = await decide((draft) =>
      // Another process was faster: its version is the latest now.
      draft.latest === latest?.version ? publishInto(draft, prompt, latest, checked) : undefined,
    )
    if (published !== undefined) return published
  }
}

/**
 * Adds the next version to a draft whose latest version is `latest`, or accepts that one if it has the same content.
 * @throws StorageError OPT-VER-002 for a parent that does not exist, OPT-LABEL-001 for a protected label
 */
export function publishInto(
  draft: PromptDraft,
  prompt: Prompt,
  latest: Latest | undefined,
  { bump, labels, parent, tags, metadata, rules }: CheckedPublish,
): Published {
  // Of a registry of prompts.
  const before = latest?.document as PromptVersion | undefined
  const isSame = before !== undefined && isDeepStrictEqual(freezeJson(before.prompt), prompt)
  const parentVersion = parent === undefined ? latest?.version : parent && draft.require(parent)
  const document = isSame
    ? before
    : freezeUnfrozen(
        promptVersionSchema.parse({
          version: draft.nextNumber(bump ?? bumpBetween(before?.prompt, prompt)),
          prompt_id: draft.promptId,
          created_at: draft.at,
          parent_version: parentVersion ?? null,
          metadata,
          prompt,
        }),
      )
  if (!isSame) draft.save(document)
  for (const label of labels) draft.move(label, document.version, rules)
  if (tags.length > 0) draft.tag(document.version, tags, [])
  return publishedOf(document, !isSame)
}

function bumpBetween(before: Prompt | undefined, after: Prompt): 'major' | 'minor' | 'patch' {
  return (before && suggestBump(before, after)?.bump) ?? 'patch'
}

/** A copy of the document that says whether it was stored just now. */
export function publishedOf<Version extends object>(
  document: Version,
  created: boolean,
): Published<Version> {
  const copy = Object.defineProperty({ ...document }, 'created', { value: created })
  return Object.freeze(copy) as Published<Version>
}

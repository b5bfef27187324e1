import type { JsonObject, JsonValue } from '../../document/json.js'
import { langfuseBodyOf } from '../../interchange/langfuse.js'
import { NO_HEAD, type PromptView } from '../../versions/prompt-heads.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { highestStable } from '../../versions/registry/reference.js'
import type { PromptBody } from '../../versions/registry/template.js'
import { LangfuseRefusal, refuse } from './langfuse-error.js'

/** The label that Langfuse moves to each new version: here it is computed. */
export const LATEST = 'latest'
/** The label that is read where none is named. */
export const PRODUCTION = 'production'

/** A store is one project. */
export const PROJECT_ID = 'holdfast'

/** A version with its number, and its prompt as it was at that moment. */
export interface NumberedVersion {
  readonly document: PromptVersion
  readonly number: number
  readonly view: PromptView
}

/** A version as Langfuse's API returns it. @param body the prompt, if it is not as it is stored */
export function promptAnswer(found: NumberedVersion, body?: PromptBody): JsonObject {
  const { document, number, view } = found
  const { prompt_id: name, version, prompt, metadata, created_at } = document
  const fields = langfuseBodyOf(body ?? prompt) ?? refuseForm(name)
  const labels = labelsOf(view, version)
  const { message, author } = metadata
  return {
    id: idOf(name, number),
    name,
    version: number,
    ...fields,
    config: prompt.config ?? {},
    labels,
    tags: tagsOf(view, version),
    commitMessage: typeof message === 'string' ? message : null,
    isActive: labels.includes(PRODUCTION),
    createdAt: created_at,
    updatedAt: updatedAt(view, document),
    createdBy: typeof author === 'string' ? author : 'API',
    projectId: PROJECT_ID,
  }
}

/** The opaque id of a version. */
export function idOf(name: string, number: number): string {
  return `${name}:${number}`
}

/** The labels of a version, with `latest`, sorted. */
export function labelsOf(view: PromptView, version: string): string[] {
  const { labels } = view.head ?? NO_HEAD
  const own = Object.entries(labels).filter(([, state]) => state.version === version)
  const names = own.map(([label]) => label)
  return (version === latestOf(view) ? [...names, LATEST] : names).sort()
}

/** The tags of a version, sorted. */
export function tagsOf({ head = NO_HEAD }: PromptView, version: string): string[] {
  return Object.hasOwn(head.tags, version) ? [...(head.tags[version] ?? [])] : []
}

/** The version that the label `latest` names. */
export function latestOf({ versions }: PromptView): string | undefined {
  return highestStable(versions) ?? versions.at(-1)
}

/** The version that a label names. */
export function labelled(view: PromptView, label: string): string | undefined {
  if (label === LATEST) return latestOf(view)
  const { labels } = view.head ?? NO_HEAD
  return Object.hasOwn(labels, label) ? labels[label]?.version : undefined
}

/** When it was made, or got the last of its labels. */
export function updatedAt(
  { head = NO_HEAD }: PromptView,
  { version, created_at }: PromptVersion,
): string {
  const moved = Object.values(head.labels).filter((state) => state.version === version)
  return [created_at, ...moved.map(({ at }) => at)].toSorted(byTime).at(-1) ?? created_at
}

function byTime(left: string, right: string): number {
  return Date.parse(left) - Date.parse(right)
}

function refuseForm(name: string): Readonly<Record<string, JsonValue>> {
  return refuse(
    new LangfuseRefusal(
      409,
      'LangfuseConflictError',
      `A message of prompt '${name}' has more than a role and a text, which this API cannot hold`,
    ),
  )
}

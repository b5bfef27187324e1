import { isDeepStrictEqual } from 'node:util'
import { wrongArgument } from '../../base/misuse.js'
import { kindOf } from '../../base/values.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject } from '../../document/json.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { shaped } from '../accept-version.js'
import type { Prompt, PromptContent } from '../prompts/prompt.js'
import { promptVersionSchema, type PromptVersion } from '../prompts/prompt-version.js'
import { offersSchema, type StandardSchema, type VersionDocument } from '../version-storage.js'

/** The fields of a document that the registry writes; everything else is its content. */
export type RecordedField = 'prompt_id' | 'version' | 'created_at' | 'parent_version' | 'metadata'

const RECORDED: readonly RecordedField[] = [
  'prompt_id',
  'version',
  'created_at',
  'parent_version',
  'metadata',
]

type IfPrompts<Version, Prompts, Others> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? Prompts
    : Others
  : Others

type WithoutRecorded<Document> = Document extends unknown ? Omit<Document, RecordedField> : never

/** What is published: of prompts a text or messages, of other documents everything but the recorded fields. */
export type ContentOf<Version, Input = Version> = IfPrompts<
  Version,
  PromptContent,
  WithoutRecorded<Input>
>

/** What is merged: of prompts the prompt, of other documents everything but the recorded fields. */
export type MergedOf<Version> = IfPrompts<Version, Prompt, WithoutRecorded<Version>>

/** The recorded fields of a document to be published. */
export interface RecordedFields {
  readonly version: string
  readonly prompt_id: string
  readonly created_at: string
  readonly parent_version: string | null
  readonly metadata: JsonObject
}

/** The schema of documents that are not prompts; undefined for a storage of prompts. */
export function payloadSchemaOf(storage: object): StandardSchema<VersionDocument> | undefined {
  if (!offersSchema(storage)) return undefined
  const { schema } = storage
  return schema === (promptVersionSchema as unknown) ? undefined : schema
}

/** Returns a frozen copy. @throws TypeError for anything but an object without the recorded fields */
export function checkPayload(promptId: string, content: unknown): JsonObject {
  checkPromptId(promptId)
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw wrongArgument(`Argument "content" must be an object, got ${kindOf(content)}`)
  const taken = RECORDED.find((field) => Object.hasOwn(content, field))
  if (taken !== undefined)
    throw wrongArgument(
      `Argument "content" must not have the field "${taken}": the registry writes ${RECORDED.join(', ')}`,
    )
  return freezeJson(content as JsonObject, 'content')
}

/** A document to be published. */
export interface Made {
  readonly fields: RecordedFields
  /** As it is given to the storage. */
  readonly input: VersionDocument
  /** As the schema returns it, frozen. */
  readonly document: VersionDocument
}

/** @throws TypeError naming the field that does not fit the schema */
export async function makeDocument(
  fields: RecordedFields,
  payload: JsonObject,
  schema: StandardSchema<VersionDocument>,
): Promise<Made> {
  const input = freezeJson({ ...fields, ...payload }) as VersionDocument
  return { fields, input, document: await shaped(input, schema) }
}

export function hasSameContent(left: VersionDocument, right: VersionDocument): boolean {
  return isDeepStrictEqual(contentOf(left), contentOf(right))
}

/** A document without the recorded fields. */
export function contentOf(document: VersionDocument): JsonObject {
  const entries = Object.entries(freezeJson(document)).filter(
    ([field]) => !RECORDED.some((recorded) => recorded === field),
  )
  return Object.fromEntries(entries) as JsonObject
}

/** Every text in a document's content, in the order of its fields. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((part: unknown) => textsIn(part))
}

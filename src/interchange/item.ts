import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isError } from '../base/values.js'
import type { JsonObject } from '../document/json.js'
import type { PromptContent } from '../versions/prompts/prompt.js'
import type { PromptVersionInput } from '../versions/prompts/prompt-version.js'

/** One version of a prompt, as a file of another format holds it. */
export interface VersionItem {
  readonly kind: 'version'
  readonly promptId: string
  /** Where it was found: a file, with the line if it holds several, or a commit and a file. */
  readonly place: string
  readonly draft: VersionDraft
  /** Its number, where the format has one. Otherwise the import chooses the next one. */
  readonly version?: string
  /** The number that it gets if it is higher than that of the version before it. */
  readonly wanted?: string
  readonly labels: readonly string[]
  readonly tags: readonly string[]
}

/** The fields of the document; those that are missing get their default. */
export type VersionDraft = Partial<
  Omit<PromptVersionInput, 'prompt_id' | 'version' | 'prompt' | 'metadata'>
> & {
  readonly prompt: PromptContent
  readonly metadata?: JsonObject
}

/** Something that is not imported: 'skipped' where nothing is lost, 'refused' where it should have been a version. */
export interface OtherItem {
  readonly kind: 'skipped' | 'refused'
  readonly place: string
  readonly reason: string
}

export type Item = VersionItem | OtherItem

/** What the text of a file is, before anything is known about the file. */
export type Parsed =
  | { readonly kind: 'prompt'; readonly prompt: PromptContent }
  | { readonly kind: 'record'; readonly record: JsonObject }
  | Fault

/** Why a text is not a prompt; `line` counts from 1. */
export interface Fault {
  readonly kind: 'skipped' | 'refused'
  readonly reason: string
  readonly line?: number
}

export const EMPTY: Fault = Object.freeze({ kind: 'skipped', reason: 'it has no text' })

export function refused(reason: string, line?: number): Fault {
  return { kind: 'refused', reason, ...(line === undefined ? {} : { line }) }
}

/** `prompts.json:12`. */
export function placeOf(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`
}

export function otherItem(file: string, { kind, reason, line }: Fault): OtherItem {
  return { kind, place: placeOf(file, line), reason }
}

/** Whether a text counts as none: prompts are not blank. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a check said that refused a value. Any other error is thrown again. */
export function reasonOf(error: unknown): string {
  if (!isError(error) || codeOf(error) !== ARGUMENT_CODE) throw error
  return error.message
}

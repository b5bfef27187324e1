import type { FileStorage } from '../../src/files/file-storage.js'
import type { FileSystemStorage } from '../../src/versions/file-system/file-system-storage.js'

export interface KeptStore {
  readonly options: object
  readonly kill?: boolean
}

export interface VersionFacts {
  readonly documents: readonly { readonly prompt_id: string; readonly version: string }[]
  readonly trash?: readonly { readonly prompt_id: string; readonly version: string }[]
  readonly missing?: readonly string[]
  /** By prompt id. */
  readonly prompts?: PromptFacts
}

export type PromptFacts = Readonly<
  Record<string, { readonly head: object; readonly moves: object[]; readonly summaries: object[] }>
>

export interface FileFacts {
  readonly files: Readonly<Record<string, object>>
  /** By key, newest first. */
  readonly versions?: Readonly<Record<string, readonly { readonly version: string }[]>>
}

export const STORES: Readonly<Record<string, KeptStore>>
export function versionFactsOf(
  storage: FileStorage,
  keys: readonly string[],
): Promise<NonNullable<FileFacts['versions']>>
export function factsOf(storage: FileStorage, keys: readonly string[]): Promise<FileFacts>
export function promptFactsOf(
  storage: FileSystemStorage,
  ids: readonly string[],
): Promise<PromptFacts>

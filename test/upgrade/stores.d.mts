import type { FileStorage } from '../../src/files/file-storage.js'

export interface KeptStore {
  readonly options: object
  readonly kill?: boolean
}

export interface VersionFacts {
  readonly documents: readonly { readonly prompt_id: string; readonly version: string }[]
  readonly trash?: readonly { readonly prompt_id: string; readonly version: string }[]
  readonly missing?: readonly string[]
}

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

import type { PromptVersion, PromptVersionInput } from './prompts/prompt-version.js'
import { booleanOption, integerOption, oneOf, rejectUnknown } from '../base/options.js'
import { isRecordId } from '../document/prompt-id.js'
import { supports } from './supports.js'

/** The fields of every stored document: together they name it. */
export interface VersionDocument {
  readonly prompt_id: string
  /** `MAJOR.MINOR.PATCH`. */
  readonly version: string
}

/** Which part of a list, and from which end. */
export interface ListOptions {
  /** At most this many; all of them by default, none for 0. */
  readonly limit?: number
  /** How many to skip at the start, in the given order; 0 by default. */
  readonly offset?: number
  /** By semantic precedence, so 1.10.0 comes after 1.9.0; 'ascending' by default. 'asc' and 'desc' are short forms. */
  readonly order?: 'ascending' | 'descending' | 'asc' | 'desc'
}

/** How a save treats a version that exists. */
export interface SaveOptions {
  /**
   * For a version that exists with the same content: 'refuse' (the default) rejects with VersionConflictError, as for
   * any other content; 'accept' treats it as saved. Retry a save whose outcome is unknown, such as after
   * FS-TIMEOUT-001, with 'accept'.
   *
   * The content is the document as the schema returns it, in any order of its fields. `created_at` counts if the caller
   * gave it, but not if the schema filled it in.
   */
  readonly ifSame?: 'refuse' | 'accept'
}

/**
 * Keeps immutable versions of documents. The six methods are frozen: they change with a major version only; further
 * abilities of a storage are in the interfaces beside this one.
 *
 * Returned documents are deep-frozen and shared: a second read returns the same object as long as it is in memory.
 * Every method rejects with a TypeError for a prompt id or version that cannot exist, in every state, and with a
 * StorageError for operations that failed.
 */
export interface VersionStorage<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /**
   * Stores a frozen copy. When the promise resolves, the version is kept as the storage promises; later changes to the
   * argument have no effect.
   *
   * @throws VersionConflictError when the prompt has this version already; the stored document stays as it is, and
   * `sameContent` says whether it is the same
   * @throws TypeError naming the field that does not fit the schema
   */
  saveVersion(version: Input, options?: SaveOptions): Promise<void>
  /** `undefined` when it does not exist. @throws StorageError FS-LOAD-001, FS-LOAD-002 for a damaged one */
  getVersion(promptId: string, version: string): Promise<Version | undefined>
  /** All versions of a prompt, by precedence, without a cap. Damaged ones are left out and announced as events. */
  listVersions(promptId: string, options?: ListOptions): Promise<readonly Version[]>
  /** The highest by precedence, in whatever order they were saved. @throws StorageError when this one is damaged */
  getLatestVersion(promptId: string): Promise<Version | undefined>
  /** False when it did not exist. */
  deleteVersion(promptId: string, version: string): Promise<boolean>
  /** Removes every version of every prompt, and what is kept beside them. This cannot be undone. */
  clearAll(): Promise<void>
}

/** A storage that can list its prompts. */
export interface PromptEnumerable {
  /** The ids of all prompts that have a version, sorted by code unit. */
  listPromptIds(options?: ListIdsOptions): Promise<readonly string[]>
}

/** Which ids a list has. */
export interface ListIdsOptions {
  /**
   * Whether the records are in it that Holdfast keeps beside the prompts, such as what it knows about a workflow. Their
   * ids begin with `holdfast:`. Default false.
   */
  readonly records?: boolean
}

/** The ids of a list that are asked for. @throws TypeError for wrong options */
export function listedIds(
  options: ListIdsOptions | undefined,
): (ids: readonly string[]) => readonly string[] {
  rejectUnknown(options, ['records'], 'listPromptIds')
  if (booleanOption('records', options?.records, false)) return (ids) => ids
  return (ids) => {
    const prompts = ids.filter((id) => !isRecordId(id))
    return prompts.length === ids.length ? ids : Object.freeze(prompts)
  }
}

/** A storage that answers from names alone, without reading a document. */
export interface VersionNames {
  listVersionNames(promptId: string, options?: ListOptions): Promise<readonly string[]>
  getLatestVersionName(promptId: string): Promise<string | undefined>
}

/** A storage that saves several versions at once. */
export interface VersionBatch<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /** All or nothing. @throws as saveVersion does; names the first conflict in the given order */
  saveVersions(versions: readonly Input[], options?: SaveOptions): Promise<void>
}

/** An object that holds resources until it is closed. */
export interface Closeable {
  /** Waits for work in flight. Closing again is not an error. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A storage that runs several calls as one. */
export interface KeepsOpen {
  /**
   * Runs `work` as one call: `close` waits for all of it, and its calls to the storage that it receives are not refused
   * meanwhile. `work` must not wait for `close` itself.
   */
  keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result>
}

/** Runs `work` as one call of the storage, if the storage supports it. */
export async function keepOpenWhile<Storage extends object, Result>(
  storage: Storage,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  if (!supports(storage, 'keepOpen')) return await work(storage)
  return await (storage as Storage & KeepsOpen).keepOpenWhile(work)
}

/** Whether a storage answers from names alone. */
export function offersVersionNames(storage: object): storage is VersionNames {
  return supports(storage, 'names')
}

/** A storage that says what its documents look like. */
export interface VersionSchema<Version extends VersionDocument> {
  /** Checks documents and returns what is kept. */
  readonly schema: StandardSchema<Version>
}

/** Whether a storage says what its documents look like. */
export function offersSchema(storage: object): storage is VersionSchema<VersionDocument> {
  return supports(storage, 'schema')
}

/** Whether a storage can list its prompts. */
export function offersPromptIds(storage: object): storage is PromptEnumerable {
  return supports(storage, 'promptIds')
}

/** ListOptions with every default. */
export interface ResolvedListOptions {
  readonly limit: number
  readonly offset: number
  readonly order: 'ascending' | 'descending'
}

/** @throws TypeError, RangeError for a wrong list option */
export function resolveListOptions(
  options: ListOptions | undefined,
  where: string,
): ResolvedListOptions {
  rejectUnknown(options, ['limit', 'offset', 'order'], where)
  const count = { min: 0, max: Number.MAX_SAFE_INTEGER }
  return Object.freeze({
    limit: integerOption('limit', options?.limit, { ...count, default: Number.MAX_SAFE_INTEGER }),
    offset: integerOption('offset', options?.offset, { ...count, default: 0 }),
    order: resolveOrder(options?.order),
  })
}

/** How an order may be spelled. */
export const LIST_ORDERS = ['ascending', 'descending', 'asc', 'desc'] as const

function resolveOrder(given: ListOptions['order']): ResolvedListOptions['order'] {
  const order = oneOf('order', given, LIST_ORDERS, 'ascending')
  return order === 'asc' || order === 'ascending' ? 'ascending' : 'descending'
}

/** Returns the requested part of an ascending list, as a new frozen array. */
export function pageOf<Item>(
  ascending: readonly Item[],
  options: ResolvedListOptions,
): readonly Item[] {
  const { limit, offset, order } = options
  const size = Math.max(0, Math.min(limit, ascending.length - offset))
  if (order === 'ascending') return Object.freeze(ascending.slice(offset, offset + size))
  const end = ascending.length - offset
  return Object.freeze(ascending.slice(Math.max(0, end - size), Math.max(0, end)).reverse())
}

/**
 * The part of the Standard Schema interface, version 1, that a storage uses (https://standardschema.dev). Schemas of
 * zod, valibot, arktype and others have it; nothing needs to be installed for that.
 */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** A schema's answer: the value to keep, or what is wrong with it. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure

export interface SchemaSuccess<Output> {
  readonly value: Output
  readonly issues?: undefined
}

export interface SchemaFailure {
  readonly issues: readonly SchemaIssue[]
}

export interface SchemaIssue {
  readonly message: string
  /** The place in the value: keys from the outside in, plain or wrapped. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The input of a save if the schema does not define it: fields with a default in a PromptVersion are optional. */
export type InputOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? PromptVersionInput
    : Version
  : Version

/** `Type`, inferred from the options alone: NoInfer, for versions of TypeScript before 5.4. */
export type FromOptions<Type> = [Type][Type extends unknown ? 0 : never]

/** The input of a save with a schema of this input, which is `unknown` if the schema does not define it. */
export type GivenOf<Version, Input> = unknown extends Input ? InputOf<Version> : Input

/** The schema is required for documents other than PromptVersion. */
export type SchemaOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? unknown
    : { readonly schema: StandardSchema<Version> }
  : { readonly schema: StandardSchema<Version> }

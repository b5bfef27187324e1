import type { PromptVersion, PromptVersionInput } from './prompts/prompt-version.js'
import { integerOption, oneOf, rejectUnknown } from '../base/options.js'

/** What every stored document has: together the two fields name it. */
export interface VersionDocument {
  readonly prompt_id: string
  /** `MAJOR.MINOR.PATCH`. */
  readonly version: string
}

/** Which part of a list, and from which end. */
export interface ListOptions {
  /** At most this many; all of them by default, none for 0. */
  readonly limit?: number
  /** How many to leave out at the start, counted in the given order; 0 by default. */
  readonly offset?: number
  /** By semantic precedence, so 1.10.0 stands after 1.9.0; 'ascending' by default. 'asc' and 'desc' are short for them. */
  readonly order?: 'ascending' | 'descending' | 'asc' | 'desc'
}

/** How a save goes about a version that exists. */
export interface SaveOptions {
  /**
   * What becomes of a version that exists with the same content: 'refuse' (the default) rejects with
   * VersionConflictError, as for any other content; 'accept' takes it for saved. A save whose outcome is unknown, such
   * as after FS-TIMEOUT-001, is repeated with 'accept'.
   *
   * The content is the document as the schema gives it, whatever the order of its fields. `created_at` counts when the
   * caller gave it, and not when the schema filled it in.
   */
  readonly ifSame?: 'refuse' | 'accept'
}

/**
 * Keeps immutable versions of documents. The six methods are frozen: they change with a major version only, and what
 * else a storage can do stands in the interfaces beside this one.
 *
 * Documents given back are deep-frozen and shared: a second read gives the same object as long as it is in memory.
 * Every method rejects with a TypeError for a prompt id or version that cannot exist, whatever else is the case, and
 * with a StorageError for operations that failed.
 */
export interface VersionStorage<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /**
   * Stores a frozen copy. When the promise resolves, the version is kept as the storage promises; later changes to the
   * argument change nothing.
   *
   * @throws VersionConflictError when the prompt has this version already; what is stored stays as it is, and
   * `sameContent` tells whether it is the same document
   * @throws TypeError naming the field that does not fit the schema
   */
  saveVersion(version: Input, options?: SaveOptions): Promise<void>
  /** `undefined` when there is none. @throws StorageError FS-LOAD-001, FS-LOAD-002 for a damaged one */
  getVersion(promptId: string, version: string): Promise<Version | undefined>
  /** All versions of a prompt, by precedence, without a cap. Damaged ones are left out and announced as events. */
  listVersions(promptId: string, options?: ListOptions): Promise<readonly Version[]>
  /** The highest by precedence, whenever it was saved. @throws StorageError when exactly this one is damaged */
  getLatestVersion(promptId: string): Promise<Version | undefined>
  /** False when there was none. */
  deleteVersion(promptId: string, version: string): Promise<boolean>
  /** Removes every version of every prompt. There is no way back. */
  clearAll(): Promise<void>
}

/** A storage that knows its prompts. */
export interface PromptEnumerable {
  /** The ids of all prompts that have a version, sorted by code unit. */
  listPromptIds(): Promise<readonly string[]>
}

/** A storage that answers from names alone, without reading a document. */
export interface VersionNames {
  listVersionNames(promptId: string, options?: ListOptions): Promise<readonly string[]>
  getLatestVersionName(promptId: string): Promise<string | undefined>
}

/** A storage that saves several versions as one. */
export interface VersionBatch<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /** All or nothing. @throws as saveVersion does; the first conflict in the order given is the one named */
  saveVersions(versions: readonly Input[], options?: SaveOptions): Promise<void>
}

export interface WatchOptions {
  /** Only changes of this prompt (and resets); of all prompts by default. */
  readonly promptId?: string
  /** Ends the iteration. */
  readonly signal?: AbortSignal
}

/** A storage that tells of changes. */
export interface VersionWatch {
  /**
   * Changes from this call on, in the order in which they were committed, for one consumer. The iteration ends with
   * the signal, with `return` (a `break`), or when the storage is closed. The process stays alive while a `next` waits
   * for its change, and only then.
   */
  watch(options?: WatchOptions): VersionChanges
}

/** What `watch` returns. */
export interface VersionChanges extends AsyncIterable<VersionChange> {
  /** The next change, once there is one; done, when the iteration has ended. */
  next(): Promise<IteratorResult<VersionChange, undefined>>
  /** Ends the iteration. */
  return(): Promise<IteratorResult<VersionChange, undefined>>
  [Symbol.asyncIterator](): VersionChanges
}

/** One change of a storage. */
export interface VersionChange {
  /** 'reset': more has happened than was remembered, so everything may have changed: read again. */
  readonly kind: 'save' | 'delete' | 'reset'
  /** '' for a reset. */
  readonly prompt_id: string
  /** '' for a reset. */
  readonly version: string
  /** When it was seen here: ISO 8601, UTC, milliseconds. */
  readonly at: string
}

/** What holds on to something until it is closed. */
export interface Closeable {
  /** Waits for work in flight. Closing again is no error. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A storage that does several calls as one. */
export interface KeepsOpen {
  /**
   * Runs `work` as one call: `close` waits for all of it, and what it calls on the storage that it is handed is not
   * refused meanwhile. `work` must not wait for `close` itself.
   */
  keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result>
}

/** Runs `work` as one call of the storage, where the storage can do that. */
export async function keepOpenWhile<Storage extends object, Result>(
  storage: Storage,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  if (!('keepOpenWhile' in storage)) return await work(storage)
  return await (storage as Storage & KeepsOpen).keepOpenWhile(work)
}

/** Whether a storage answers from names alone. */
export function offersVersionNames(storage: object): storage is VersionNames {
  return 'listVersionNames' in storage && 'getLatestVersionName' in storage
}

/** Whether a storage knows its prompts. */
export function offersPromptIds(storage: object): storage is PromptEnumerable {
  return 'listPromptIds' in storage
}

/** ListOptions with nothing left open. */
export interface ResolvedListOptions {
  readonly limit: number
  readonly offset: number
  readonly order: 'ascending' | 'descending'
}

/** @throws TypeError, RangeError for anything that is no list option */
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

const ORDERS = ['ascending', 'descending', 'asc', 'desc'] as const

function resolveOrder(given: ListOptions['order']): ResolvedListOptions['order'] {
  const order = oneOf('order', given, ORDERS, 'ascending')
  return order === 'asc' || order === 'ascending' ? 'ascending' : 'descending'
}

/** The asked part of an ascending list, as a new frozen array. */
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

/** What a schema answers: the value as it is to be kept, or what is wrong with it. */
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
  /** Where in the value: keys from the outside in, plain or wrapped. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What is given to be saved where a schema does not say it: what has a default in a PromptVersion may be left out. */
export type InputOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? PromptVersionInput
    : Version
  : Version

/** `Type`, which the options alone decide: NoInfer, for versions of TypeScript before 5.4. */
export type FromOptions<Type> = [Type][Type extends unknown ? 0 : never]

/** What is given to be saved with a schema of this input, which is `unknown` where the schema does not say it. */
export type GivenOf<Version, Input> = unknown extends Input ? InputOf<Version> : Input

/** A storage of documents other than PromptVersion cannot be had without their schema. */
export type SchemaOf<Version> = [Version] extends [PromptVersion]
  ? [PromptVersion] extends [Version]
    ? unknown
    : { readonly schema: StandardSchema<Version> }
  : { readonly schema: StandardSchema<Version> }

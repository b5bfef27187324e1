import { isDeepStrictEqual } from 'node:util'
import { documentTime } from '../base/clock.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptVersionSchema, type PromptVersion } from '../document/prompt-version.js'
import { checkVersion, type VersionGrammar } from '../document/version-number.js'
import { StorageError, VersionConflictError } from '../errors.js'
import { booleanOption, functionOption, rejectUnknown, shown } from '../options.js'
import { acceptVersion, checkSchema, type AcceptanceRules } from './accept-version.js'
import { ChangeFeed } from './change-feed.js'
import { pageOf, resolveListOptions } from './list-options.js'
import type { StandardSchema } from './standard-schema.js'
import { VersionIndex } from './version-index.js'
import type * as contract from './version-storage.js'

export interface MemoryStorageOptions<
  Version extends contract.VersionDocument,
> extends VersionGrammar {
  /** What documents have to look like; the schema of PromptVersion by default. */
  readonly schema?: StandardSchema<Version>
  /** The clock of change events; the system's by default. */
  readonly now?: () => Date
}

/** All documents of a storage as one JSON value, sorted by prompt id, then by version. */
export interface VersionExport<Version extends contract.VersionDocument = PromptVersion> {
  readonly format: typeof EXPORT_FORMAT
  readonly format_version: 1
  readonly versions: readonly Version[]
}

export const EXPORT_FORMAT = 'holdfast-versions'

/** Keeps versions in memory and nowhere else: for tests, development and small, short-lived sets. */
export class MemoryStorage<Version extends contract.VersionDocument = PromptVersion>
  implements
    contract.VersionStorage<Version>,
    contract.PromptEnumerable,
    contract.VersionNames,
    contract.VersionBatch<Version>,
    contract.VersionWatch,
    contract.Closeable
{
  readonly #rules: AcceptanceRules<Version>
  readonly #now: () => Date
  readonly #index = new VersionIndex()
  readonly #documents = new Map<string, Map<string, Version>>()
  readonly #feed = new ChangeFeed()
  #closed = false

  constructor(options: MemoryStorageOptions<Version> = {}) {
    rejectUnknown(options, ['schema', 'now', 'allowPrerelease'], 'InMemoryStorage')
    if (options.schema !== undefined) checkSchema(options.schema)
    this.#rules = {
      // Without a schema, Version is its default, PromptVersion.
      schema: options.schema ?? (promptVersionSchema as unknown as StandardSchema<Version>),
      allowPrerelease: booleanOption('allowPrerelease', options.allowPrerelease, false),
    }
    this.#now = functionOption('now', options.now, documentTime)
  }

  async saveVersion(version: Version): Promise<void> {
    await this.saveVersions([version])
  }

  async saveVersions(versions: readonly Version[]): Promise<void> {
    if (!Array.isArray(versions))
      throw new TypeError(`Argument "versions" must be an array, got ${shown(versions)}`)
    const accepted = await Promise.all(
      versions.map((version) => acceptVersion<Version>(version, this.#rules)),
    )
    this.#assertOpen()
    refuseTwins(accepted)
    for (const { prompt_id: promptId, version } of accepted) {
      if (this.#index.has(promptId, version)) throw new VersionConflictError(promptId, version)
    }
    for (const version of accepted) this.#keep(version)
  }

  async getVersion(promptId: string, version: string): Promise<Version | undefined> {
    this.#check(promptId, version)
    return this.#documents.get(promptId)?.get(version)
  }

  async listVersions(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly Version[]> {
    const documents = this.#documents.get(promptId)
    return Object.freeze(
      this.#page(promptId, options).flatMap((name) => documents?.get(name) ?? []),
    )
  }

  async listVersionNames(
    promptId: string,
    options?: contract.ListOptions,
  ): Promise<readonly string[]> {
    return this.#page(promptId, options)
  }

  async getLatestVersion(promptId: string): Promise<Version | undefined> {
    const latest = this.#latest(promptId)
    return latest === undefined ? undefined : this.#documents.get(promptId)?.get(latest)
  }

  async getLatestVersionName(promptId: string): Promise<string | undefined> {
    return this.#latest(promptId)
  }

  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    this.#check(promptId, version)
    const now = this.#now()
    if (!this.#index.remove(promptId, version, now.getTime())) return false
    const documents = this.#documents.get(promptId)
    documents?.delete(version)
    if (documents?.size === 0) this.#documents.delete(promptId)
    this.#feed.publish({ kind: 'delete', prompt_id: promptId, version, at: now.toISOString() })
    return true
  }

  async clearAll(): Promise<void> {
    this.#assertOpen()
    const gone = this.#index
      .sortedIds()
      .flatMap((promptId) =>
        this.#index.versions(promptId).map((version) => ({ promptId, version })),
      )
    this.#index.clear()
    this.#documents.clear()
    const at = this.#now().toISOString()
    for (const { promptId, version } of gone) {
      this.#feed.publish({ kind: 'delete', prompt_id: promptId, version, at })
    }
  }

  async listPromptIds(): Promise<readonly string[]> {
    this.#assertOpen()
    return this.#index.sortedIds()
  }

  watch(options?: contract.WatchOptions): AsyncIterableIterator<contract.VersionChange, undefined> {
    this.#assertOpen()
    return this.#feed.watch(options)
  }

  /** Everything that is stored; `JSON.stringify` it to keep it. */
  exportData(): VersionExport<Version> {
    this.#assertOpen()
    const versions = this.#index.sortedIds().flatMap((promptId) => {
      const documents = this.#documents.get(promptId)
      return this.#index.versions(promptId).flatMap((version) => documents?.get(version) ?? [])
    })
    return Object.freeze({
      format: EXPORT_FORMAT,
      format_version: 1,
      versions: Object.freeze(versions),
    })
  }

  /**
   * Takes in what `exportData` gave, all or nothing; gives back how many versions are new. Those that are here already
   * with the same content are left as they are, so importing twice is no error.
   *
   * @throws VersionConflictError when a version is here with other content
   * @throws TypeError for what is no export or holds a document that does not fit
   */
  async importData(data: VersionExport<Version>): Promise<number> {
    checkExport(data)
    const accepted = await Promise.all(
      data.versions.map((version) => acceptVersion<Version>(version, this.#rules)),
    )
    this.#assertOpen()
    refuseTwins(accepted)
    const fresh = accepted.filter((version) => !this.#hasSame(version))
    for (const version of fresh) this.#keep(version)
    return fresh.length
  }

  close(): Promise<void> {
    this.#closed = true
    this.#feed.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(promptId: string, version: string): void {
    checkPromptId(promptId)
    checkVersion(version, this.#rules)
    this.#assertOpen()
  }

  #page(promptId: string, options: contract.ListOptions | undefined): readonly string[] {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersions')
    this.#assertOpen()
    return pageOf(this.#index.versions(promptId), page)
  }

  #latest(promptId: string): string | undefined {
    checkPromptId(promptId)
    this.#assertOpen()
    return this.#index.latest(promptId)
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageError('FS-CLOSED-001', 'The storage is closed')
  }

  #keep(document: Version): void {
    const { prompt_id: promptId, version } = document
    const now = this.#now()
    const documents = this.#documents.get(promptId) ?? new Map<string, Version>()
    documents.set(version, document)
    this.#documents.set(promptId, documents)
    this.#index.add(promptId, version, now.getTime())
    this.#feed.publish({ kind: 'save', prompt_id: promptId, version, at: now.toISOString() })
  }

  #hasSame(document: Version): boolean {
    const stored = this.#documents.get(document.prompt_id)?.get(document.version)
    if (stored === undefined) return false
    if (!isDeepStrictEqual(stored, document))
      throw new VersionConflictError(document.prompt_id, document.version)
    return true
  }
}

/** @throws VersionConflictError when one list has the same version of the same prompt twice */
export function refuseTwins(versions: readonly contract.VersionDocument[]): void {
  const seen = new Set<string>()
  for (const { prompt_id: promptId, version } of versions) {
    // A version has no blank, so this pair is one of a kind.
    const name = `${version} ${promptId}`
    if (seen.has(name)) throw new VersionConflictError(promptId, version)
    seen.add(name)
  }
}

function checkExport(given: unknown): void {
  const fits =
    typeof given === 'object' &&
    given !== null &&
    Reflect.get(given, 'format') === EXPORT_FORMAT &&
    Reflect.get(given, 'format_version') === 1 &&
    Array.isArray(Reflect.get(given, 'versions'))
  if (!fits)
    throw new TypeError(`Argument "data" must be what exportData gives, got ${shown(given)}`)
}

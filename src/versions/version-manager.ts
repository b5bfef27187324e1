import { codeOf } from '../base/values.js'
import { documentTime } from '../base/clock.js'
import { freezeJson, type JsonObject } from '../document/json.js'
import type { OptimizationResult } from '../document/optimization-result.js'
import type { PromptAnalysis } from '../document/prompt-analysis.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptVersionSchema, type Prompt, type PromptVersion } from '../document/prompt-version.js'
import { BUMPS, checkVersion, nextVersion, type Bump } from '../document/version-number.js'
import { StorageError } from '../errors.js'
import { functionOption, oneOf, rejectUnknown, shown } from '../options.js'
import { acceptVersion } from './accept-version.js'
import { bumpFor } from './bump.js'
import { compareDocuments, type VersionComparison } from './compare-versions.js'
import { KeyedQueue } from '../engine/keyed-queue.js'
import { resolveListOptions } from './list-options.js'
import { offersVersionNames, type ListOptions, type VersionStorage } from './version-storage.js'

/** How often a new version tries for a number when other processes are faster, before it gives up. */
export const CREATE_ATTEMPTS_MAX = 100

export interface VersionManagerOptions {
  /** Where versions are kept; any storage will do. */
  readonly storage: VersionStorage
  /** The clock for `created_at`; the system's by default. */
  readonly now?: () => Date
}

/** What a new version is made of. Its prompt id is that of the prompt. */
export interface NewVersion {
  readonly prompt: Prompt
  /** null by default. */
  readonly analysis?: PromptAnalysis | null
  /** null by default. */
  readonly optimizationResult?: OptimizationResult | null
  /** What it was made from; the latest version by default, null for nothing. Not checked to exist. */
  readonly parentVersion?: string | null
  /**
   * Which number is raised. By default the result decides: an improvement of 15 points or more is major, of 5 or more
   * minor, everything else a patch. A prompt's first version is 1.0.0 whatever is asked for.
   */
  readonly bump?: Bump
  /**
   * The version that must still be the latest, null for none: for callers who decided on the ground of it. When it is
   * not, nothing is saved, and no other number is tried. By default any will do.
   */
  readonly expectedLatest?: string | null
  /** Added to, and stronger than, `author` ('baseline', or 'optimizer' with a result) and `strategy`. */
  readonly metadata?: JsonObject
}

/** Numbers, compares and takes back versions of prompts, over any storage. */
export class VersionManager {
  readonly #storage: VersionStorage
  readonly #now: () => Date

  /** @throws TypeError for wrong options */
  constructor(options: VersionManagerOptions) {
    rejectUnknown(options, ['storage', 'now'], 'VersionManager')
    const storage: unknown = options?.storage
    if (typeof storage !== 'object' || storage === null || !('saveVersion' in storage))
      throw new TypeError(`Option "storage" must be a VersionStorage, got ${shown(storage)}`)
    this.#storage = options.storage
    this.#now = functionOption('now', options.now, documentTime)
  }

  /**
   * Saves the next version of a prompt and gives back what is stored. When another process takes the number first, the
   * next one is tried.
   *
   * @throws TypeError for arguments that do not fit; VersionConflictError after 100 lost races; StorageError
   * OPT-VER-001 when `expectedLatest` is not the latest any more; else as saveVersion does
   */
  async createVersion(given: NewVersion): Promise<PromptVersion> {
    const { prompt, analysis, parentVersion, bump, expectedLatest, metadata, ...rest } =
      checkNewVersion(given)
    const result = rest.optimizationResult ?? null
    const numbering = { bump: bump ?? bumpFor(result), expectedLatest }
    return await this.#append(prompt.id, numbering, (latest) => ({
      parent_version: parentVersion === undefined ? (latest ?? null) : parentVersion,
      metadata: {
        author: result === null ? 'baseline' : 'optimizer',
        strategy: result?.strategy ?? null,
        ...metadata,
      },
      prompt,
      analysis: analysis ?? null,
      optimization_result: result,
    }))
  }

  /** `undefined` when there is none. */
  async getVersion(promptId: string, version: string): Promise<PromptVersion | undefined> {
    return await this.#storage.getVersion(promptId, version)
  }

  /** The highest version by precedence; `undefined` when there is none. */
  async getLatestVersion(promptId: string): Promise<PromptVersion | undefined> {
    return await this.#storage.getLatestVersion(promptId)
  }

  /** All versions, ascending by precedence. */
  async listVersions(promptId: string, options?: ListOptions): Promise<readonly PromptVersion[]> {
    return await this.#storage.listVersions(promptId, options)
  }

  /** What happened to a prompt, the newest version first unless `order` says otherwise. */
  async getVersionHistory(
    promptId: string,
    options?: ListOptions,
  ): Promise<readonly PromptVersion[]> {
    const page = resolveListOptions(options, 'getVersionHistory')
    return await this.#storage.listVersions(promptId, {
      ...page,
      order: options?.order ?? 'descending',
    })
  }

  /** @throws StorageError OPT-VER-002 when one of the two does not exist */
  async compareVersions(
    promptId: string,
    version1: string,
    version2: string,
  ): Promise<VersionComparison> {
    const documents = await Promise.all([
      this.#require(promptId, version1),
      this.#require(promptId, version2),
    ])
    return compareDocuments(...documents)
  }

  /**
   * Makes an old version's prompt and analysis the newest again, as a new patch version: nothing is taken away. Its
   * metadata says so: `author` 'rollback', `rollback_from`, `rollback_to`.
   *
   * @throws StorageError OPT-VER-002 when the target does not exist
   */
  async rollback(promptId: string, target: string): Promise<PromptVersion> {
    const { prompt, analysis } = await this.#require(promptId, target)
    return await this.#append(promptId, { bump: 'patch' }, (latest) => ({
      parent_version: latest ?? null,
      metadata: {
        author: 'rollback',
        strategy: null,
        rollback_from: latest ?? null,
        rollback_to: target,
      },
      prompt,
      analysis,
      optimization_result: null,
    }))
  }

  /** The version with the highest overall score, the lowest number among equals; those without analysis have none. */
  async getBestVersion(promptId: string): Promise<PromptVersion | undefined> {
    let best: PromptVersion | undefined
    for (const version of await this.#storage.listVersions(promptId)) {
      if (scoreOf(version) > scoreOf(best)) best = version
    }
    return best
  }

  /** False when there was none. */
  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    return await this.#storage.deleteVersion(promptId, version)
  }

  /** Removes every version of every prompt. */
  async clearAll(): Promise<void> {
    await this.#storage.clearAll()
  }

  /**
   * One at a time for each prompt, whatever number of managers share the storage: all would go for the same number, and
   * only one could have it. A version that fails leaves no gap and is nobody's parent.
   */
  async #append(
    promptId: string,
    numbering: Numbering,
    draft: (latest: string | undefined) => Draft,
  ): Promise<PromptVersion> {
    checkPromptId(promptId, 'prompt.id')
    return await queueOf(this.#storage).run(
      promptId,
      async () => await this.#appendNow(promptId, numbering, draft),
    )
  }

  async #appendNow(
    promptId: string,
    numbering: Numbering,
    draft: (latest: string | undefined) => Draft,
  ): Promise<PromptVersion> {
    for (let attempt = 1; ; attempt++) {
      const latest = await this.#latestName(promptId)
      checkExpected(promptId, latest, numbering.expectedLatest)
      const version = nextVersion(latest, numbering.bump)
      const created_at = this.#now().toISOString()
      const given = { version, prompt_id: promptId, created_at, ...draft(latest) }
      // What is given back is what is stored, and no read can fail after the save has succeeded.
      const document = await acceptVersion(given, RULES)
      try {
        await this.#storage.saveVersion(document)
        return document
      } catch (error) {
        if (codeOf(error) !== 'OPT-VER-001' || attempt === CREATE_ATTEMPTS_MAX) throw error
      }
    }
  }

  async #latestName(promptId: string): Promise<string | undefined> {
    if (offersVersionNames(this.#storage)) return await this.#storage.getLatestVersionName(promptId)
    return (await this.#storage.getLatestVersion(promptId))?.version
  }

  async #require(promptId: string, version: string): Promise<PromptVersion> {
    const found = await this.#storage.getVersion(promptId, version)
    if (found !== undefined) return found
    throw new StorageError(
      'OPT-VER-002',
      `Version ${version} does not exist for prompt ${promptId}`,
      {
        context: { prompt_id: promptId, version },
      },
    )
  }
}

/** A pre-release in the storage is none of the manager's business; the storage knows whether it takes them. */
const RULES = { schema: promptVersionSchema, allowPrerelease: true }

/** A version before it has a number. */
type Draft = Omit<PromptVersion, 'version' | 'prompt_id' | 'created_at'>

/** How a version gets its number. */
interface Numbering {
  readonly bump: Bump
  readonly expectedLatest?: string | null | undefined
}

const NEW_VERSION_FIELDS = [
  'prompt',
  'analysis',
  'optimizationResult',
  'parentVersion',
  'bump',
  'expectedLatest',
  'metadata',
]

function checkNewVersion(given: NewVersion): NewVersion {
  rejectUnknown(given, NEW_VERSION_FIELDS, 'createVersion')
  const prompt: unknown = given?.prompt
  if (typeof prompt !== 'object' || prompt === null)
    throw new TypeError(`Option "prompt" must be a prompt, got ${shown(prompt)}`)
  if (given.bump !== undefined) oneOf('bump', given.bump, BUMPS, 'patch')
  const parent = given.parentVersion
  if (parent !== undefined && parent !== null)
    checkVersion(parent, { allowPrerelease: true }, 'parentVersion')
  const { expectedLatest } = given
  if (expectedLatest !== undefined && expectedLatest !== null)
    checkVersion(expectedLatest, { allowPrerelease: true }, 'expectedLatest')
  // A copy: the caller may go on with the argument while we wait for our turn.
  return freezeJson(given)
}

function checkExpected(
  promptId: string,
  latest: string | undefined,
  expected: string | null | undefined,
): void {
  if (expected === undefined || (latest ?? null) === expected) return
  throw new StorageError(
    'OPT-VER-001',
    `The latest version of prompt ${promptId} is ${latest ?? 'none'}, expected ${expected ?? 'none'}`,
    { context: { prompt_id: promptId, latest: latest ?? null, expected } },
  )
}

function scoreOf(version: PromptVersion | undefined): number {
  return version?.analysis?.overall_score ?? -1
}

const queues = new WeakMap<object, KeyedQueue>()

function queueOf(storage: object): KeyedQueue {
  const known = queues.get(storage)
  if (known !== undefined) return known
  const queue = new KeyedQueue()
  queues.set(storage, queue)
  return queue
}

import { wrongArgument } from '../../base/misuse.js'
import { documentTime } from '../../base/clock.js'
import { checkPromptId } from '../../document/prompt-id.js'
import type {
  PromptVersion,
  OptimizationChange,
  PromptAnalysis,
  OptimizationResult,
} from './prompt-version.js'
import { wholeText, type Prompt } from './prompt.js'
import type { Bump } from '../../document/version-number.js'
import { StorageError } from '../../base/errors.js'
import { functionOption, rejectUnknown, shown } from '../../base/options.js'
import { checkPromptVersion } from '../accept-version.js'
import { queueOf } from '../../base/keyed-queue.js'
import {
  resolveListOptions,
  keepOpenWhile,
  type ListOptions,
  type VersionStorage,
} from '../version-storage.js'
import { appendVersion, deleteVersion, type Draft, type Numbering } from './append-version.js'
import { checkNewVersion, type NewVersion } from './new-version.js'
import { compareTexts, type TextDifference } from './text-difference.js'

export interface VersionManagerOptions {
  /** Any storage of versions. */
  readonly storage: VersionStorage
  /** The clock for `created_at`; the system's by default. */
  readonly now?: () => Date
}

/** Numbers, compares and rolls back versions of prompts, over any storage. */
export class VersionManager {
  readonly #storage: VersionStorage
  readonly #now: () => Date

  /** @throws TypeError for wrong options */
  constructor(options: VersionManagerOptions) {
    rejectUnknown(options, ['storage', 'now'], 'VersionManager')
    const storage: unknown = options?.storage
    if (typeof storage !== 'object' || storage === null || !('saveVersion' in storage))
      throw wrongArgument(`Option "storage" must be a VersionStorage, got ${shown(storage)}`)
    this.#storage = options.storage
    this.#now = functionOption('now', options.now, documentTime)
  }

  /**
   * Saves the next version of a prompt and returns the stored document. If another process takes the number first, the
   * next one is tried.
   *
   * @throws TypeError for arguments that do not fit; VersionConflictError after 100 lost races; StorageError
   * OPT-VER-001 when `expectedLatest` is no longer the latest; otherwise as saveVersion does
   */
  async createVersion(given: NewVersion): Promise<PromptVersion> {
    const { prompt, analysis, parentVersion, bump, expectedLatest, ifSame, metadata, ...rest } =
      checkNewVersion(given)
    const result = rest.optimizationResult ?? null
    const numbering = {
      bump: bump ?? bumpFor(result),
      expectedLatest,
      acceptsSame: ifSame === 'accept',
      hasParent: parentVersion !== undefined,
    }
    const draft = (latest: string | undefined): Draft => ({
      parent_version: parentVersion === undefined ? (latest ?? null) : parentVersion,
      metadata: {
        author: result === null ? 'baseline' : 'optimizer',
        strategy: result?.strategy ?? null,
        ...metadata,
      },
      // The schema fills in missing fields.
      prompt: prompt as Prompt,
      analysis: analysis ?? null,
      optimization_result: result,
    })
    // At once, in the caller's own turn: inside the queue, the stack would not show the caller's frames.
    checkPromptId(prompt.id, 'prompt.id')
    checkPromptVersion({
      version: '1.0.0',
      prompt_id: prompt.id,
      created_at: ANY_TIME,
      ...draft(undefined),
    })
    return await this.#append(prompt.id, numbering, draft)
  }

  /** `undefined` when it does not exist. */
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

  /** The history of a prompt, the newest version first unless `order` says otherwise. */
  async getVersionHistory(
    promptId: string,
    options?: ListOptions,
  ): Promise<readonly PromptVersion[]> {
    const page = resolveListOptions(options, 'getVersionHistory')
    return await this.#storage.listVersions(promptId, {
      ...page,
      order: options?.order === undefined ? 'descending' : page.order,
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
   * Saves an old version's prompt and analysis again, as a new patch version: nothing is removed. Its metadata says so:
   * `author` 'rollback', `rollback_from`, `rollback_to`.
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

  /** The version with the highest overall score, the lowest number among equals. Without analysis there is no score. */
  async getBestVersion(promptId: string): Promise<PromptVersion | undefined> {
    let best: PromptVersion | undefined
    for (const version of await this.#storage.listVersions(promptId)) {
      if (scoreOf(version) > scoreOf(best)) best = version
    }
    return best
  }

  /**
   * False when it did not exist. In a storage with transactions, its number is not given again.
   * @throws StorageError OPT-LABEL-001 for a version with a label
   */
  async deleteVersion(promptId: string, version: string): Promise<boolean> {
    return await deleteVersion(this.#storage, promptId, version)
  }

  /** Removes every version of every prompt. */
  async clearAll(): Promise<void> {
    await this.#storage.clearAll()
  }

  /**
   * One at a time for each prompt, over all managers of the storage: all would try the same number, and only one could
   * get it. A version that fails leaves no gap and is not a parent of any other.
   */
  async #append(
    promptId: string,
    numbering: Numbering,
    draft: (latest: string | undefined) => Draft,
  ): Promise<PromptVersion> {
    checkPromptId(promptId, 'prompt.id')
    return await keepOpenWhile(
      this.#storage,
      async (storage) =>
        await queueOf(this.#storage).run(
          promptId,
          async () =>
            await appendVersion(storage, { promptId, ...numbering, now: this.#now }, draft),
        ),
    )
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

const ANY_TIME = new Date(0).toISOString()

function scoreOf(version: PromptVersion | undefined): number {
  return version?.analysis?.overall_score ?? -1
}

/** The scores of one side of a comparison. */
interface AnalysisSummary {
  readonly overall_score: number
  readonly clarity_score: number
  readonly efficiency_score: number
  readonly issues_count: number
}

/** The differences between two versions. */
interface VersionComparison {
  readonly prompt_id: string
  readonly version1: string
  readonly version2: string
  /** Overall score of version2 minus that of version1; null unless both were analysed. */
  readonly improvement: number | null
  readonly clarity_improvement: number | null
  readonly efficiency_improvement: number | null
  readonly text_diff: TextDifference
  readonly version1_analysis: AnalysisSummary | null
  readonly version2_analysis: AnalysisSummary | null
  /** The changes that made version2, as its optimization recorded them. */
  readonly changes: readonly OptimizationChange[]
}

/** Compares two versions of one prompt. */
export function compareDocuments(first: PromptVersion, second: PromptVersion): VersionComparison {
  const delta = (score: (analysis: PromptAnalysis) => number): number | null =>
    first.analysis === null || second.analysis === null
      ? null
      : score(second.analysis) - score(first.analysis)
  return Object.freeze({
    prompt_id: first.prompt_id,
    version1: first.version,
    version2: second.version,
    improvement: delta((analysis) => analysis.overall_score),
    clarity_improvement: delta((analysis) => analysis.clarity_score),
    efficiency_improvement: delta((analysis) => analysis.efficiency_score),
    text_diff: compareTexts(wholeText(first.prompt), wholeText(second.prompt)),
    version1_analysis: summarize(first.analysis),
    version2_analysis: summarize(second.analysis),
    changes: second.optimization_result?.changes ?? Object.freeze([]),
  })
}

function summarize(analysis: PromptAnalysis | null): AnalysisSummary | null {
  if (analysis === null) return null
  const { overall_score, clarity_score, efficiency_score, issues } = analysis
  return Object.freeze({
    overall_score,
    clarity_score,
    efficiency_score,
    issues_count: issues.length,
  })
}

/** A result with at least this improvement, in points of the overall score, makes a major version. */
const MAJOR_IMPROVEMENT_MIN = 15
/** A result with at least this improvement makes a minor version. */
const MINOR_IMPROVEMENT_MIN = 5

/** Which number is raised, by how much the text improved; a patch if that was not measured. */
export function bumpFor(result: OptimizationResult | null): Bump {
  const improvement = result?.improvement_score ?? 0
  if (improvement >= MAJOR_IMPROVEMENT_MIN) return 'major'
  return improvement >= MINOR_IMPROVEMENT_MIN ? 'minor' : 'patch'
}

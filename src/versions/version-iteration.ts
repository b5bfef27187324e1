import { wrongArgument } from '../base/misuse.js'
import { integerOption, oneOf, rejectUnknown, shown, stringOption } from '../base/options.js'
import { checkPromptId, isRecordId, RECORD_PREFIX } from '../document/prompt-id.js'
import { versionsInRange } from '../document/version-number.js'
import { parseReference } from './registry/reference.js'
import { LIST_ORDERS, type ListOptions, type VersionDocument } from './version-storage.js'
import { supports } from './supports.js'

/** Which documents `versions` goes through. */
export interface VersionsOptions {
  readonly promptId: string
  /**
   * Only versions in this range, such as `^1.2` or `>=1.2 <2`, or this one version; all by default. A range has
   * pre-releases only if it names one with the same three numbers.
   */
  readonly range?: string
  /** By precedence; 'ascending' by default. */
  readonly order?: ListOptions['order']
}

/** Which ids `promptIds` goes through. */
export interface PromptIdsOptions {
  /** How the ids begin. Default '': all, but for the records of Holdfast, whose ids begin with `holdfast:`. */
  readonly prefix?: string
  /** Only ids that come after this one, which does not need to exist: where an earlier iteration ended. */
  readonly after?: string
  /** At most this many; all by default. */
  readonly limit?: number
}

/** A storage whose documents and ids can be gone through with `for await`, in bounded memory. */
export interface VersionIteration<Version extends VersionDocument> {
  /**
   * The documents of a prompt. Which versions there are is decided at the first step; each document is read shortly
   * before its turn. So versions that are saved meanwhile are not among them, and those that are deleted before they are
   * read are left out, as damaged ones are.
   * @throws TypeError for wrong options, at once
   */
  versions(options: VersionsOptions): AsyncGenerator<Version, void, void>
  /**
   * The ids of the prompts that have a version at the first step, sorted by code unit.
   * @throws TypeError or RangeError for wrong options, at once
   */
  promptIds(options?: PromptIdsOptions): AsyncGenerator<string, void, void>
}

/** A storage that deletes several versions at once. */
export interface VersionRemoval {
  /**
   * Deletes versions of a prompt in one transaction, and returns those that existed, ascending by precedence.
   * @param versions 1 to 1000 of them
   * @throws StorageError OPT-LABEL-001 that names a version with a label; then none is deleted
   */
  deleteVersions(promptId: string, versions: readonly string[]): Promise<readonly string[]>
}

/** Whether a storage can be gone through with `for await`. */
export function offersIteration<Version extends VersionDocument>(
  storage: object,
): storage is VersionIteration<Version> {
  return supports(storage, 'iteration')
}

/** How many documents are held at the same time. */
const READ_TOGETHER = 64

/** What an iteration reads from. */
export interface IterationSource<Version> {
  /** All numbers, ascending by precedence. */
  readonly names: (promptId: string) => Promise<readonly string[]>
  /** The documents of these numbers; those that do not exist or are damaged are missing. */
  readonly read: (promptId: string, versions: readonly string[]) => Promise<readonly Version[]>
}

/** The iteration of `versions`. @throws TypeError for wrong options, at once */
export function iterateVersions<Version>(
  source: IterationSource<Version>,
  options: VersionsOptions,
): AsyncGenerator<Version, void, void> {
  rejectUnknown(options, ['promptId', 'range', 'order'], 'versions')
  const promptId: unknown = options?.promptId
  checkPromptId(promptId, 'promptId')
  const isIn = rangeOption(options.range)
  const isAscending = oneOf('order', options.order, LIST_ORDERS, 'ascending').startsWith('asc')
  return documents(source, promptId, (ascending) => {
    const found = isIn(ascending)
    return isAscending ? found : found.toReversed()
  })
}

async function* documents<Version>(
  { names, read }: IterationSource<Version>,
  promptId: string,
  select: (ascending: readonly string[]) => readonly string[],
): AsyncGenerator<Version, void, void> {
  const versions = select(await names(promptId))
  for (let at = 0; at < versions.length; at += READ_TOGETHER)
    yield* await read(promptId, versions.slice(at, at + READ_TOGETHER))
}

function rangeOption(given: unknown): (ascending: readonly string[]) => readonly string[] {
  if (given === undefined) return (ascending) => [...ascending]
  const reference = parseReference(given, 'range')
  if (reference.kind === 'version')
    return (ascending) => ascending.filter((version) => version === reference.version)
  if (reference.kind === 'range') return (ascending) => versionsInRange(ascending, reference.range)
  throw wrongArgument(
    `Option "range" must be a range such as ^1.2 or a version, got ${shown(given)}, which names one version: read it with the registry's get`,
  )
}

/** The iteration of `promptIds`. @throws TypeError or RangeError for wrong options, at once */
export function iteratePromptIds(
  sorted: () => Promise<readonly string[]>,
  options: PromptIdsOptions = {},
): AsyncGenerator<string, void, void> {
  rejectUnknown(options, ['prefix', 'after', 'limit'], 'promptIds')
  const prefix = stringOption('prefix', options.prefix, { default: '', empty: true })
  const { after } = options
  if (after !== undefined) checkPromptId(after, 'after')
  const rule = { min: 0, max: Number.MAX_SAFE_INTEGER, default: Number.MAX_SAFE_INTEGER }
  return ids(sorted, prefix, after, integerOption('limit', options.limit, rule))
}

async function* ids(
  sorted: () => Promise<readonly string[]>,
  prefix: string,
  after: string | undefined,
  limit: number,
): AsyncGenerator<string, void, void> {
  if (limit === 0) return
  const hidesRecords = !prefix.startsWith(RECORD_PREFIX)
  let count = 0
  for (const promptId of await sorted()) {
    if (after !== undefined && promptId <= after) continue
    if (!promptId.startsWith(prefix) || (hidesRecords && isRecordId(promptId))) continue
    yield promptId
    if (++count === limit) return
  }
}

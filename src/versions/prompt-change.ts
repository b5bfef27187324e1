import { isDeepStrictEqual } from 'node:util'
import { StorageError, VersionConflictError } from '../base/errors.js'
import { outOfRange, wrongArgument } from '../base/misuse.js'
import { kindOf } from '../base/values.js'
import { shown } from '../base/options.js'
import { checkPromptId } from '../document/prompt-id.js'
import {
  checkVersion,
  compareVersions,
  sortVersions,
  STORED_VERSIONS,
} from '../document/version-number.js'
import { checkHead, checkMove } from './prompt-head-fields.js'
import {
  NO_HEAD,
  type Decision,
  type LabelMove,
  type PromptChange,
  type PromptHead,
  type PromptView,
} from './prompt-heads.js'
import type { CopiedRecord, CopiedVersion } from './version-copies.js'

/** Most prompts of one transaction. */
export const PROMPTS_TOGETHER_MAX = 64

/** A change that fits the prompt as the transaction has read it. */
export interface PlannedChange<Input> {
  readonly view: PromptView
  readonly save: readonly Input[]
  readonly delete: readonly string[]
  /** The head after the change; `undefined` if it stays as it is. */
  readonly head: PromptHead | undefined
  readonly moves: readonly LabelMove[]
  /** What has to exist at the commit, versions that labels are moved to among them; none that is saved with it. */
  readonly requires: readonly string[]
  /** Whether it deletes versions and the caller changes nothing else. */
  readonly isDeletion: boolean
  /** Copies from another storage, saved like `save`. */
  readonly copies?: readonly CopiedVersion[]
  /**
   * For a copy from another storage: the head and the whole history, in place of those that are there. Then `head` and
   * `moves` are empty, and deleted versions go for good, without an entry in the history. Undefined otherwise.
   */
  readonly record?: CopiedRecord | undefined
}

/** @throws TypeError, RangeError for anything but 1 to 64 different prompt ids */
export function checkPromptIds(promptIds: readonly string[]): void {
  const given: unknown = promptIds
  if (!Array.isArray(given))
    throw wrongArgument(`Argument "promptIds" must be an array, got ${kindOf(given)}`)
  if (promptIds.length === 0 || promptIds.length > PROMPTS_TOGETHER_MAX)
    throw outOfRange(
      `Argument "promptIds" must hold 1 to ${PROMPTS_TOGETHER_MAX} ids, got ${promptIds.length}`,
    )
  for (const [at, promptId] of promptIds.entries()) {
    checkPromptId(promptId, `promptIds[${at}]`)
    if (promptIds.indexOf(promptId) !== at)
      throw wrongArgument(
        `Argument "promptIds" must hold each id once, got ${shown(promptId)} twice`,
      )
  }
}

/** Most versions that one transaction deletes: each takes up to two operations. */
export const DELETED_TOGETHER_MAX = 1000

/**
 * The decision that deletes those of the versions that exist, and whose result they are, ascending by precedence.
 * @throws TypeError, RangeError for anything but 1 to 1000 versions
 */
export function deletionOf(
  promptId: string,
  versions: readonly string[],
): (views: readonly PromptView[]) => Decision<never, readonly string[]> {
  checkPromptId(promptId)
  const given: unknown = versions
  if (!Array.isArray(given))
    throw wrongArgument(`Argument "versions" must be an array, got ${kindOf(given)}`)
  if (given.length === 0 || given.length > DELETED_TOGETHER_MAX)
    throw outOfRange(
      `Argument "versions" must hold 1 to ${DELETED_TOGETHER_MAX} versions, got ${given.length}`,
    )
  for (const [at, version] of versions.entries())
    checkVersion(version, STORED_VERSIONS, `versions[${at}]`)
  const wanted = new Set(versions)
  return ([view]) => {
    const found = Object.freeze(view?.versions.filter((version) => wanted.has(version)) ?? [])
    return { changes: found.length === 0 ? [] : [{ promptId, delete: found }], result: found }
  }
}

/**
 * Checks the changes of a decision against the prompts that it was made for.
 *
 * @throws TypeError for changes that no storage could make; VersionConflictError for a version to save that exists;
 * StorageError OPT-VER-002 for a version that is missing, OPT-LABEL-001 for one to delete that is labelled
 */
export function planChanges<Input>(
  views: readonly PromptView[],
  decision: Decision<Input, unknown>,
): readonly PlannedChange<Input>[] {
  const changes: unknown = Reflect.get(Object(decision), 'changes')
  if (!Array.isArray(changes))
    throw wrongArgument(`decide must return { changes, result }, got ${kindOf(decision)}`)
  const seen = new Set<string>()
  return (changes as readonly PromptChange<Input>[]).map((change) => {
    const view = views.find(({ promptId }) => promptId === change.promptId)
    if (view === undefined || seen.has(change.promptId))
      throw wrongArgument(
        `decide must return at most one change of each prompt of the transaction, got one of ${shown(change.promptId)}`,
      )
    seen.add(change.promptId)
    return planChange(view, change)
  })
}

function planChange<Input>(view: PromptView, change: PromptChange<Input>): PlannedChange<Input> {
  const { promptId, save = [], moves = [], requires = [] } = change
  const deleted = new Set(change.delete)
  const saved = save.map((given) => nameOf(given, promptId))
  const taken = saved.find((version) => view.versions.includes(version))
  if (taken !== undefined) throw new VersionConflictError(promptId, taken)
  // The history has an entry for what is deleted, and the head counts the entries.
  const before = view.head ?? (deleted.size > 0 ? NO_HEAD : undefined)
  const given = change.head === undefined ? before : checkHead(change.head, 'head')
  if (moves.length > 0 && (given === undefined || change.head === undefined))
    throw wrongArgument('A change with "moves" must have the "head" that they lead to')
  refuseLabelled(promptId, deleted, given)
  const targets = movedTo(view.head, given).filter((version) => !saved.includes(version))
  const needed = [...new Set([...requires, ...targets])]
  refuseMissing(view, [...deleted, ...needed])
  const top = [...view.versions.slice(-1), ...saved]
  const head = given && withHighest(withoutNotes(given, deleted), top, deleted)
  return {
    view,
    save,
    delete: [...deleted],
    // A move that leads to where the label was is written all the same.
    head:
      moves.length + deleted.size === 0 && isDeepStrictEqual(head, view.head) ? undefined : head,
    moves: moves.map((move, at) => checkMove(move, `moves[${at}]`)),
    requires: needed.filter((version) => !deleted.has(version)),
    isDeletion: deleted.size > 0 && save.length + moves.length === 0 && change.head === undefined,
  }
}

/** The number of a document to save, which the storage checks afterwards. */
function nameOf(given: unknown, promptId: string): string {
  const owner: unknown = Reflect.get(Object(given), 'prompt_id')
  if (owner !== promptId)
    throw wrongArgument(
      `A change of prompt ${shown(promptId)} must save its versions, got one of ${shown(owner)}`,
    )
  return String(Reflect.get(Object(given), 'version'))
}

/** The versions that labels point to now and did not before. */
function movedTo(before: PromptHead | undefined, after: PromptHead | undefined): string[] {
  return Object.entries(after?.labels ?? {}).flatMap(([label, { version }]) =>
    labelled(before, label) === version ? [] : version,
  )
}

/** Any text may be the name of a label, `constructor` too. */
function labelled(head: PromptHead | undefined, label: string): string | undefined {
  return head !== undefined && Object.hasOwn(head.labels, label)
    ? head.labels[label]?.version
    : undefined
}

function refuseLabelled(
  promptId: string,
  deleted: ReadonlySet<string>,
  head: PromptHead | undefined,
): void {
  const entries = Object.entries(head?.labels ?? {}).filter(([, { version }]) =>
    deleted.has(version),
  )
  const version = entries[0]?.[1].version
  if (version === undefined) return
  const labels = entries.filter(([, label]) => label.version === version).map(([name]) => name)
  throw new StorageError(
    'OPT-LABEL-001',
    `Cannot delete version ${version} of prompt ${promptId} while it is labelled ${labels.map(shown).join(', ')}; move labels away from it first`,
    { context: { prompt_id: promptId, version, labels, reason: 'labelled' } },
  )
}

function refuseMissing({ promptId, versions }: PromptView, needed: readonly string[]): void {
  const missing = needed.find((version) => !versions.includes(version))
  if (missing === undefined) return
  throw new StorageError(
    'OPT-VER-002',
    `Version ${missing} does not exist for prompt ${promptId}`,
    { context: { prompt_id: promptId, version: missing } },
  )
}

/** The tags and the deprecation of a version go with it: the number may be saved again. */
function withoutNotes(head: PromptHead, deleted: ReadonlySet<string>): PromptHead {
  const isNoted = [...deleted].some(
    (version) => Object.hasOwn(head.tags, version) || Object.hasOwn(head.deprecated, version),
  )
  if (!isNoted) return head
  const kept = <Value>(notes: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.freeze(
      Object.fromEntries(Object.entries(notes).filter(([version]) => !deleted.has(version))),
    )
  return Object.freeze({ ...head, tags: kept(head.tags), deprecated: kept(head.deprecated) })
}

/**
 * A deleted number is recorded if it was the highest: those below it are not given again anyway.
 * @param versions the highest one, and those that are saved
 */
function withHighest(
  head: PromptHead,
  versions: readonly string[],
  deleted: ReadonlySet<string>,
): PromptHead {
  const top = sortVersions(versions).at(-1)
  if (top === undefined || !deleted.has(top)) return head
  const isHigher = head.highest === null || compareVersions(top, head.highest) > 0
  return isHigher ? Object.freeze({ ...head, highest: top }) : head
}

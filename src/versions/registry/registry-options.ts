import { wrongArgument } from '../../base/misuse.js'
import {
  booleanOption,
  functionOption,
  oneOf,
  rejectUnknown,
  shown,
  stringOption,
} from '../../base/options.js'
import { documentTime } from '../../base/clock.js'
import { kindOf } from '../../base/values.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { freezeJson } from '../../document/freeze-json.js'
import type { JsonObject } from '../../document/json.js'
import { BUMPS, checkVersion, STORED_VERSIONS, type Bump } from '../../document/version-number.js'
import { offersTransactions, type VersionTransactions } from '../prompt-heads.js'
import type { PromptVersion } from '../prompts/prompt-version.js'
import type { InputOf, VersionDocument, VersionStorage } from '../version-storage.js'
import { checkLabelName } from './label-name.js'
import type { MoveRules, Note } from './prompt-draft.js'
import { parseReference, type Reference } from './reference.js'
import {
  checkSchedule,
  type CheckedSchedule,
  type RetentionSchedule,
} from './scheduled-retention.js'
import { checkTag } from './tag-name.js'

/** A storage of prompts that decides in one commit: `FileSystemStorage` and `InMemoryStorage` do. */
export type RegistryStorage<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> = VersionStorage<Version, Input> & VersionTransactions<Input>

/** The same, whatever its documents are: only the publisher and the reader of their contents know. */
export type AnyStorage = RegistryStorage<VersionDocument, VersionDocument>

export interface PromptRegistryOptions<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
> {
  /** Where versions, labels and tags are kept. */
  readonly storage: RegistryStorage<Version, Input>
  /** Labels that move only with `allowProtected: true` and a reason. Default: none. */
  readonly protectedLabels?: readonly string[]
  /** The clock for times of versions and moves; the system's by default. */
  readonly now?: () => Date
  /**
   * A policy that this registry applies to all prompts again and again, until `close` or the end of the storage.
   * Default: none.
   */
  readonly retention?: RetentionSchedule
}

/** Every default is filled in. */
export interface CheckedRegistry extends Required<
  Omit<PromptRegistryOptions, 'retention' | 'storage'>
> {
  readonly storage: AnyStorage
  readonly retention: CheckedSchedule | undefined
}

/** How a label is moved. */
export interface LabelOptions {
  /** The version that the label must name now, null for none: a compare-and-set. Default: any. */
  readonly expected?: string | null
  /** Who moves it. Default: not recorded. */
  readonly by?: string
  /** Why it is moved; required for a protected label. */
  readonly reason?: string
  /** Whether a protected label may move; false by default. */
  readonly allowProtected?: boolean
}

/** How a version is published. */
export interface PublishOptions {
  /** Which number is raised. Default: what `suggestBump` says of the change. */
  readonly bump?: Bump
  /** What changed: `metadata.message` of the version. */
  readonly message?: string
  /** Who made it: `metadata.author` of the version, and `by` of its labels' moves. */
  readonly author?: string
  /** Labels that move to the version in the same commit; the message is the reason. Default: none. */
  readonly labels?: readonly string[]
  /** The version it was made from, as a reference; null for none. Default: the latest. */
  readonly parent?: string | null
  /** Tags of the version. Default: none. */
  readonly tags?: readonly string[]
  /** Any other JSON for `metadata` of the version. Default: none. */
  readonly metadata?: JsonObject
  /** Whether protected labels may move, for which a message is required; false by default. */
  readonly allowProtected?: boolean
}

/** Every default is filled in. */
export interface CheckedPublish {
  readonly bump: Bump | undefined
  readonly labels: readonly string[]
  readonly parent: Reference | null | undefined
  readonly tags: readonly string[]
  readonly metadata: JsonObject
  readonly rules: MoveRules
}

/** Tags of a version to add and to remove. */
export interface TagChanges {
  /** Default: none. */
  readonly add?: readonly string[]
  /** Those that it does not have are ignored. Default: none. */
  readonly remove?: readonly string[]
}

const LABEL_OPTIONS = ['expected', 'by', 'reason', 'allowProtected']
const PUBLISH_OPTIONS = [
  'bump',
  'message',
  'author',
  'labels',
  'parent',
  'tags',
  'metadata',
  'allowProtected',
]

/** @throws TypeError for wrong options */
export function checkRegistry<Version extends VersionDocument, Input>(
  options: PromptRegistryOptions<Version, Input>,
): CheckedRegistry {
  rejectUnknown(options, ['storage', 'protectedLabels', 'now', 'retention'], 'PromptRegistry')
  const storage: unknown = options?.storage
  if (typeof storage !== 'object' || storage === null || !offersTransactions(storage))
    throw wrongArgument(
      `Option "storage" must be a storage with transactions (one that declares "labels" in supports), such as FileSystemStorage or InMemoryStorage, got ${shown(storage)}`,
    )
  return {
    storage: options.storage as unknown as AnyStorage,
    protectedLabels: checkAll('protectedLabels', options.protectedLabels, checkLabelName),
    now: functionOption('now', options.now, documentTime),
    retention: options.retention === undefined ? undefined : checkSchedule(options.retention),
  }
}

/** @throws TypeError that names the argument */
export function checkLabel(promptId: string, label: string): void {
  checkPromptId(promptId)
  checkLabelName(label)
}

/** @throws TypeError that names the option */
export function checkMove(options: LabelOptions | undefined, where: string): MoveRules {
  rejectUnknown(options, LABEL_OPTIONS, where)
  const { expected, allowProtected } = options ?? {}
  if (expected !== undefined && expected !== null)
    checkVersion(expected, STORED_VERSIONS, 'expected')
  return {
    ...checkedNote(options),
    expected,
    allowProtected: booleanOption('allowProtected', allowProtected, false),
  }
}

/** @throws TypeError that names the option */
export function checkNote(
  options: { readonly by?: string; readonly reason?: string } | undefined,
  where: string,
): Note {
  rejectUnknown(options, ['by', 'reason'], where)
  return checkedNote(options)
}

/** @throws TypeError that names the option, also where none is given */
export function checkTags(changes: TagChanges): Required<TagChanges> {
  rejectUnknown(changes, ['add', 'remove'], 'tag')
  if (changes?.add === undefined && changes?.remove === undefined)
    throw wrongArgument('tag needs the tags to add or to remove: { add: [...] }, { remove: [...] }')
  return {
    add: checkAll('add', changes.add, checkTag),
    remove: checkAll('remove', changes.remove, checkTag),
  }
}

/** @throws TypeError that names the option */
export function checkPublish(options: PublishOptions = {}): CheckedPublish {
  rejectUnknown(options, PUBLISH_OPTIONS, 'publish')
  const { bump, parent } = options
  const metadata: unknown = options.metadata ?? {}
  const message = textOption('message', options.message)
  const author = textOption('author', options.author)
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata))
    throw wrongArgument(`Option "metadata" must be an object, got ${kindOf(metadata)}`)
  return {
    bump: bump === undefined ? undefined : oneOf('bump', bump, BUMPS, 'patch'),
    labels: [...new Set(checkAll('labels', options.labels, checkLabelName))],
    parent: typeof parent === 'string' ? parseReference(parent, 'parent') : checkNoParent(parent),
    tags: checkAll('tags', options.tags, checkTag),
    metadata: freezeJson({
      ...(author === null ? {} : { author }),
      ...(message === null ? {} : { message }),
      ...metadata,
    } as JsonObject),
    rules: {
      expected: undefined,
      by: author,
      reason: message,
      allowProtected: booleanOption('allowProtected', options.allowProtected, false),
    },
  }
}

/** The texts of an option, each checked. @throws TypeError that names the option and the place */
export function checkAll(
  name: string,
  given: readonly string[] | undefined,
  check: (value: unknown, where: string) => void,
): readonly string[] {
  const all: unknown = given
  if (all === undefined) return []
  if (!Array.isArray(all))
    throw wrongArgument(`Option "${name}" must be an array, got ${shown(all)}`)
  for (const [at, value] of all.entries()) check(value, `${name}[${at}]`)
  return Object.freeze([...(all as readonly string[])])
}

function checkedNote(
  options: { readonly by?: string; readonly reason?: string } | undefined,
): Note {
  return { by: textOption('by', options?.by), reason: textOption('reason', options?.reason) }
}

function textOption(name: string, value: unknown): string | null {
  return value === undefined ? null : stringOption(name, value)
}

function checkNoParent(parent: unknown): null | undefined {
  if (parent === undefined || parent === null) return parent
  throw wrongArgument(`Option "parent" must be a version or null, got ${shown(parent)}`)
}

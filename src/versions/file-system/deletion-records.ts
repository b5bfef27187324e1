import { publish } from '../../base/channels.js'
import { isStorageError } from '../../base/errors.js'
import { compareVersions } from '../../document/version-number.js'
import type { PlannedChange } from '../prompt-change.js'
import type { PromptHead } from '../prompt-heads.js'
import type { VersionsDeleted } from '../prompt-history.js'
import type { Doomed } from './version-changes.js'

/** Entries that could not be written. */
interface Waiting {
  readonly entries: readonly VersionsDeleted[]
  /** The highest number that was deleted, if the head has to say so. */
  readonly highest: string | null
}

/**
 * The entries of deletions in the histories of prompts. They are part of the transaction that deletes. Only where the
 * disk is too full for them, the files go first: a delete is what makes room. The entries then wait in this process, and
 * are written with the next change of the prompt that has room.
 */
export class DeletionRecords {
  readonly #directory: string
  readonly #trash: boolean
  readonly #waiting = new Map<string, Waiting>()

  constructor(directory: string, { trash }: { readonly trash: boolean }) {
    this.#directory = directory
    this.#trash = trash
  }

  /** One entry for all that a transaction deletes of a prompt, and those that wait. */
  entriesOf(promptId: string, doomed: readonly Doomed[], at: Date): readonly VersionsDeleted[] {
    const waiting = this.#waiting.get(promptId)?.entries ?? []
    const gone = doomed.filter((one) => one.promptId === promptId)
    if (gone.length === 0) return waiting
    const deleted = Object.fromEntries(gone.map(({ version, savedAt }) => [version, savedAt]))
    return [...waiting, { deleted, trash: this.#trash, at: at.toISOString() }]
  }

  /** The head with the highest number of the deletions that wait. */
  headWith(promptId: string, head: PromptHead): PromptHead {
    const highest = this.#waiting.get(promptId)?.highest ?? null
    if (highest === null) return head
    const isHigher = head.highest === null || compareVersions(highest, head.highest) > 0
    return isHigher ? { ...head, highest } : head
  }

  /** The prompts whose entries wait. */
  get waiting(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  /** Keeps the entries of a transaction that deleted without them. */
  wait(plans: readonly PlannedChange<unknown>[], doomed: readonly Doomed[], at: Date): void {
    for (const { view, head } of plans) {
      const { promptId } = view
      const entries = this.entriesOf(promptId, doomed, at)
      this.#waiting.set(promptId, { entries, highest: head?.highest ?? null })
    }
  }

  /** They are written. */
  written(promptId: string): void {
    this.#waiting.delete(promptId)
  }

  /** Says that entries still wait. */
  warn(): void {
    const message = `The disk is too full to record what was deleted of prompt ${this.waiting.join(', ')}: it is recorded with the next change of the prompt by this process, and lost if that ends before`
    publish('warning', () => ({ directory: this.#directory, code: 'unrecorded-delete', message }))
  }
}

/** Whether a transaction does nothing but delete, so that the files may go before the entries. */
export function onlyDeletes(plans: readonly PlannedChange<unknown>[]): boolean {
  return plans.every(({ isDeletion }) => isDeletion)
}

/**
 * Whether nothing was done because the disk has no room, neither blocks nor inodes, or the user may not take more. What
 * may have been done is not to be done in another way.
 */
export function isDiskFull(error: unknown): boolean {
  if (!isStorageError(error, 'FS-IO-001')) return false
  return FULL.has(error.context['error']) && error.context['outcome'] !== 'unknown'
}

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

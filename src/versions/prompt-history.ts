import type { LabelMove } from './prompt-heads.js'

/** Versions and the times of their commits; null where that is unknown. */
export type CommitTimesByVersion = Readonly<Record<string, string | null>>

/** The versions of a prompt that one transaction deleted. */
export interface VersionsDeleted {
  readonly deleted: CommitTimesByVersion
  /** Whether they went to the trash. */
  readonly trash: boolean
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string
}

/** Versions that came back from the trash. */
export interface VersionsRestored {
  readonly restored: CommitTimesByVersion
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string
}

/** Since when a storage knows all that happened in it, and why not before. */
export interface KnownHistory {
  /** ISO 8601, UTC, milliseconds. */
  readonly since: string
  /**
   * 'older_program': before, it was written by programs that keep no commit times; 'cleared': all of it was removed;
   * 'mark_rebuilt': the mark was lost, and with it what it said; 'imported': it came from an export. Later programs may
   * have other reasons.
   */
  readonly reason: string
}

/** The moment of each reason that this program knows, in words. */
export const WHY_UNKNOWN: Readonly<Record<string, string>> = {
  older_program: 'when the first program wrote to it that keeps the times of commits',
  cleared: 'when clearAll removed everything',
  mark_rebuilt: 'when its lost mark was made again',
  migrating:
    'when a migration into it began, which has not ended yet: run `holdfast migrate` again',
  migrated: 'when a migration into it ended, which did not know what had been there before',
  imported: 'when it imported an export, which does not say what had been deleted',
}

/** What the history of a prompt records, the oldest first: a line of its file. */
export type HistoryEntry = LabelMove | VersionsDeleted | VersionsRestored

export function isLabelMove(entry: HistoryEntry): entry is LabelMove {
  return 'label' in entry
}

export function isDeletion(entry: HistoryEntry): entry is VersionsDeleted {
  return 'deleted' in entry
}

/** The moves of labels in a history. */
export function movesIn(history: readonly HistoryEntry[]): readonly LabelMove[] {
  return Object.freeze(history.filter(isLabelMove))
}

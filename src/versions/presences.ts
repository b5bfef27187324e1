import { isDeletion, isLabelMove, type HistoryEntry } from './prompt-history.js'
import { NO_HEAD, type LabelMove, type LabelState, type PromptHead } from './prompt-heads.js'

/** What a storage knows of a prompt, the present and the past. */
export interface PromptPast {
  /** The versions that exist, and the times of their commits; null where that is unknown. */
  readonly versions: ReadonlyMap<string, string | null>
  readonly history: readonly HistoryEntry[]
}

/** A time in which a version existed, with the same content. */
export interface Presence {
  readonly version: string
  /** The time of the commit that saved the content; null if it is unknown. */
  readonly savedAt: string | null
  /** Its first moment; null if it is unknown. */
  readonly from: string | null
  /** The moment in which it was deleted; null if it exists. */
  readonly until: string | null
}

/** Whether a version existed at a time. */
export type Existence = 'present' | 'absent' | 'unknown'

/** All presences of the versions of a prompt, those of one version in their order. */
export function presencesOf({ versions, history }: PromptPast): readonly Presence[] {
  const found: Presence[] = []
  /** When a version came back from the trash, by its number. */
  const restored = new Map<string, { readonly at: string; readonly savedAt: string | null }>()
  const from = (version: string, savedAt: string | null): string | null => {
    const last = restored.get(version)
    return last?.savedAt === savedAt ? last.at : savedAt
  }
  for (const entry of history) {
    if (isLabelMove(entry)) continue
    if (!isDeletion(entry)) {
      for (const [version, savedAt] of Object.entries(entry.restored))
        restored.set(version, { at: entry.at, savedAt })
      continue
    }
    for (const [version, savedAt] of Object.entries(entry.deleted)) {
      found.push({ version, savedAt, from: from(version, savedAt), until: entry.at })
      restored.delete(version)
    }
  }
  for (const [version, savedAt] of versions)
    found.push({ version, savedAt, from: from(version, savedAt), until: null })
  return found
}

/** Times of the form of `Date.prototype.toISOString` sort as text. */
export function existenceAt({ from, until }: Presence, time: string): Existence {
  if (until !== null && until <= time) return 'absent'
  if (from === null) return 'unknown'
  return from <= time ? 'present' : 'absent'
}

/**
 * The moves of labels until a time. One to a version that was saved later belongs to the commit of that version: the
 * caller has read the clock a moment before.
 */
export function movesUntil(past: PromptPast, time: string): readonly LabelMove[] {
  const presences = presencesOf(past)
  const isLater = (version: string): boolean => {
    const own = presences.filter((presence) => presence.version === version)
    return own.length > 0 && own.every(({ from }) => from !== null && from > time)
  }
  const moves = past.history
    .filter(isLabelMove)
    .filter(({ at, to }) => Date.parse(at) <= Date.parse(time) && (to === null || !isLater(to)))
  return Object.freeze(moves)
}

/** The labels as their moves have left them; undefined for a prompt that had none yet. */
export function headAt(past: PromptPast, time: string): PromptHead | undefined {
  const moves = movesUntil(past, time)
  if (moves.length === 0) return undefined
  const labels = new Map<string, LabelState>()
  for (const { label, to, at, by, reason } of moves) {
    if (to === null) labels.delete(label)
    else labels.set(label, Object.freeze({ version: to, at, by, reason }))
  }
  // fromEntries defines own properties: a label may have any name.
  return Object.freeze({ ...NO_HEAD, labels: Object.freeze(Object.fromEntries(labels)) })
}

import { sortVersions } from '../../document/version-number.js'
import { NO_HEAD, type LabelState, type PromptHead } from '../prompt-heads.js'
import { isDeletion, movesIn, type HistoryEntry } from '../prompt-history.js'

/** What a history proves of the head: where the labels are, and the highest number that was deleted. */
export function headFrom(history: readonly HistoryEntry[]): PromptHead {
  const labels = new Map<string, LabelState>()
  for (const { label, to, at, by, reason } of movesIn(history)) {
    if (to === null) labels.delete(label)
    else labels.set(label, Object.freeze({ version: to, at, by, reason }))
  }
  const deleted = history.filter(isDeletion).flatMap((entry) => Object.keys(entry.deleted))
  return Object.freeze({
    ...NO_HEAD,
    // fromEntries defines own properties: a label such as __proto__ is a key like any other.
    labels: Object.freeze(Object.fromEntries(labels)),
    highest: sortVersions(deleted).at(-1) ?? null,
  })
}

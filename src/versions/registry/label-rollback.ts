import { StorageError } from '../../base/errors.js'
import { shown } from '../../base/options.js'
import type { LabelMove } from '../prompt-heads.js'
import type { MoveRules, PromptDraft } from './prompt-draft.js'

/** The last move of a label. @throws StorageError OPT-VER-002 for one that never moved */
export function lastMove(moves: readonly LabelMove[], promptId: string, label: string): LabelMove {
  const last = moves.findLast((move) => move.label === label)
  if (last !== undefined) return last
  throw new StorageError(
    'OPT-VER-002',
    `Label ${shown(label)} of prompt ${promptId} was never set, so there is no move to undo`,
    { context: { prompt_id: promptId, reference: `@${label}` } },
  )
}

/** Undoes the last move of a label; `undefined` if another process has moved it since, as then that is the last move. */
export function undo(draft: PromptDraft, last: LabelMove, rules: MoveRules): LabelMove | undefined {
  const { label, from, to, at } = last
  const { labels } = draft.head
  const state = Object.hasOwn(labels, label) ? labels[label] : undefined
  const isLast = to === null ? state === undefined : state?.version === to && state.at === at
  if (!isLast) return undefined
  return draft.move(label, from && draft.require({ kind: 'version', version: from }), rules)
}

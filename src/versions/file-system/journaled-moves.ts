import { isStorageError } from '../../base/errors.js'
import { HEAD_FILE, parseHistoryName } from '../../document/store-names.js'
import { OperationKind, type RecordOperation } from '../../format/record.js'
import { movesIn } from '../prompt-history.js'
import type { LabelMove } from '../prompt-heads.js'
import { decodeHead, decodeHistory } from './head-file.js'
import { LabelMoves } from './label-moves.js'
import { headPathIn, type StoreLayout } from './store-layout.js'

/**
 * The moves of labels in a transaction of the journal, by the path of the history that they were appended to. The
 * journal has the head before and after the commit, and each counts the entries of the history: the difference is how
 * many entries at the end of the history are new.
 */
export function journaledMoves(
  operations: readonly RecordOperation[],
  layout: StoreLayout,
): ReadonlyMap<string, LabelMoves> {
  const found = new Map<string, LabelMoves>()
  for (const history of operations) {
    // A history that is moved with its prompt is created at its new place.
    if (history.kind !== OperationKind.replace) continue
    const end = history.path.lastIndexOf('/')
    if (end === -1 || parseHistoryName(history.path.slice(end + 1)) === undefined) continue
    const directory = history.path.slice(0, end)
    const head = operations.find(({ path }) => path === headPathIn(directory))
    const place = { directory, promptId: layout.promptIdOf(directory) }
    found.set(history.path, new LabelMoves(place, newMoves(head, history)))
  }
  return found
}

/** Undefined if the contents are too large for the journal, or damaged. */
function newMoves(
  head: RecordOperation | undefined,
  history: RecordOperation,
): readonly LabelMove[] | undefined {
  if (head === undefined || head.external || history.external) return undefined
  const isNew = head.kind === OperationKind.create
  if (!isNew && head.expected === undefined) return undefined
  try {
    const before = head.expected === undefined ? 0 : countIn(head.expected)
    const entries = decodeHistory(history.content, { promptId: '', path: history.path })
    return movesIn(entries.slice(entries.length - (countIn(head.content) - before)))
  } catch (error) {
    if (isStorageError(error)) return undefined
    throw error
  }
}

/** How many entries of the history a head counts. */
function countIn(head: Uint8Array): number {
  return decodeHead(head, { promptId: '', path: HEAD_FILE }, { checksums: false }).moves
}

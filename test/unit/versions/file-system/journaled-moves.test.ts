import { describe, expect, it } from 'vitest'
import { OperationKind, type RecordOperation } from '../../../../src/format/record.js'
import type { HistoryEntry } from '../../../../src/versions/prompt-history.js'
import { NO_HEAD, type LabelMove } from '../../../../src/versions/prompt-heads.js'
import { encodeHead, encodeHistory } from '../../../../src/versions/file-system/head-file.js'
import { journaledMoves } from '../../../../src/versions/file-system/journaled-moves.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'

const LAYOUT = new StoreLayout({ foldCase: false, shardDepth: 0 })
const AT = '2025-01-17T10:30:00.000Z'

const moved = (label: string, to: string): LabelMove => {
  return { label, from: null, to, by: null, reason: null, at: AT }
}
const deleted: HistoryEntry = { deleted: { '1.0.0': null }, trash: false, at: AT }
const headBytes = (moves: number): Uint8Array =>
  encodeHead({ head: NO_HEAD, history: 1, moves }, { checksum: true })

/** The transaction that brings the history from `before` entries to those. */
function transaction(
  entries: readonly HistoryEntry[],
  before: number,
  changed: { readonly head?: object; readonly history?: object } = {},
): readonly RecordOperation[] {
  const head = {
    kind: before === 0 ? OperationKind.create : OperationKind.replace,
    path: 'p/.labels.json',
    content: headBytes(entries.length),
    external: false,
    ...(before === 0 ? {} : { expected: headBytes(before) }),
    ...changed.head,
  }
  const history = {
    kind: OperationKind.replace,
    path: 'p/.labels.jsonl',
    content: encodeHistory(entries),
    external: false,
    ...changed.history,
  }
  return [head, history]
}

function movesOf(operations: readonly RecordOperation[]): readonly string[] | undefined {
  return journaledMoves(operations, LAYOUT)
    .get('p/.labels.jsonl')
    ?.moves?.map(({ label, to }) => `${label} ${to}`)
}

describe('the moves in a transaction of the journal', () => {
  const entries = [moved('a', '1.0.0'), deleted, moved('b', '1.0.1'), moved('a', '1.0.1')]

  it('are the entries that the head did not count before', () => {
    expect(movesOf(transaction(entries, 0))).toEqual(['a 1.0.0', 'b 1.0.1', 'a 1.0.1'])
    expect(movesOf(transaction(entries, 2))).toEqual(['b 1.0.1', 'a 1.0.1'])
    expect(movesOf(transaction(entries, 3))).toEqual(['a 1.0.1'])
    expect(movesOf(transaction([...entries, deleted], 4))).toEqual([])
  })

  it('are unknown where the journal does not hold the contents, or holds damaged ones', () => {
    const external = { external: true, content: Buffer.from('x') }
    for (const changed of [
      { head: external },
      { history: external },
      { head: { content: Buffer.from('{') } },
      { history: { content: Buffer.from('{') } },
      { head: { expected: undefined } },
    ]) {
      const [found] = journaledMoves(transaction(entries, 2, changed), LAYOUT).values()
      expect(found).toMatchObject({ directory: 'p', promptId: 'p', moves: undefined })
    }
  })

  it('are not in a history that is moved with its prompt, nor in other files', () => {
    const copied = transaction(entries, 0, { history: { kind: OperationKind.create } })
    expect(journaledMoves(copied, LAYOUT).size).toBe(0)
    for (const path of ['p/1.0.0.json', '.labels.jsonl'])
      expect(journaledMoves(transaction(entries, 0, { history: { path } }), LAYOUT).size).toBe(0)
  })
})

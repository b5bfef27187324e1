import type { LabelMove } from '../versions/prompt-heads.js'
import type { SourceEvent, TakenDocument, VersionName } from '../versions/source/document-source.js'
import type { NextCommit } from './change-log.js'
import type {
  Ask,
  ChangeRow,
  DocumentRow,
  RecordRow,
  Operations,
  WriteOperation,
} from './messages.js'
import { documentOf, generationOf, KNOWN_SINCE } from './reads.js'
import type { Statements } from './statements.js'

/** What a call came to in the transaction: its answer, and what it has changed. */
export interface Written<Op extends WriteOperation = WriteOperation> {
  readonly answer: Operations[Op]['answer']
  readonly events: readonly SourceEvent[]
}

const SQL = {
  exists: 'SELECT 1 FROM versions WHERE prompt_id = ? AND version = ?',
  savedAt: 'SELECT saved_at FROM versions WHERE prompt_id = ? AND version = ?',
  insert:
    'INSERT INTO versions (prompt_id, version, saved_at, document) VALUES (?, ?, ?, CAST(? AS TEXT))',
  delete: 'DELETE FROM versions WHERE prompt_id = ? AND version = ?',
  head: `
    INSERT INTO heads (prompt_id, generation, head) VALUES (?, ?, ?)
    ON CONFLICT (prompt_id) DO UPDATE SET generation = excluded.generation, head = excluded.head`,
  history: `
    INSERT INTO history (prompt_id, number, entry)
    VALUES (?, (SELECT coalesce(max(number), 0) + 1 FROM history WHERE prompt_id = ?), ?)`,
  forgetHead: 'DELETE FROM heads WHERE prompt_id = ?',
  forgetHistory: 'DELETE FROM history WHERE prompt_id = ?',
  forgetFact: 'DELETE FROM facts WHERE name = ?',
  fact: `
    INSERT INTO facts (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
} as const

/** Decides and applies one call in a transaction. What is refused has changed nothing. */
export function write(
  statements: Statements,
  ask: Ask<WriteOperation>,
  commit: NextCommit,
): Written {
  switch (ask.op) {
    case 'insert':
      return insert(statements, ask, commit)
    case 'commit':
      return change(statements, ask, commit)
    case 'clear':
      return clear(statements, commit)
    case 'setKnownSince':
      return setKnownSince(statements, ask)
  }
}

function insert(
  statements: Statements,
  { documents, present }: Ask<'insert'>,
  commit: NextCommit,
): Written<'insert'> {
  if (present.some((name) => !exists(statements, name)))
    return { answer: { kind: 'missing' }, events: [] }
  const taken = documents.flatMap(({ promptId, version }): readonly TakenDocument[] => {
    const found = documentOf(statements, { promptId, version })
    return found === undefined ? [] : [{ promptId, ...found }]
  })
  if (taken.length > 0) return { answer: { kind: 'taken', documents: taken }, events: [] }
  return { answer: undefined, events: save(statements, documents, commit) }
}

function change(
  statements: Statements,
  { read, changes }: Ask<'commit'>,
  commit: NextCommit,
): Written<'commit'> {
  const isAsRead = read.every(
    ({ promptId, generation }) => generationOf(statements, promptId) === generation,
  )
  if (!isAsRead || !changes.every((each) => isPossible(statements, each)))
    return { answer: false, events: [] }
  return { answer: true, events: changes.flatMap((each) => apply(statements, each, commit)) }
}

function isPossible(
  statements: Statements,
  { promptId, save: saved, delete: deleted, requires }: ChangeRow,
): boolean {
  const isThere = (version: string): boolean => exists(statements, { promptId, version })
  return [...deleted, ...requires].every(isThere) && !saved.some(({ version }) => isThere(version))
}

function apply(statements: Statements, row: ChangeRow, commit: NextCommit): SourceEvent[] {
  if (row.record !== undefined) return copy(statements, row, row.record, commit)
  const { promptId, head, moves } = row
  if (head !== undefined) statements.run(SQL.head, promptId, commit.number, head)
  for (const move of moves) statements.run(SQL.history, promptId, promptId, move)
  const removed = remove(statements, row, commit)
  const saved = save(statements, row.save, commit)
  if (head === undefined && moves.length === 0) return [...saved, ...removed]
  const moved = moves.map((move) => JSON.parse(move) as LabelMove)
  return [...saved, ...removed, { kind: 'head', promptId, moves: moved }]
}

/** A copy: the head and the history are replaced, and what is deleted leaves no entry. */
function copy(
  statements: Statements,
  { promptId, save: copied, delete: deleted }: ChangeRow,
  { head, history }: RecordRow,
  commit: NextCommit,
): SourceEvent[] {
  for (const each of [SQL.forgetHead, SQL.forgetHistory]) statements.run(each, promptId)
  if (head !== undefined) statements.run(SQL.head, promptId, commit.number, head)
  for (const entry of history) statements.run(SQL.history, promptId, promptId, entry)
  for (const version of deleted) statements.run(SQL.delete, promptId, version)
  const saved = save(statements, copied, commit)
  const removed = deleted.map((version) => ({ kind: 'delete' as const, promptId, version }))
  return [...saved, ...removed, { kind: 'head', promptId }]
}

function remove(
  statements: Statements,
  { promptId, delete: versions }: ChangeRow,
  { at }: NextCommit,
): readonly SourceEvent[] {
  if (versions.length === 0) return []
  const deleted = Object.fromEntries(
    versions.map((version) => [
      version,
      statements.get(SQL.savedAt, promptId, version)?.['saved_at'] ?? null,
    ]),
  )
  statements.run(SQL.history, promptId, promptId, JSON.stringify({ deleted, trash: false, at }))
  for (const version of versions) statements.run(SQL.delete, promptId, version)
  return versions.map((version) => ({ kind: 'delete', promptId, version }))
}

function save(
  statements: Statements,
  documents: readonly DocumentRow[],
  { at }: NextCommit,
): readonly SourceEvent[] {
  for (const { promptId, version, bytes, savedAt = at } of documents)
    statements.run(SQL.insert, promptId, version, savedAt, bytes)
  return documents.map(({ promptId, version }) => ({ kind: 'save', promptId, version }))
}

/** The table of changes stays: from it, other handles see that everything is gone. */
function clear(statements: Statements, { at }: NextCommit): Written<'clear'> {
  for (const table of ['versions', 'heads', 'history']) statements.run(`DELETE FROM ${table}`)
  statements.run(SQL.fact, KNOWN_SINCE, JSON.stringify({ since: at, reason: 'cleared' }))
  return { answer: undefined, events: [{ kind: 'reset' }] }
}

function setKnownSince(
  statements: Statements,
  { known }: Ask<'setKnownSince'>,
): Written<'setKnownSince'> {
  if (known === null) statements.run(SQL.forgetFact, KNOWN_SINCE)
  else statements.run(SQL.fact, KNOWN_SINCE, known)
  return { answer: undefined, events: [] }
}

function exists(statements: Statements, { promptId, version }: VersionName): boolean {
  return statements.get(SQL.exists, promptId, version) !== undefined
}

import { sortVersions } from '../document/version-number.js'
import type { StoredDocument, VersionName } from '../versions/source/document-source.js'
import { pageOf } from '../versions/version-storage.js'
import type { Row, Value } from './driver.js'
import type { Ask, Operations, PastRow, ReadOperation, ViewRow } from './messages.js'
import { packDocuments } from './packed-documents.js'
import type { Statements } from './statements.js'

/** The different values of the first column of an index, each found by its key, so without a walk through all rows. */
const distinct = (table: string): string => `
  WITH RECURSIVE each (id) AS (
    SELECT min(prompt_id) FROM ${table}
    UNION ALL
    SELECT (SELECT min(prompt_id) FROM ${table} WHERE prompt_id > each.id) FROM each WHERE id IS NOT NULL
  )
  SELECT id FROM each WHERE id IS NOT NULL`

const SQL = {
  ids: distinct('versions'),
  pastIds: `SELECT id FROM (${distinct('versions')}) UNION SELECT id FROM (${distinct('history')})`,
  // One text: a driver makes an object of each row, which takes four times as long.
  names: 'SELECT group_concat(version, char(10)) AS names FROM versions WHERE prompt_id = ?',
  // The text as it was saved, byte for byte, also where it is damaged.
  document:
    'SELECT version, saved_at, CAST(document AS BLOB) AS bytes FROM versions WHERE prompt_id = ? AND version = ?',
  head: 'SELECT generation, head FROM heads WHERE prompt_id = ?',
  times: 'SELECT version, saved_at FROM versions WHERE prompt_id = ?',
  history: 'SELECT entry FROM history WHERE prompt_id = ? ORDER BY number',
  fact: 'SELECT value FROM facts WHERE name = ?',
  documentsAfter: `
    SELECT prompt_id, version, saved_at, CAST(document AS BLOB) AS bytes FROM versions
    WHERE (prompt_id, version) > (?, ?) ORDER BY prompt_id, version LIMIT ?`,
} as const

/** The fact that says since when the history is known. */
export const KNOWN_SINCE = 'known_since'

type Reads = {
  readonly [Op in ReadOperation]: (
    statements: Statements,
    ask: Operations[Op]['ask'],
  ) => Operations[Op]['answer']
}

const READS: Reads = {
  ids: (statements) => texts(statements.all(SQL.ids), 'id'),
  pastIds: (statements) => texts(statements.all(SQL.pastIds), 'id'),
  names: (statements, { promptId }) => namesOf(statements, promptId),
  get: (statements, { promptIds, versions }) =>
    packDocuments(
      versions.map((version, at) => {
        return documentOf(statements, { promptId: promptIds[at] as string, version })
      }),
    ),
  page: (statements, { promptId, page }) =>
    statements.together(() => {
      const versions = pageOf(sortVersions(namesOf(statements, promptId)), page)
      return packDocuments(versions.map((version) => documentOf(statements, { promptId, version })))
    }),
  head: (statements, { promptId }) => textOrNull(statements.get(SQL.head, promptId)?.['head']),
  past: (statements, { promptId }) => statements.together(() => pastOf(statements, promptId)),
  views: (statements, { promptIds }) =>
    statements.together(() => promptIds.map((promptId) => viewOf(statements, promptId))),
  knownSince: (statements) => textOrNull(statements.get(SQL.fact, KNOWN_SINCE)?.['value']),
  refresh: () => undefined,
  documentsAfter: (statements, { after, limit }) =>
    statements
      .all(SQL.documentsAfter, after.promptId, after.version, limit)
      .map((row) => ({ promptId: String(row['prompt_id']), ...stored(row) })),
  findings: (statements) => {
    const rows = statements.all('PRAGMA integrity_check')
    return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok')
  },
  copyTo: (statements, { file }) => {
    statements.run('VACUUM INTO ?', file)
    return undefined
  },
}

/** Answers what changes nothing. */
export function read(statements: Statements, ask: Ask<ReadOperation>): unknown {
  const answer = READS[ask.op] as (statements: Statements, ask: Ask<ReadOperation>) => unknown
  return answer(statements, ask)
}

/** Undefined for one that does not exist. */
export function documentOf(
  statements: Statements,
  { promptId, version }: VersionName,
): StoredDocument | undefined {
  const row = statements.get(SQL.document, promptId, version)
  return row && stored(row)
}

/** 0 without a head. */
export function generationOf(statements: Statements, promptId: string): number {
  return Number(statements.get(SQL.head, promptId)?.['generation'] ?? 0)
}

function namesOf(statements: Statements, promptId: string): readonly string[] {
  return textOrNull(statements.get(SQL.names, promptId)?.['names'])?.split('\n') ?? []
}

function pastOf(statements: Statements, promptId: string): PastRow {
  const versions = statements
    .all(SQL.times, promptId)
    .map((row) => [String(row['version']), textOrNull(row['saved_at'])] as const)
  return { versions, history: texts(statements.all(SQL.history, promptId), 'entry') }
}

function viewOf(statements: Statements, promptId: string): ViewRow {
  const row = statements.get(SQL.head, promptId)
  return {
    promptId,
    generation: Number(row?.['generation'] ?? 0),
    head: textOrNull(row?.['head']),
    versions: namesOf(statements, promptId),
  }
}

function stored(row: Row): StoredDocument {
  return {
    version: String(row['version']),
    savedAt: textOrNull(row['saved_at']),
    bytes: row['bytes'] as Uint8Array,
  }
}

function texts(rows: readonly Row[], column: string): readonly string[] {
  return rows.map((row) => String(row[column]))
}

function textOrNull(value: Value | undefined): string | null {
  return value === undefined || value === null ? null : String(value)
}

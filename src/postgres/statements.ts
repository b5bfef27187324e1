/** The server's time as documents have it: ISO 8601, UTC, milliseconds. */
const NOW = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') COLLATE "C"`

/** A statement with the name under which each connection prepares it. */
export interface Statement {
  readonly name: string
  readonly text: string
}

type StatementName =
  | 'ids'
  | 'names'
  | 'getOne'
  | 'get'
  | 'getMany'
  | 'head'
  | 'past'
  | 'pastIds'
  | 'known'
  | 'make'
  | 'insert'
  | 'lock'
  | 'view'
  | 'remove'
  | 'forget'
  | 'setKnown'
  | 'change'
  | 'clearLock'
  | 'clearVersions'
  | 'clearHistory'
  | 'clearPrompts'
  | 'clearMeta'
  | 'note'
  | 'changes'
  | 'fence'
  | 'outcome'
  | 'prune'

export type Statements = Readonly<Record<StatementName, Statement>>
type Texts = Partial<Record<StatementName, string>>

/** All statements on the tables of a schema. */
export function statementsFor(schema: string): Statements {
  const quoted = `"${schema}"`
  const texts = {
    ...readingTexts(quoted),
    ...insertTexts(quoted),
    ...transactionTexts(quoted),
    ...clearTexts(quoted),
    ...commitTexts(quoted),
  }
  const named = Object.entries(texts).map(([name, text]) => [
    name,
    { name: `${schema}_${name}`, text },
  ])
  return Object.fromEntries(named) as Statements
}

function readingTexts(schema: string): Texts {
  return {
    ids: `SELECT prompt_id FROM ${schema}.prompts p
      WHERE EXISTS (SELECT FROM ${schema}.versions v WHERE v.prompt_id = p.prompt_id)`,
    // One text: a driver is slow with a thousand rows, and with arrays.
    names: `SELECT string_agg(version, ',') AS versions
      FROM ${schema}.versions WHERE prompt_id = $1`,
    // Without an array: for one of a single version, the server would make a plan at each call (bench/results/profiles.md).
    getOne: `SELECT version, saved_at, document FROM ${schema}.versions
      WHERE prompt_id = $1 AND version = $2`,
    get: `SELECT version, saved_at, document FROM ${schema}.versions
      WHERE prompt_id = $1 AND version = ANY($2::text[])`,
    // $1: numbers of the calls, $2 and $3: what they ask for. By the index for each, whatever the size of the table.
    getMany: `SELECT asked.call, found.version, found.saved_at, found.document
      FROM unnest($1::integer[], $2::text[], $3::text[]) AS asked (call, prompt_id, version),
        LATERAL (
          SELECT v.version, v.saved_at, v.document FROM ${schema}.versions v
          WHERE v.prompt_id = asked.prompt_id AND v.version = asked.version OFFSET 0
        ) AS found`,
    head: `SELECT head FROM ${schema}.prompts WHERE prompt_id = $1`,
    past: `SELECT version, saved_at, NULL AS entry, 0 AS n
        FROM ${schema}.versions WHERE prompt_id = $1
      UNION ALL
      SELECT NULL, NULL, entry, n FROM ${schema}.history WHERE prompt_id = $1
      ORDER BY n`,
    pastIds: `SELECT prompt_id FROM ${schema}.prompts p
      WHERE entries > 0
        OR EXISTS (SELECT FROM ${schema}.versions v WHERE v.prompt_id = p.prompt_id)`,
    known: `SELECT known_since, known_reason FROM ${schema}.meta`,
  }
}

function insertTexts(schema: string): Texts {
  return {
    make: `INSERT INTO ${schema}.prompts (prompt_id)
      SELECT id FROM unnest($1::text[]) WITH ORDINALITY AS given (id, at) ORDER BY at
      ON CONFLICT DO NOTHING`,
    // The locks come first, in one order for all: they keep transactions on these prompts away, and wait for those that
    // are under way. Then all versions are saved, or none. $1 to $5: the documents; $6: the prompts of all that is
    // concerned, each once; $7 and $8: versions that have to be there; $9 and $10: the mark and the events.
    insert: `WITH locked AS MATERIALIZED (
        SELECT prompt_id, changed_at FROM ${schema}.prompts
        WHERE prompt_id = ANY($6::text[]) ORDER BY prompt_id FOR KEY SHARE
      ), given AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[])
          WITH ORDINALITY AS given (prompt_id, version, document, saved_at, keeps, at)
      ), present AS MATERIALIZED (
        SELECT FROM ${schema}.versions v JOIN unnest($7::text[], $8::text[]) AS needed (prompt_id, version)
          USING (prompt_id, version)
        WHERE (SELECT count(*) FROM locked) > 0 FOR KEY SHARE OF v
      ), taken AS MATERIALIZED (
        SELECT v.prompt_id, v.version, v.saved_at, v.document
        FROM ${schema}.versions v JOIN given USING (prompt_id, version)
      ), counts AS MATERIALIZED (
        SELECT (SELECT count(*) FROM locked) = cardinality($6::text[]) AS has_prompts,
          (SELECT count(*) FROM present) = cardinality($7::text[]) AS has_needed,
          NOT EXISTS (SELECT FROM taken) AS is_free
      ), saved AS (
        INSERT INTO ${schema}.versions (prompt_id, version, saved_at, document)
        SELECT prompt_id, version,
          CASE WHEN keeps THEN saved_at ELSE GREATEST(${NOW}, changed_at) END, document
        FROM given JOIN locked USING (prompt_id), counts
        WHERE has_prompts AND has_needed AND is_free
        ORDER BY at
        RETURNING 1
      ), committed AS (
        INSERT INTO ${schema}.commits (mark, txid, events)
        SELECT $9::uuid, pg_current_xact_id(), $10::text WHERE (SELECT count(*) FROM saved) > 0
        RETURNING 1
      )
      SELECT has_prompts, has_needed, (SELECT count(*) FROM committed)::integer AS committed,
        taken.prompt_id, taken.version, taken.saved_at, taken.document
      FROM counts LEFT JOIN taken ON true`,
  }
}

function transactionTexts(schema: string): Texts {
  return {
    lock: `SELECT prompt_id FROM ${schema}.prompts
      WHERE prompt_id = ANY($1::text[]) ORDER BY prompt_id FOR UPDATE`,
    // A statement after that of the locks: it sees what those before have committed.
    view: `SELECT p.prompt_id, p.head, p.entries, GREATEST(${NOW}, p.changed_at) AS at,
        (SELECT string_agg(v.version, ',') FROM ${schema}.versions v
          WHERE v.prompt_id = p.prompt_id) AS versions
      FROM ${schema}.prompts p WHERE p.prompt_id = ANY($1::text[])`,
    remove: `DELETE FROM ${schema}.versions v
      USING unnest($1::text[], $2::text[]) AS given (prompt_id, version)
      WHERE v.prompt_id = given.prompt_id AND v.version = given.version
      RETURNING v.prompt_id, v.version, v.saved_at`,
    // Of copies, which bring heads and histories of their own.
    forget: `WITH gone AS (DELETE FROM ${schema}.history WHERE prompt_id = ANY($1::text[]))
      UPDATE ${schema}.prompts SET head = NULL, entries = 0 WHERE prompt_id = ANY($1::text[])`,
    // $1 to $4: versions; $5 to $8: prompts; $9 to $11: entries of histories; $12 and $13: the mark and the events.
    change: `WITH saved AS (
        INSERT INTO ${schema}.versions (prompt_id, version, document, saved_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
      ), moved AS (
        UPDATE ${schema}.prompts p
        SET head = COALESCE(given.head, p.head), entries = given.entries, changed_at = given.at
        FROM unnest($5::text[], $6::text[], $7::integer[], $8::text[])
          AS given (prompt_id, head, entries, at)
        WHERE p.prompt_id = given.prompt_id
      ), recorded AS (
        INSERT INTO ${schema}.history (prompt_id, n, entry)
        SELECT * FROM unnest($9::text[], $10::integer[], $11::text[])
      )
      INSERT INTO ${schema}.commits (mark, txid, events)
      VALUES ($12::uuid, pg_current_xact_id(), $13::text)`,
  }
}

function clearTexts(schema: string): Texts {
  return {
    setKnown: `UPDATE ${schema}.meta SET known_since = $1, known_reason = $2`,
    clearLock: `LOCK TABLE ${schema}.prompts IN EXCLUSIVE MODE`,
    clearVersions: `DELETE FROM ${schema}.versions`,
    clearHistory: `DELETE FROM ${schema}.history`,
    clearPrompts: `DELETE FROM ${schema}.prompts`,
    clearMeta: `UPDATE ${schema}.meta SET known_since = ${NOW}, known_reason = 'cleared'`,
  }
}

function commitTexts(schema: string): Texts {
  return {
    note: `INSERT INTO ${schema}.commits (mark, txid, events)
      VALUES ($1::uuid, pg_current_xact_id(), $2::text)`,
    // The commits that are visible now and were not in the snapshot $1, whatever began earlier and is still open.
    changes: `SELECT pg_current_snapshot()::text AS snapshot,
        m.pruned > pg_snapshot_xmin($1::pg_snapshot) AS is_pruned, c.mark, c.events
      FROM ${schema}.meta m LEFT JOIN ${schema}.commits c
        ON c.txid >= pg_snapshot_xmax($1::pg_snapshot)
          OR c.txid = ANY(ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
      ORDER BY c.seq`,
    // Takes the mark, unless the transaction that has it is committed. One that is under way is waited for; one that
    // comes later fails on the mark.
    fence: `INSERT INTO ${schema}.commits (mark, txid, events)
      VALUES ($1::uuid, pg_current_xact_id(), NULL) ON CONFLICT (mark) DO NOTHING`,
    outcome: `SELECT c.events IS NOT NULL AS is_committed, m.pruned::text AS pruned
      FROM ${schema}.meta m LEFT JOIN ${schema}.commits c ON c.mark = $1::uuid`,
    prune: `WITH cutoff AS (
        SELECT LEAST(txid, pg_snapshot_xmin(pg_current_snapshot())) AS txid
        FROM ${schema}.commits ORDER BY txid DESC OFFSET $1 LIMIT 1
      ), noted AS (
        UPDATE ${schema}.meta m SET pruned = GREATEST(m.pruned, c.txid) FROM cutoff c RETURNING 1
      )
      DELETE FROM ${schema}.commits WHERE txid < (SELECT txid FROM cutoff)`,
  }
}

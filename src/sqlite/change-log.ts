import type { LabelMove } from '../versions/prompt-heads.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import { pragma, type Statements } from './statements.js'

/** How many commits the table of changes keeps: a handle that is further behind is told that anything may have changed. */
const COMMITS_KEPT = 4096
/** The oldest are removed when that many more have come together. */
const REMOVED_TOGETHER = 256
/** Past this many, one reset is cheaper than their events. */
const COMMITS_READ_MAX = 1024

const RESET: readonly SourceEvent[] = [{ kind: 'reset' }]

/** A commit that is being made. */
export interface NextCommit {
  readonly number: number
  /** ISO 8601, UTC, milliseconds; never before that of an earlier commit, in any process. */
  readonly at: string
  /** The events of the commits of others that this handle had not seen. */
  readonly missed: readonly SourceEvent[]
}

/** The commits of all processes, as the table of changes has them, and how far this handle has seen them. */
export class ChangeLog {
  readonly #statements: Statements
  #seen: number
  /** SQLite changes it for this connection when another one has committed. */
  #dataVersion: number

  constructor(statements: Statements) {
    this.#statements = statements
    this.#dataVersion = pragma(statements.connection, 'data_version')
    this.#seen = this.#newest().number
  }

  /** The events of the commits of other connections since the last call. */
  unseen(): readonly SourceEvent[] {
    const dataVersion = Number(Object.values(this.#statements.get('PRAGMA data_version') ?? {})[0])
    if (dataVersion === this.#dataVersion) return []
    const { number } = this.#newest()
    const events = this.#between(this.#seen, number)
    // After the reads, which may fail and are then made again.
    this.#seen = number
    this.#dataVersion = dataVersion
    return events
  }

  /** Begins a commit. To be called in its transaction. */
  next(now: string): NextCommit {
    const { number, at } = this.#newest()
    return {
      number: number + 1,
      at: at > now ? at : now,
      missed: this.#between(this.#seen, number),
    }
  }

  /** Adds a commit with its events, in its transaction. */
  add({ number, at }: NextCommit, events: readonly SourceEvent[]): void {
    const rows = events.map(rowOf)
    this.#statements.run(
      'INSERT INTO changes (number, committed_at, events) VALUES (?, ?, ?)',
      number,
      at,
      JSON.stringify(rows),
    )
    if (number % REMOVED_TOGETHER === 0)
      this.#statements.run('DELETE FROM changes WHERE number <= ?', number - COMMITS_KEPT)
  }

  /** The commit has been made: its own events are known. */
  committed({ number }: NextCommit): void {
    this.#seen = number
  }

  #newest(): { readonly number: number; readonly at: string } {
    const row = this.#statements.get(
      'SELECT number, committed_at FROM changes ORDER BY number DESC LIMIT 1',
    )
    return { number: Number(row?.['number'] ?? 0), at: String(row?.['committed_at'] ?? '') }
  }

  /** A backup that took the place of the database may be behind what was seen. */
  #between(seen: number, newest: number): readonly SourceEvent[] {
    if (newest === seen) return []
    if (newest < seen || newest - seen > COMMITS_READ_MAX) return RESET
    const rows = this.#statements.all(
      'SELECT events FROM changes WHERE number > ? AND number <= ? ORDER BY number',
      seen,
      newest,
    )
    return rows.length < newest - seen ? RESET : rows.flatMap(({ events }) => eventsOf(events))
  }
}

/** An event as the table has it. */
type EventRow =
  | readonly ['reset']
  | readonly ['save' | 'delete', promptId: string, version: string]
  | readonly ['head', promptId: string, moves: readonly LabelMove[] | null]

function rowOf(event: SourceEvent): EventRow {
  if (event.kind === 'reset') return [event.kind]
  if (event.kind === 'head') return [event.kind, event.promptId, event.moves ?? null]
  return [event.kind, event.promptId, event.version]
}

function eventsOf(text: unknown): readonly SourceEvent[] {
  return (JSON.parse(String(text)) as readonly EventRow[]).map((row) => {
    if (row[0] === 'reset') return { kind: row[0] }
    if (row[0] === 'head') return { kind: row[0], promptId: row[1], moves: row[2] ?? undefined }
    return { kind: row[0], promptId: row[1], version: row[2] }
  })
}

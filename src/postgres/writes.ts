import { StorageError } from '../base/errors.js'
import type {
  NewDocument,
  SourceChange,
  SourceEvent,
  SourcePlan,
} from '../versions/source/document-source.js'
import type { HistoryEntry, KnownHistory } from '../versions/prompt-history.js'
import type { PromptView } from '../versions/prompt-heads.js'
import type { Commits } from './commits.js'
import type { AskedClient, Connections } from './connections.js'
import type { PgRows } from './driver.js'
import { encodeEvents } from './events.js'
import { makePrompts } from './inserts.js'
import { columnsOf, decodeHead, decodeNames } from './rows.js'
import type { Statements } from './statements.js'

const BEGIN = { text: 'BEGIN ISOLATION LEVEL READ COMMITTED' }
const COMMIT = { text: 'COMMIT' }

type Rows = PgRows['rows']

/** What changes something in the tables. */
export class Writes {
  readonly #connections: Connections
  readonly #commits: Commits
  readonly #statements: Statements

  constructor(connections: Connections, commits: Commits, statements: Statements) {
    this.#connections = connections
    this.#commits = commits
    this.#statements = statements
  }

  /** As `DocumentSource.transact`: the prompts are locked until the end, so `plan` is called once. */
  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    for (;;) {
      const { result } = await this.#commits.commit(async (client, mark, sending) => {
        return await inTransaction(client, async () => {
          const views = await this.#lock(client, promptIds)
          if (views === undefined) {
            await client.query({ text: 'ROLLBACK' })
            return 'again'
          }
          const changes = await plan(promptIds.map((id) => (views.get(id) as LockedPrompt).view))
          if (changes.length > 0) await this.#change(client, views, changes, mark)
          sending()
          await client.query(COMMIT)
          return undefined
        })
      })
      if (result !== 'again') return
      await makePrompts(this.#connections, this.#statements, promptIds)
    }
  }

  /** As `DocumentSource.clear`. */
  async clear(): Promise<void> {
    const { clearLock, clearVersions, clearHistory, clearPrompts, clearMeta, note } =
      this.#statements
    await this.#commits.commit(async (client, mark, sending) => {
      await inTransaction(client, async () => {
        for (const statement of [clearLock, clearVersions, clearHistory, clearPrompts, clearMeta])
          await client.query(statement)
        await client.query({ ...note, values: [mark, encodeEvents([{ kind: 'reset' }])] })
        sending()
        await client.query(COMMIT)
      })
    })
  }

  /** As `DocumentSource.setKnownSince`. */
  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    const { note, setKnown } = this.#statements
    const values = [known?.since ?? null, known?.reason ?? null]
    await this.#commits.commit(async (client, mark, sending) => {
      await inTransaction(client, async () => {
        await client.query({ ...setKnown, values })
        await client.query({ ...note, values: [mark, encodeEvents([])] })
        sending()
        await client.query(COMMIT)
      })
    })
  }

  /** Locks the prompts, in one order for all, and reads them; undefined if one of them has no row. */
  async #lock(
    client: AskedClient,
    promptIds: readonly string[],
  ): Promise<ReadonlyMap<string, LockedPrompt> | undefined> {
    const { rows: locked } = await client.query({ ...this.#statements.lock, values: [promptIds] })
    if (locked.length < promptIds.length) return undefined
    const { rows } = await client.query({ ...this.#statements.view, values: [promptIds] })
    return new Map(rows.map((row) => [String(row['prompt_id']), this.#lockedOf(row)]))
  }

  #lockedOf({ prompt_id: id, head, entries, at, versions }: Rows[number]): LockedPrompt {
    const promptId = String(id)
    const place = `${this.#connections.place}: ${promptId}`
    return {
      view: { promptId, head: decodeHead(head, place), versions: decodeNames(versions) },
      entries: Number(entries),
      at: String(at),
    }
  }

  async #change(
    client: AskedClient,
    views: ReadonlyMap<string, LockedPrompt>,
    changes: readonly SourceChange[],
    mark: string,
  ): Promise<void> {
    const removed = await this.#remove(client, changes)
    const copied = changes.flatMap(({ view, record }) => (record ? view.promptId : []))
    if (copied.length > 0) await client.query({ ...this.#statements.forget, values: [copied] })
    const planned = changes.map((change): PlannedRows => {
      const locked = views.get(change.view.promptId) as LockedPrompt
      return plannedRows(change, locked, removed.get(change.view.promptId) ?? new Map())
    })
    const saved = planned.flatMap(({ documents }) => documents)
    const entries = planned.flatMap(({ promptId, history, first }) =>
      history.map((entry, at) => ({ promptId, n: first + at, entry: JSON.stringify(entry) })),
    )
    const values = [
      ...columnsOf(saved),
      planned.map(({ promptId }) => promptId),
      planned.map(({ head }) => head),
      planned.map(({ first, history }) => first + history.length),
      planned.map(({ at }) => at),
      entries.map(({ promptId }) => promptId),
      entries.map(({ n }) => n),
      entries.map(({ entry }) => entry),
      mark,
      encodeEvents(changes.flatMap(eventsOf)),
    ]
    await client.query({ ...this.#statements.change, values })
  }

  /** The times of the commits that are deleted, by prompt and version. */
  async #remove(
    client: AskedClient,
    changes: readonly SourceChange[],
  ): Promise<ReadonlyMap<string, Map<string, string | null>>> {
    const names = changes.flatMap(({ view: { promptId }, delete: deleted }) =>
      deleted.map((version) => ({ promptId, version })),
    )
    const times = new Map<string, Map<string, string | null>>()
    if (names.length === 0) return times
    const values = [names.map(({ promptId }) => promptId), names.map(({ version }) => version)]
    const { rows } = await client.query({ ...this.#statements.remove, values })
    for (const { prompt_id: id, version, saved_at: savedAt } of rows) {
      const promptId = String(id)
      const own = times.get(promptId) ?? new Map<string, string | null>()
      times.set(promptId, own.set(String(version), typeof savedAt === 'string' ? savedAt : null))
    }
    if (rows.length === names.length) return times
    throw new StorageError(
      'FS-LOAD-001',
      `${this.#connections.place}: ${names.length - rows.length} versions were removed by another program while their prompts were locked`,
      { context: { reason: 'removed' } },
    )
  }
}

/** A prompt whose row is locked. */
interface LockedPrompt {
  readonly view: PromptView
  /** How long its history is. */
  readonly entries: number
  /** The time of the server, not before the last transaction. */
  readonly at: string
}

interface PlannedRows {
  readonly promptId: string
  readonly documents: readonly NewDocument[]
  readonly head: string | null
  readonly history: readonly HistoryEntry[]
  readonly first: number
  readonly at: string
}

function plannedRows(
  change: SourceChange,
  { entries, at: now }: LockedPrompt,
  removed: ReadonlyMap<string, string | null>,
): PlannedRows {
  // A copy may bring a time from a clock that was ahead: nothing was deleted before it was saved.
  const at = [now, ...removed.values()].reduce<string>(
    (last, time) => (time !== null && time > last ? time : last),
    now,
  )
  const { view, save, moves, record } = change
  const deletion = { deleted: ordered(removed), trash: false, at }
  const head = record === undefined ? change.head : record.head
  return {
    promptId: view.promptId,
    documents: save.map((document) => new TimedDocument(document, at)),
    head: head === undefined ? null : JSON.stringify(head),
    history: record?.history ?? [...moves, ...(removed.size > 0 ? [deletion] : [])],
    first: record === undefined ? entries : 0,
    at,
  }
}

/** A document with the time of its commit, unless it has one from where it was first saved. */
class TimedDocument implements NewDocument {
  readonly promptId: string
  readonly version: string
  readonly savedAt: string | null
  readonly #document: NewDocument

  constructor(document: NewDocument, at: string) {
    this.promptId = document.promptId
    this.version = document.version
    this.savedAt = document.savedAt === undefined ? at : document.savedAt
    this.#document = document
  }

  encode(): Uint8Array {
    return this.#document.encode()
  }
}

async function inTransaction<Result>(
  client: AskedClient,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await client.query(BEGIN)
    return await work()
  } catch (error) {
    await client.rollBack()
    throw error
  }
}

function eventsOf({
  view: { promptId },
  save,
  delete: deleted,
  moves,
  record,
}: SourceChange): readonly SourceEvent[] {
  return [
    ...save.map(({ version }) => ({ kind: 'save' as const, promptId, version })),
    ...deleted.map((version) => ({ kind: 'delete' as const, promptId, version })),
    { kind: 'head', promptId, ...(record === undefined ? { moves } : {}) },
  ]
}

function ordered(times: ReadonlyMap<string, string | null>): Record<string, string | null> {
  return Object.fromEntries([...times].sort(([a], [b]) => (a < b ? -1 : 1)))
}

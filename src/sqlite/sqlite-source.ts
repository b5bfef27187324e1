import { clearInterval, setInterval, sleep } from '../base/clock.js'
import { publish } from '../base/channels.js'
import { StorageError } from '../base/errors.js'
import { KeyedQueue } from '../base/keyed-queue.js'
import { isErrorNamed } from '../base/values.js'
import { checkHead, checkHistoryEntry } from '../versions/prompt-head-fields.js'
import { Contention } from '../versions/contention.js'
import type { PromptHead, PromptView } from '../versions/prompt-heads.js'
import type { KnownHistory } from '../versions/prompt-history.js'
import type { PromptPast } from '../versions/presences.js'
import type {
  DocumentSource,
  InsertRefusal,
  NewDocument,
  SourceChange,
  SourceListener,
  SourcePlan,
  StoredDocument,
  VersionName,
} from '../versions/source/document-source.js'
import type { ResolvedListOptions } from '../versions/version-storage.js'
import { GroupedGets } from './grouped-gets.js'
import type { ChangeRow, DocumentRow, ViewRow } from './messages.js'
import { unpackDocuments } from './packed-documents.js'
import type { ResolvedSqliteOptions } from './sqlite-options.js'
import { WorkerClient } from './worker-client.js'

/** From this refusal on, a transaction waits at random before it is planned again, so that others come through. */
const REFUSALS_AT_ONCE = 2
const REFUSED_WAIT_MAX_MS = 50

/** Versions in a file of SQLite. */
export class SqliteSource implements DocumentSource {
  readonly place: string
  readonly coherence = 'nextCall'
  readonly #client: WorkerClient
  readonly #gets: GroupedGets
  readonly #options: ResolvedSqliteOptions
  /** Transactions over the same prompts would only refuse each other. */
  readonly #transactions = new KeyedQueue()
  #refreshing: Promise<void> | undefined

  /** @throws TypeError if the driver is not installed; StorageError if the database cannot be opened */
  static async open(options: ResolvedSqliteOptions): Promise<SqliteSource> {
    return new SqliteSource(await WorkerClient.open(options), options)
  }

  private constructor(client: WorkerClient, options: ResolvedSqliteOptions) {
    this.#client = client
    this.#gets = new GroupedGets(client)
    this.#options = options
    this.place = `sqlite:${options.file}`
  }

  async ids(): Promise<readonly string[]> {
    return await this.#client.call('ids', {})
  }

  async names(promptId: string): Promise<readonly string[]> {
    return await this.#client.call('names', { promptId })
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return await this.#gets.get(promptId, versions)
  }

  async page(promptId: string, page: ResolvedListOptions): Promise<readonly StoredDocument[]> {
    const packed = await this.#client.call('page', { promptId, page })
    return unpackDocuments(packed).filter((document) => document !== undefined)
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    return this.#headOf(promptId, await this.#client.call('head', { promptId }))
  }

  async past(promptId: string): Promise<PromptPast> {
    const { versions, history } = await this.#client.call('past', { promptId })
    const entries = history.map((entry) =>
      this.#parsed(promptId, 'history', entry, checkHistoryEntry),
    )
    return { versions: new Map(versions), history: entries }
  }

  async pastIds(): Promise<readonly string[]> {
    return await this.#client.call('pastIds', {})
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    const known = await this.#client.call('knownSince', {})
    return known === null ? undefined : (JSON.parse(known) as KnownHistory)
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    this.#checkWritable()
    const text = known === undefined ? null : JSON.stringify(known)
    await this.#client.call('setKnownSince', { known: text })
  }

  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined> {
    this.#checkWritable()
    return await this.#client.call('insert', { documents: documents.map(rowOf), present })
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    await this.#transactions.run(promptIds, async () => {
      const contention = new Contention(promptIds, this.#options.lockTimeoutMs)
      while (!(await this.#attempt(promptIds, plan))) {
        contention.refused()
        if (contention.refusals > REFUSALS_AT_ONCE) await sleep(Math.random() * REFUSED_WAIT_MAX_MS)
      }
    })
  }

  async clear(): Promise<void> {
    this.#checkWritable()
    await this.#client.call('clear', {})
  }

  listen(listener: SourceListener): void {
    this.#client.listen(listener)
  }

  /** Calls of the same moment ask once. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh()
    return this.#refreshing
  }

  follow(): () => void {
    let isAsking = false
    const timer = setInterval(() => {
      if (isAsking) return
      isAsking = true
      this.refresh()
        .catch((error: unknown) => {
          const { place: directory } = this
          publish('background-error', () => ({ directory, stage: 'follow', error }))
        })
        .finally(() => (isAsking = false))
    }, this.#options.pollIntervalMs)
    // A watcher that waits keeps the process alive, not its timer.
    timer.unref()
    return () => clearInterval(timer)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #refresh(): Promise<void> {
    // A call that begins later may ask about a later commit.
    const asked = this.#client.call('refresh', {})
    await Promise.resolve()
    this.#refreshing = undefined
    await asked
  }

  /** False if the prompts have changed meanwhile. */
  async #attempt(promptIds: readonly string[], plan: SourcePlan): Promise<boolean> {
    const read = await this.#client.call('views', { promptIds })
    const changes = (await plan(read.map((row) => this.#viewOf(row)))).flatMap(changeOf)
    if (changes.length === 0) return true
    this.#checkWritable()
    return await this.#client.call('commit', {
      read: read.map(({ promptId, generation }) => ({ promptId, generation })),
      changes,
    })
  }

  #viewOf({ promptId, head, versions }: ViewRow): PromptView {
    return { promptId, head: this.#headOf(promptId, head), versions }
  }

  #headOf(promptId: string, text: string | null): PromptHead | undefined {
    return text === null ? undefined : this.#parsed(promptId, 'head', text, checkHead)
  }

  /** @throws StorageError for a text that no writer has made */
  #parsed<Value>(
    promptId: string,
    what: string,
    text: string,
    check: (given: unknown, name: string) => Value,
  ): Value {
    try {
      return check(JSON.parse(text), what)
    } catch (cause) {
      if (!isErrorNamed(cause, 'SyntaxError', 'TypeError')) throw cause
      const message = `The ${what} of prompt ${promptId} in ${this.place} is damaged`
      const context = { path: this.#options.file, prompt_id: promptId }
      throw new StorageError('FS-LOAD-001', message, { cause, context })
    }
  }

  #checkWritable(): void {
    if (!this.#options.readOnly) return
    const { file } = this.#options
    throw new StorageError('FS-READONLY-001', `${file} is open for reading`, {
      context: { path: file, reason: 'read_only' },
    })
  }
}

/** Nothing of a change that only looked at the prompt. */
function changeOf({
  view: { promptId },
  save,
  delete: deleted,
  head,
  moves,
  requires,
  record,
}: SourceChange): readonly ChangeRow[] {
  const size = save.length + deleted.length + moves.length + requires.length
  if (size === 0 && head === undefined && record === undefined) return []
  return [
    {
      promptId,
      save: save.map(rowOf),
      delete: deleted,
      head: head && JSON.stringify(head),
      moves: moves.map((move) => JSON.stringify(move)),
      requires,
      record: record && {
        head: record.head && JSON.stringify(record.head),
        history: record.history.map((entry) => JSON.stringify(entry)),
      },
    },
  ]
}

function rowOf(document: NewDocument): DocumentRow {
  const { promptId, version, savedAt } = document
  // A copy of its own: a part of Node's pool would go to the thread with all of the pool.
  return { promptId, version, savedAt, bytes: new Uint8Array(document.encode()) }
}

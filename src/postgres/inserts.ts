import { isStorageError } from '../base/errors.js'
import type {
  InsertRefusal,
  NewDocument,
  SourceEvent,
  TakenDocument,
  VersionName,
} from '../versions/source/document-source.js'
import type { Commits } from './commits.js'
import type { Connections } from './connections.js'
import type { PgRows } from './driver.js'
import { encodeEvents } from './events.js'
import { sqlStateOf } from './failure.js'
import { Groups } from '../base/groups.js'
import { columnsOf, decodeStored } from './rows.js'
import type { Statements } from './statements.js'

const TAKEN_MEANWHILE = '23505'
/** Statements under way at a time: while one is flushed, the next is sent. */
const GROUPS_MAX = 4
/** Most documents that calls of several callers save in one statement. */
const DOCUMENTS_MAX = 256
/** After these, the next try would wait as long again. */
const NOT_OF_THE_CALL = new Set(['FS-UNAVAILABLE-001', 'FS-TIMEOUT-001', 'FS-READONLY-001'])

type Rows = PgRows['rows']

interface Insert {
  readonly documents: readonly NewDocument[]
  /** Versions that have to be there. */
  readonly present: readonly VersionName[]
}

type Refusal = InsertRefusal | undefined

/** Saves of new versions. Those that wait at the same time share a statement; each is all or nothing by itself. */
export class Inserts {
  readonly #connections: Connections
  readonly #commits: Commits
  readonly #statements: Statements
  readonly #groups = new Groups<Insert, Refusal>({
    groupsMax: GROUPS_MAX,
    begin: beginGroup,
    run: async (inserts) => await this.#runGroup(inserts),
  })

  constructor(connections: Connections, commits: Commits, statements: Statements) {
    this.#connections = connections
    this.#commits = commits
    this.#statements = statements
  }

  /** As `DocumentSource.insert`, in one statement, which locks the prompts first. */
  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<Refusal> {
    return await this.#groups.ask({ documents, present })
  }

  async #runGroup(inserts: readonly Insert[]): Promise<readonly PromiseSettledResult<Refusal>[]> {
    try {
      const refusals = await this.#insertTogether(inserts)
      if (refusals === undefined) return await this.#eachAlone(inserts)
      return refusals.map((value) => ({ status: 'fulfilled', value }))
    } catch (error) {
      // One of them may have caused it, such as by a prompt that is locked for too long: nothing was saved.
      const isOfAll = isStorageError(error) && NOT_OF_THE_CALL.has(error.code)
      if (inserts.length === 1 || isOfAll) throw error
      return await this.#eachAlone(inserts)
    }
  }

  async #eachAlone(inserts: readonly Insert[]): Promise<readonly PromiseSettledResult<Refusal>[]> {
    return await Promise.allSettled(
      inserts.map(async (insert) => (await this.#insertTogether([insert]))?.[0]),
    )
  }

  /** Undefined if what one of several calls needs is missing, so that each has to be asked for by itself. */
  async #insertTogether(inserts: readonly Insert[]): Promise<readonly Refusal[] | undefined> {
    const refusals = new Map<Insert, Refusal>()
    let open = inserts
    while (open.length > 0) {
      const rows = await this.#insertOnce(open)
      if (rows === 'again') continue
      const [first] = rows
      if (first?.['has_prompts'] === true && first['has_needed'] !== true) {
        if (open.length === 1) return inserts.map((each) => refusals.get(each) ?? MISSING)
        return undefined
      }
      if (first?.['committed'] !== 0) break
      if (first['has_prompts'] === true) {
        const refused = refusedBy(rows.map(takenOf), open)
        for (const [insert, refusal] of refused) refusals.set(insert, refusal)
        open = open.filter((insert) => !refused.has(insert))
      } else await makePrompts(this.#connections, this.#statements, promptIdsOf(open))
    }
    return inserts.map((each) => refusals.get(each))
  }

  async #insertOnce(inserts: readonly Insert[]): Promise<Rows | 'again'> {
    const documents = inserts.flatMap((insert) => insert.documents).toSorted(byName)
    const present = inserts.flatMap((insert) => insert.present)
    const events = documents.map(({ promptId, version }): SourceEvent => {
      return { kind: 'save', promptId, version }
    })
    const columns = [
      ...columnsOf(documents),
      documents.map(({ savedAt }) => savedAt !== undefined),
      promptIdsOf(inserts),
      present.map(({ promptId }) => promptId),
      present.map(({ version }) => version),
    ]
    const outcome = await this.#commits.commit(async (client, mark, sending) => {
      sending()
      const values = [...columns, mark, encodeEvents(events)]
      try {
        return (await client.query({ ...this.#statements.insert, values })).rows
      } catch (error) {
        // Saved by another after the statement had begun: asked again, it sees that.
        if (sqlStateOf(error) === TAKEN_MEANWHILE) return 'again'
        throw error
      }
    })
    return outcome.result ?? [{ committed: 1 }]
  }
}

/** Makes rows for prompts without one: they stay, also without a version. */
export async function makePrompts(
  connections: Connections,
  statements: Statements,
  promptIds: readonly string[],
): Promise<void> {
  await connections.read({ ...statements.make, values: [promptIds.toSorted()] })
}

const MISSING: InsertRefusal = { kind: 'missing' }

/** Not two for one version, so that of several callers for one exactly one wins; and not too much at once. */
function beginGroup(): (insert: Insert) => boolean {
  const taken = new Set<string>()
  return ({ documents }) => {
    const isFull = taken.size > 0 && taken.size + documents.length > DOCUMENTS_MAX
    const names = isFull ? [] : documents.map(nameOf)
    if (isFull || names.some((name) => taken.has(name))) return false
    for (const name of names) taken.add(name)
    return true
  }
}

function refusedBy(
  taken: readonly TakenDocument[],
  inserts: readonly Insert[],
): ReadonlyMap<Insert, InsertRefusal> {
  const refused = new Map<Insert, InsertRefusal>()
  for (const insert of inserts) {
    const names = new Set(insert.documents.map(nameOf))
    const documents = taken.filter((each) => names.has(nameOf(each)))
    if (documents.length > 0) refused.set(insert, { kind: 'taken', documents })
  }
  return refused
}

function nameOf({ promptId, version }: VersionName): string {
  return `${version} ${promptId}`
}

function takenOf(row: Rows[number]): TakenDocument {
  return { promptId: String(row['prompt_id']), ...decodeStored(row) }
}

/** The prompts of all that is concerned, each once. */
function promptIdsOf(inserts: readonly Insert[]): readonly string[] {
  const names = inserts.flatMap(({ documents, present }) => [...documents, ...present])
  return [...new Set(names.map(({ promptId }) => promptId))]
}

/** One order for all that save several documents: none waits for one that waits for it. */
function byName(left: VersionName, right: VersionName): number {
  if (left.promptId !== right.promptId) return left.promptId < right.promptId ? -1 : 1
  return left.version < right.version ? -1 : 1
}

import type { StoredDocument } from '../versions/source/document-source.js'
import { groupedGets, type Get } from '../versions/source/grouped-gets.js'
import type { Connections } from './connections.js'
import { decodeStored } from './rows.js'
import type { Statements } from './statements.js'

/** Statements under way at a time. */
const GROUPS_MAX = 4

/** Reads of documents. Those that wait at the same time share a statement: a driver works mainly for each statement. */
export class Reads {
  readonly #connections: Connections
  readonly #statements: Statements
  readonly #groups = groupedGets({
    groupsMax: GROUPS_MAX,
    read: async (gets) => await this.#read(gets),
  })

  constructor(connections: Connections, statements: Statements) {
    this.#connections = connections
    this.#statements = statements
  }

  /** As `DocumentSource.get`. */
  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return await this.#groups.ask({ promptId, versions })
  }

  async #read(gets: readonly Get[]): Promise<readonly (readonly StoredDocument[])[]> {
    const { getMany } = this.#statements
    const [first] = gets
    if (first !== undefined && gets.length === 1) return [await this.#readOne(first)]
    const asked = gets.flatMap(({ promptId, versions }, call) =>
      versions.map((version) => ({ call, promptId, version })),
    )
    const values = [
      asked.map(({ call }) => call),
      asked.map(({ promptId }) => promptId),
      asked.map(({ version }) => version),
    ]
    const found: StoredDocument[][] = gets.map(() => [])
    for (const row of await this.#connections.read({ ...getMany, values }))
      found[Number(row['call'])]?.push(decodeStored(row))
    return found
  }

  async #readOne({ promptId, versions }: Get): Promise<readonly StoredDocument[]> {
    const { getOne, get } = this.#statements
    const query =
      versions.length === 1
        ? { ...getOne, values: [promptId, versions[0]] }
        : { ...get, values: [promptId, versions] }
    return (await this.#connections.read(query)).map(decodeStored)
  }
}

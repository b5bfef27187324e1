import type { StoredDocument } from '../versions/source/document-source.js'
import { groupedGets, type Get } from '../versions/source/grouped-gets.js'
import { unpackDocuments } from './packed-documents.js'
import type { WorkerClient } from './worker-client.js'

/** Questions under way at a time: the thread reads for one while the answer to the other is decoded. */
const GROUPS_MAX = 2

/**
 * Reads of documents. Those that wait at the same time share a question: a message to a thread and back costs more than
 * to read a document.
 */
export class GroupedGets {
  readonly #client: Pick<WorkerClient, 'call'>
  readonly #groups = groupedGets({
    groupsMax: GROUPS_MAX,
    read: async (gets) => await this.#read(gets),
  })

  constructor(client: Pick<WorkerClient, 'call'>) {
    this.#client = client
  }

  /** As `DocumentSource.get`. */
  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return await this.#groups.ask({ promptId, versions })
  }

  async #read(gets: readonly Get[]): Promise<readonly (readonly StoredDocument[])[]> {
    const versions = gets.flatMap((get) => get.versions)
    const promptIds = gets.flatMap((get) => get.versions.map(() => get.promptId))
    const documents = unpackDocuments(await this.#client.call('get', { promptIds, versions }))
    let end = 0
    return gets.map((get) => {
      const begin = end
      end += get.versions.length
      return documents.slice(begin, end).filter((document) => document !== undefined)
    })
  }
}

import { Groups } from '../base/groups.js'
import type { StoredDocument } from '../versions/source/document-source.js'
import { unpackDocuments } from './packed-documents.js'
import type { WorkerClient } from './worker-client.js'

/** Questions under way at a time: the thread reads for one while the answer to the other is decoded. */
const GROUPS_MAX = 2
/** Most documents that calls of several callers read with one question. */
const DOCUMENTS_MAX = 64

interface Get {
  readonly promptId: string
  readonly versions: readonly string[]
}

/**
 * Reads of documents. Those that wait at the same time share a question: a message to a thread and back costs more than
 * to read a document.
 */
export class GroupedGets {
  readonly #client: Pick<WorkerClient, 'call'>
  readonly #groups = new Groups<Get, readonly StoredDocument[]>({
    groupsMax: GROUPS_MAX,
    begin: () => {
      let documents = 0
      return ({ versions }) => {
        if (documents > 0 && documents + versions.length > DOCUMENTS_MAX) return false
        documents += versions.length
        return true
      }
    },
    run: async (gets) => {
      const found = await this.#read(gets)
      return found.map((value) => ({ status: 'fulfilled', value }))
    },
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

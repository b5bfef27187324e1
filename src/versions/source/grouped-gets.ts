import { Groups } from '../../base/groups.js'
import type { StoredDocument } from './document-source.js'

/** Most documents that calls of several callers read with one question. */
const DOCUMENTS_MAX = 64

/** One call: what `DocumentSource.get` is given. */
export interface Get {
  readonly promptId: string
  readonly versions: readonly string[]
}

export interface GroupedGetsRules {
  /** Questions under way at a time. */
  readonly groupsMax: number
  /** Answers each of the calls, in their order. */
  readonly read: (gets: readonly Get[]) => Promise<readonly (readonly StoredDocument[])[]>
}

/** Takes reads of documents that wait at the same time together, so that they share a question. */
export function groupedGets({
  groupsMax,
  read,
}: GroupedGetsRules): Groups<Get, readonly StoredDocument[]> {
  return new Groups({
    groupsMax,
    begin: () => {
      let documents = 0
      return ({ versions }) => {
        if (documents > 0 && documents + versions.length > DOCUMENTS_MAX) return false
        documents += versions.length
        return true
      }
    },
    run: async (gets) => (await read(gets)).map((value) => ({ status: 'fulfilled', value })),
  })
}

import { isDamage } from '../base/errors.js'
import type { VersionName } from '../versions/source/document-source.js'
import {
  checkDocuments,
  type IntegrityProblem,
  type IntegrityReport,
} from '../versions/source/integrity.js'
import type { PlacedDocument } from './messages.js'
import type { WorkerClient } from './worker-client.js'

const READ_TOGETHER = 64

/**
 * Lets SQLite check its file, and reads each document with its checksum.
 * @param client a connection of its own: the check takes long
 */
export async function checkDatabase(client: WorkerClient, place: string): Promise<IntegrityReport> {
  return await checkDocuments(allDocuments(client), place, await findingsOf(client))
}

async function findingsOf(client: WorkerClient): Promise<readonly IntegrityProblem[]> {
  try {
    const found = await client.call('findings', {})
    return found.map((message) => ({ kind: 'database', message }))
  } catch (error) {
    if (!isDamage(error)) throw error
    return [{ kind: 'database', message: error.message }]
  }
}

async function* allDocuments(client: WorkerClient): AsyncGenerator<PlacedDocument, void, void> {
  let after: VersionName | undefined = { promptId: '', version: '' }
  while (after !== undefined) {
    const found: readonly PlacedDocument[] = await client.call('documentsAfter', {
      after,
      limit: READ_TOGETHER,
    })
    yield* found
    after = found.at(-1)
  }
}

import { isDamage } from '../base/errors.js'
import type { VersionName } from '../versions/source/document-source.js'
import { readSound } from '../versions/version-reader.js'
import type { PlacedDocument } from './messages.js'
import type { WorkerClient } from './worker-client.js'

/** What was found wrong. */
export interface IntegrityProblem {
  /** 'database': SQLite itself finds its file damaged. 'document': a text is not what was saved. */
  readonly kind: 'database' | 'document'
  readonly message: string
  /** Of a document. */
  readonly prompt_id?: string
  readonly version?: string
}

/** What a check of a whole database came to. */
export interface IntegrityReport {
  readonly ok: boolean
  /** How many documents were read. */
  readonly documents: number
  readonly problems: readonly IntegrityProblem[]
}

const READ_TOGETHER = 64

/**
 * Lets SQLite check its file, and reads each document with its checksum.
 * @param client a connection of its own: the check takes long
 */
export async function checkDatabase(client: WorkerClient, place: string): Promise<IntegrityReport> {
  const problems: IntegrityProblem[] = []
  let documents = 0
  try {
    for (const message of await client.call('findings', {}))
      problems.push({ kind: 'database', message })
    for await (const { promptId, version, bytes } of allDocuments(client)) {
      documents++
      const path = `${place}: ${promptId}/${version}`
      const message = damageIn(bytes, { promptId, version, path })
      if (message !== undefined)
        problems.push({ kind: 'document', message, prompt_id: promptId, version })
    }
  } catch (error) {
    // The file itself is damaged: what is behind this place cannot be read.
    if (!isDamage(error)) throw error
    problems.push({ kind: 'database', message: error.message })
  }
  return Object.freeze({ ok: problems.length === 0, documents, problems: Object.freeze(problems) })
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

function damageIn(
  bytes: Uint8Array,
  expected: Parameters<typeof readSound>[1],
): string | undefined {
  try {
    readSound(bytes, expected, { checksums: true })
    return undefined
  } catch (error) {
    if (!isDamage(error)) throw error
    return error.message
  }
}

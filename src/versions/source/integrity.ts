import { isDamage } from '../../base/errors.js'
import { readSound } from '../version-reader.js'
import type { DocumentSource, VersionName } from './document-source.js'

/** What was found wrong. */
export interface IntegrityProblem {
  /** 'database': the database itself finds its file damaged. 'document': a text is not what was saved. */
  readonly kind: 'database' | 'document'
  readonly message: string
  /** Of a document. */
  readonly prompt_id?: string
  readonly version?: string
}

/** What a check of all documents came to. */
export interface IntegrityReport {
  readonly ok: boolean
  /** How many documents were read. */
  readonly documents: number
  readonly problems: readonly IntegrityProblem[]
}

/** A document as a source returns it, with its place. */
export interface PlacedText extends VersionName {
  readonly bytes: Uint8Array
}

const READ_TOGETHER = 64

/** Every document of a source, whatever is saved and deleted meanwhile. */
export async function* allDocuments(
  source: Pick<DocumentSource, 'ids' | 'names' | 'get'>,
): AsyncGenerator<PlacedText, void, void> {
  for (const promptId of await source.ids()) {
    const names = await source.names(promptId)
    for (let at = 0; at < names.length; at += READ_TOGETHER)
      for (const { version, bytes } of await source.get(
        promptId,
        names.slice(at, at + READ_TOGETHER),
      ))
        yield { promptId, version, bytes }
  }
}

/**
 * Reads each document with its checksum.
 * @param found what the database has said of itself
 */
export async function checkDocuments(
  documents: AsyncIterable<PlacedText>,
  place: string,
  found: readonly IntegrityProblem[] = [],
): Promise<IntegrityReport> {
  const problems = [...found]
  let count = 0
  try {
    for await (const { promptId, version, bytes } of documents) {
      count++
      const path = `${place}: ${promptId}/${version}`
      const message = damageIn(bytes, { promptId, version, path })
      if (message !== undefined)
        problems.push({ kind: 'document', message, prompt_id: promptId, version })
    }
  } catch (error) {
    // The database itself is damaged: what is behind this place cannot be read.
    if (!isDamage(error)) throw error
    problems.push({ kind: 'database', message: error.message })
  }
  return Object.freeze({
    ok: problems.length === 0,
    documents: count,
    problems: Object.freeze(problems),
  })
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

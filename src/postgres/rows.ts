import { StorageError } from '../base/errors.js'
import { toError } from '../base/values.js'
import { checkHead, checkHistoryEntry } from '../versions/prompt-head-fields.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { HistoryEntry } from '../versions/prompt-history.js'
import type { NewDocument, StoredDocument } from '../versions/source/document-source.js'
import type { PgRows } from './driver.js'

type Row = PgRows['rows'][number]

/** The text of a document, as the column has it. */
export function encodeText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/** The columns of documents to save: prompts, versions, texts, times. */
export function columnsOf(
  documents: readonly NewDocument[],
): readonly (readonly (string | null)[])[] {
  return [
    documents.map(({ promptId }) => promptId),
    documents.map(({ version }) => version),
    documents.map((document) => encodeText(document.encode())),
    documents.map(({ savedAt }) => savedAt ?? null),
  ]
}

/** What `string_agg` has made of versions; null of none. */
export function decodeNames(text: unknown): readonly string[] {
  return typeof text === 'string' ? text.split(',') : []
}

export function decodeStored({ version, saved_at: savedAt, document }: Row): StoredDocument {
  return {
    version: String(version),
    bytes: Buffer.from(String(document), 'utf8'),
    savedAt: typeof savedAt === 'string' ? savedAt : null,
  }
}

/** @throws StorageError FS-LOAD-001 for a text that is not one of a head */
export function decodeHead(text: unknown, place: string): PromptHead | undefined {
  if (typeof text !== 'string') return undefined
  return sound(place, 'head', () => checkHead(JSON.parse(text), 'head'))
}

/** @throws StorageError FS-LOAD-001 for a text that is not one of an entry */
export function decodeEntry(text: unknown, place: string): HistoryEntry {
  return sound(place, 'history', () => checkHistoryEntry(JSON.parse(String(text)), 'entry'))
}

function sound<Result>(place: string, what: string, decode: () => Result): Result {
  try {
    return decode()
  } catch (cause) {
    throw new StorageError(
      'FS-LOAD-001',
      `The ${what} of ${place} is damaged: ${toError(cause).message}`,
      { context: { reason: what }, cause },
    )
  }
}

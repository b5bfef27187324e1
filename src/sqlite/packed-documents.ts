import type { StoredDocument } from '../versions/source/document-source.js'
import type { PackedDocuments } from './messages.js'

const NO_BYTES = new Uint8Array(0)

/** @param documents undefined: one that does not exist */
export function packDocuments(documents: readonly (StoredDocument | undefined)[]): PackedDocuments {
  const found = documents.map((document) => document?.bytes ?? NO_BYTES)
  const texts = new Uint8Array(found.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const text of found) {
    texts.set(text, at)
    at += text.length
  }
  return {
    versions: documents.map((document) => document?.version ?? ''),
    savedAts: documents.map((document) => document?.savedAt ?? null),
    lengths: documents.map((document) => document?.bytes.length ?? -1),
    texts,
  }
}

/** As they were packed; each text is a part of the memory of all. */
export function unpackDocuments(packed: PackedDocuments): readonly (StoredDocument | undefined)[] {
  const { versions, savedAts, lengths, texts } = packed
  let end = 0
  return lengths.map((length, at) => {
    if (length < 0) return undefined
    const begin = end
    end += length
    return {
      version: versions[at] as string,
      savedAt: savedAts[at] ?? null,
      bytes: texts.subarray(begin, end),
    }
  })
}

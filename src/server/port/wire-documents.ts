import { FormatError, isDamage, type StorageError } from '../../base/errors.js'
import { wrongArgument } from '../../base/misuse.js'
import { encodeVersionFile, decodeVersionFile } from '../../document/version-file.js'
import { CopiedVersion, type VersionCopies } from '../../versions/version-copies.js'
import type { VersionDocument } from '../../versions/version-storage.js'
import type {
  PortAnswers,
  WireDamage,
  WireDocument,
  WireNewDocument,
} from '../../wire/store-port.js'

/** Most bytes of documents in one answer, beyond the first document. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
/** How many documents are read at a time. */
const READ_TOGETHER = 16

/** The text that a document travels as. */
export function wireDocument({ document, savedAt, schemaVersion }: CopiedVersion): WireDocument {
  const bytes = encodeVersionFile(document, {
    checksum: true,
    schemaVersion,
    savedAt: savedAt ?? undefined,
  })
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return { version: document.version, text, saved_at: savedAt }
}

/** The ETag of a document: the checksum at the end of its text, which covers the time of its commit, too. */
export function etagOf({ text }: WireDocument): string {
  return `"${/"(sha256:[0-9a-f]{64})"\n\}\n$/.exec(text)?.[1] ?? ''}"`
}

/**
 * The document in a text that came from a client.
 * @throws TypeError for a text that is damaged, or of another prompt
 */
export function receivedDocument({
  prompt_id: id,
  text,
  saved_at: savedAt,
}: WireNewDocument): CopiedVersion {
  const decoded = decodedText(text)
  const document = decoded.document as unknown as VersionDocument
  if (document.prompt_id !== id || typeof document.version !== 'string')
    throw wrongArgument('Field "text" must be a document of the prompt "prompt_id"')
  return new CopiedVersion(document, savedAt ?? null, decoded.schemaVersion)
}

function decodedText(text: string): ReturnType<typeof decodeVersionFile> {
  try {
    const decoded = decodeVersionFile(Buffer.from(text))
    if (decoded.checksum === 'valid') return decoded
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
  }
  throw wrongArgument('Field "text" must be the text of a document with a checksum that fits')
}

/** Documents for an answer, as many as it has room for. Damaged ones are named. */
export async function readDocuments(
  copies: VersionCopies,
  promptId: string,
  versions: readonly string[],
): Promise<PortAnswers['documents']> {
  const documents: WireDocument[] = []
  const damaged: WireDamage[] = []
  let bytes = 0
  let at = 0
  while (at < versions.length && bytes < ANSWER_BYTES_MAX) {
    const part = versions.slice(at, at + READ_TOGETHER)
    at += part.length
    for (const one of await readPart(copies, promptId, part))
      if ('code' in one) damaged.push(one)
      else {
        documents.push(one)
        bytes += one.text.length
      }
  }
  return { documents, damaged, rest: versions.slice(at) }
}

async function readPart(
  copies: VersionCopies,
  promptId: string,
  versions: readonly string[],
): Promise<readonly (WireDocument | WireDamage)[]> {
  try {
    return (await copies.documents(promptId, versions)).map(wireDocument)
  } catch (error) {
    if (!isDamage(error)) throw error
    const [version] = versions
    if (versions.length === 1 && version !== undefined) return [damageOf(version, error)]
  }
  // One of them is damaged: the others can be read.
  const parts: (WireDocument | WireDamage)[] = []
  for (const version of versions)
    for (const part of await readPart(copies, promptId, [version])) parts.push(part)
  return parts
}

function damageOf(version: string, { code, message, context }: StorageError): WireDamage {
  return { version, code, message, context }
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { checksumOf } from '../../document/checksum.js'
import type { VersionDocument } from '../../versions/version-storage.js'
import { ServerError } from '../server-error.js'

/** The JSON text of a document, and the checksum of that text. */
export interface DocumentText {
  readonly text: string
  /** `sha256:` and 64 hex digits. */
  readonly checksum: string
}

/** Stored documents are frozen, and the same object as long as it is in memory. */
const known = new WeakMap<VersionDocument, DocumentText>()

/** The text of a document that a storage has returned. */
export function textOf(document: VersionDocument): DocumentText {
  const found = known.get(document)
  if (found !== undefined) return found
  const text = JSON.stringify(document)
  const made = { text, checksum: checksumOf(Buffer.from(text)) }
  known.set(document, made)
  return made
}

/** Nothing may be used without asking whether it is still so: a label moves, a version is deleted. */
const ASK = 'private, no-cache'
/** What a checksum names never changes. */
const FOR_GOOD = 'private, max-age=31536000, immutable'

/**
 * Answers with a document, or that the client has it already. The ETag is its checksum.
 * @param checksum that the client asks for by name
 * @throws ServerError HTTP-NOTFOUND-001 for none, and for one that is not the one that is asked for
 */
export async function answerDocument(
  request: FastifyRequest,
  reply: FastifyReply,
  document: VersionDocument | undefined,
  checksum?: string,
): Promise<FastifyReply> {
  if (document === undefined) throw new ServerError('HTTP-NOTFOUND-001', 'There is no such version')
  const body = textOf(document)
  if (checksum !== undefined && checksum !== body.checksum)
    throw new ServerError('HTTP-NOTFOUND-001', 'The version has another content', {
      context: { checksum: body.checksum },
    })
  const etag = `"${body.checksum}"`
  void reply
    .header('etag', etag)
    .header('cache-control', checksum === undefined ? ASK : FOR_GOOD)
    .header('vary', 'authorization')
    .header('holdfast-version', document.version)
  if (matches(request.headers['if-none-match'], etag)) return await reply.code(304).send()
  return await reply.header('content-type', 'application/json; charset=utf-8').send(body.text)
}

/** RFC 9110, 13.1.2: a list of tags, which may be weak, or a star. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

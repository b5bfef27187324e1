import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { FileStorage } from '../../files/file-storage.js'
import type { FileInfo } from '../../files/info.js'
import { ServerError } from '../server-error.js'
import type { Api } from './api-instance.js'
import { FAILURES, text } from './shapes.js'

const keyParams = z.object({ key: z.string().min(1).max(1024) })
const listQuery = z.strictObject({
  prefix: z.string().optional(),
  limit: z.coerce.number().int().min(0).max(1000).default(100),
  cursor: text.optional(),
})
const info = z
  .object({
    key: text,
    kind: text,
    bytes: z.number(),
    digest: text,
    stored_bytes: z.number(),
    etag: text,
    metadata: z.record(z.string(), z.unknown()),
    created_at: text,
    updated_at: text,
    expires_at: text.optional(),
  })
  .meta({ id: 'FileInfo' })
const listAnswer = z.object({ files: z.array(info), cursor: text.nullable() })
const storedAnswer = z.object({ file: info })
const deletedAnswer = z.object({ deleted: z.boolean() })

/** The one type of a stored body. */
const BYTES = 'application/octet-stream'

/** Files beside the prompts. A key is one segment of the path. */
export function serveFiles(api: Api, files: FileStorage, fileBytesMax: number): void {
  takeStreams(api as unknown as FastifyInstance)
  api.get(
    '/files',
    {
      schema: {
        summary: 'The files with a prefix, sorted by key',
        querystring: listQuery,
        response: { 200: listAnswer, ...FAILURES },
      },
    },
    async ({ query: { prefix, limit, cursor } }) => {
      const page = await files.list({ prefix, limit, cursor })
      return { files: page.files, cursor: page.cursor ?? null } as never
    },
  )

  api.get(
    '/files/:key',
    {
      schema: {
        summary: 'The content of a file, or one range of it',
        params: keyParams,
        response: { 200: z.any(), ...FAILURES },
      },
    },
    async (request, reply) => await answerFile(files, request.params.key, request, reply),
  )

  api.put(
    '/files/:key',
    {
      bodyLimit: fileBytesMax,
      schema: {
        summary: 'Stores the body as a file; If-Match and If-None-Match: * are conditions',
        params: keyParams,
        response: { 200: storedAnswer, ...FAILURES },
      },
    },
    async ({ params: { key }, headers, body }) => {
      if (!isStream(body)) throw new ServerError('HTTP-TYPE-001', `The body must be ${BYTES}`)
      const file = await files.storeStream(key, limited(body, fileBytesMax), conditionOf(headers))
      return { file } as never
    },
  )

  api.delete(
    '/files/:key',
    {
      schema: {
        summary: 'Removes a file; If-Match is a condition',
        params: keyParams,
        response: { 200: deletedAnswer, ...FAILURES },
      },
    },
    async ({ params: { key }, headers }) => ({
      deleted: await files.delete(key, { ifMatch: tagOf(headers['if-match']) }),
    }),
  )
}

/** A body is not held in memory: it goes on as it arrives. */
function takeStreams(scope: FastifyInstance): void {
  scope.addContentTypeParser(BYTES, (_request, payload, done) => done(null, payload))
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

async function* limited(body: Readable, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new ServerError('HTTP-SIZE-001', 'The file is too big')
    yield chunk
  }
}

async function answerFile(
  files: FileStorage,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const found = await files.stat(key)
  if (found === undefined) throw new ServerError('HTTP-NOTFOUND-001', 'There is no such file')
  const range = rangeOf(request.headers.range, found.bytes)
  const opened = await files.retrieveStream(key, range ?? {})
  // Replaced or removed since: the range is of another content.
  if (opened === undefined || (range !== undefined && opened.file.etag !== found.etag)) {
    opened?.body.destroy()
    throw new ServerError('HTTP-NOTFOUND-001', 'The file has changed meanwhile: try again')
  }
  const { file, body } = opened
  void reply
    .header('etag', `"${file.etag}"`)
    .header('cache-control', 'private, no-cache')
    .header('accept-ranges', 'bytes')
    .header('content-type', BYTES)
    .header('content-disposition', 'attachment')
  if (tagOf(request.headers['if-none-match']) === file.etag) {
    body.destroy()
    return await reply.code(304).send()
  }
  return await sendBytes(reply, { file, body, range })
}

interface Range {
  readonly start: number
  /** The byte behind the last one. */
  readonly end: number
}

async function sendBytes(
  reply: FastifyReply,
  sent: { readonly file: FileInfo; readonly body: Readable; readonly range: Range | undefined },
): Promise<FastifyReply> {
  const { file, body, range } = sent
  if (range === undefined) return await reply.header('content-length', file.bytes).send(body)
  const { start, end } = range
  return await reply
    .code(206)
    .header('content-range', `bytes ${start}-${end - 1}/${file.bytes}`)
    .header('content-length', end - start)
    .send(body)
}

/** One range (RFC 9110, 14.1.2). Several, or one that cannot be met, are answered with the whole file. */
function rangeOf(header: string | undefined, bytes: number): Range | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1)
  return start < end ? { start, end } : undefined
}

function conditionOf(headers: FastifyRequest['headers']): {
  readonly ifAbsent?: boolean
  readonly ifMatch?: string
} {
  if (headers['if-none-match'] === '*') return { ifAbsent: true }
  const ifMatch = tagOf(headers['if-match'])
  return ifMatch === undefined ? {} : { ifMatch }
}

function tagOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^"([^"]*)"$/.exec(header.trim())?.[1]
}

// A stand-in for Google Cloud Storage's JSON API: buckets, objects, uploads in one request, in two parts and resumable
// in chunks, downloads with ranges, lists in pages, generation preconditions, checksums.
import { createHash } from 'node:crypto'
import { parseRange, serve } from './http.mjs'
import { ObjectStore } from './object-store.mjs'

const CHUNK_BYTES = 256 * 1024
const METADATA_BYTES_MAX = 8192

export async function startGcs({ directory, port, buckets = ['files'], faults } = {}) {
  const store = new ObjectStore(directory)
  for (const bucket of buckets) store.createBucket(bucket)
  const server = new GcsServer(store)
  const running = await serve({
    answer: (exchange) => server.answer(exchange),
    errorBody,
    faults,
    port,
  })
  server.endpoint = running.endpoint
  return running
}

class GcsError extends Error {
  constructor(status, reason, message = reason) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

const REWRITE = /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)\/rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/

const NOT_SATISFIED = [
  412,
  'conditionNotMet',
  'At least one of the pre-conditions you specified did not hold.',
]

class GcsServer {
  endpoint = ''
  #store
  #sessions = new Map()
  #lastSession = 0

  constructor(store) {
    this.#store = store
  }

  answer(exchange) {
    try {
      return this.#route(exchange)
    } catch (error) {
      if (!(error instanceof GcsError)) throw error
      return { status: error.status, ...errorBody(error.status, error.reason, error.message) }
    }
  }

  #route({ method, url, headers, body }) {
    const call = { method, headers, body, query: url.searchParams }
    if (url.pathname === '/storage/v1/b' && method === 'POST') return this.#createBucket(call)
    const upload = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname)
    if (upload !== null) return this.#upload({ ...call, bucket: decodeURIComponent(upload[1]) })
    const rewrite = REWRITE.exec(url.pathname)
    if (rewrite !== null) {
      const [bucket, name, , target] = rewrite.slice(1).map(decodeURIComponent)
      return this.#rewrite({ ...call, bucket, name, target })
    }
    const match = /^\/storage\/v1\/b\/([^/]+)(?:\/o(?:\/([^/]+))?)?(\/o)?$/.exec(url.pathname)
    if (match === null) throw new GcsError(404, 'notFound')
    const bucket = decodeURIComponent(match[1])
    if (!this.#store.has(bucket))
      throw new GcsError(404, 'notFound', 'The specified bucket does not exist.')
    if (match[2] === undefined && !url.pathname.endsWith('/o'))
      return json({ kind: 'storage#bucket', id: bucket, name: bucket })
    if (match[2] === undefined) return this.#list({ ...call, bucket })
    return this.#onObject({ ...call, bucket, name: decodeURIComponent(match[2]) })
  }

  #createBucket({ body }) {
    const { name } = JSON.parse(body.toString())
    if (!this.#store.createBucket(name))
      throw new GcsError(409, 'conflict', 'Your previous request to create the bucket succeeded.')
    return json({ kind: 'storage#bucket', id: name, name })
  }

  #onObject(call) {
    const object = this.#store.get(call.bucket, call.name)
    const generation = call.query.get('generation')
    const found = generation === null || object?.generation === generation ? object : undefined
    checkPreconditions(call.query, found)
    if (found === undefined)
      throw new GcsError(404, 'notFound', `No such object: ${call.bucket}/${call.name}`)
    if (call.method === 'GET' && call.query.get('alt') === 'media')
      return media(found, call.headers)
    if (call.method === 'GET') return json(resource(call.bucket, found))
    if (call.method !== 'DELETE') throw new GcsError(501, 'notImplemented')
    this.#store.remove(call.bucket, call.name)
    return { status: 204 }
  }

  /** A copy within a bucket, with other metadata. */
  #rewrite({ bucket, name, target, query, body }) {
    const object = this.#store.get(bucket, name)
    const generation = query.get('sourceGeneration')
    if (object === undefined || (generation !== null && generation !== object.generation))
      throw new GcsError(404, 'notFound', `No such object: ${bucket}/${name}`)
    checkPreconditions(query, this.#store.get(bucket, target))
    const { metadata = {}, contentType } = JSON.parse(body.toString())
    const { md5, bytes } = object
    const updated = new Date().toISOString()
    const copy = this.#store.put(bucket, target, bytes, { md5, metadata, contentType, updated })
    return json({ kind: 'storage#rewriteResponse', done: true, resource: resource(bucket, copy) })
  }

  #list({ bucket, query }) {
    const most = Math.min(Number(query.get('maxResults') ?? 1000), 1000)
    const offset = query.get('startOffset') ?? ''
    const token = query.get('pageToken')
    const names = this.#store
      .names(bucket, query.get('prefix') ?? '')
      .filter((name) => compare(name, offset) >= 0)
      .filter((name) => token === null || compare(name, decodeToken(token)) > 0)
    const page = names.slice(0, most)
    const items = page.map((name) => resource(bucket, this.#store.get(bucket, name)))
    const more = names.length > page.length
    return json({ items, ...(more ? { nextPageToken: encodeToken(page.at(-1)) } : {}) })
  }

  #upload(call) {
    if (!this.#store.has(call.bucket))
      throw new GcsError(404, 'notFound', 'The specified bucket does not exist.')
    const session = call.query.get('upload_id')
    if (call.method === 'PUT') return this.#continue(call, this.#sessions.get(session), session)
    const kind = call.query.get('uploadType')
    if (kind === 'resumable') return this.#begin(call)
    if (kind === 'multipart') {
      const { metadata, content } = twoParts(call)
      return this.#finish({ ...call, metadata, content })
    }
    if (kind === 'media') return this.#finish({ ...call, metadata: {}, content: call.body })
    throw new GcsError(400, 'invalid')
  }

  #begin(call) {
    const metadata = call.body.length === 0 ? {} : JSON.parse(call.body.toString())
    checkPreconditions(call.query, this.#store.get(call.bucket, call.query.get('name')))
    const id = `session-${++this.#lastSession}`
    this.#sessions.set(id, { call, metadata, chunks: [], bytes: 0, done: undefined })
    const location = `${this.endpoint}/upload/storage/v1/b/${call.bucket}/o?uploadType=resumable&upload_id=${id}`
    return { status: 200, headers: { location } }
  }

  #continue({ headers, body }, session, id) {
    if (session === undefined) throw new GcsError(404, 'notFound', 'No such upload session')
    if (session.done !== undefined) return session.done
    const range = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(headers['content-range'] ?? '')
    if (range === null) throw new GcsError(400, 'invalid')
    const [, start, , total] = range
    if (start !== undefined) {
      if (Number(start) !== session.bytes) throw new GcsError(503, 'backendError')
      session.chunks.push(body)
      session.bytes += body.length
    }
    if (total === '*' && range[2] !== '*') {
      if (body.length % CHUNK_BYTES !== 0) throw new GcsError(400, 'invalid')
      return incomplete(session)
    }
    if (total !== '*' && session.bytes < Number(total)) return incomplete(session)
    const content = Buffer.concat(session.chunks)
    try {
      session.done = this.#finish({ ...session.call, metadata: session.metadata, content })
    } catch (error) {
      this.#sessions.delete(id)
      throw error
    }
    session.chunks = []
    return session.done
  }

  #finish({ bucket, query, headers, metadata, content }) {
    const name = metadata.name ?? query.get('name')
    checkPreconditions(query, this.#store.get(bucket, name))
    const md5 = createHash('md5').update(content).digest('base64')
    const given = metadata.md5Hash ?? /md5=([^,]+)/.exec(headers['x-goog-hash'] ?? '')?.[1]
    if (given !== undefined && given !== md5)
      throw new GcsError(400, 'invalid', 'Provided MD5 hash does not match calculated MD5 hash.')
    const own = metadata.metadata ?? {}
    if (Object.entries(own).flat().join('').length > METADATA_BYTES_MAX)
      throw new GcsError(400, 'invalid', 'The metadata is too large')
    const object = this.#store.put(bucket, name, content, {
      md5,
      metadata: own,
      contentType: metadata.contentType ?? 'application/octet-stream',
      updated: new Date().toISOString(),
    })
    return json(resource(bucket, object))
  }
}

function checkPreconditions(query, object) {
  const generation = object?.generation ?? '0'
  const match = query.get('ifGenerationMatch')
  if (match !== null && match !== generation) throw new GcsError(...NOT_SATISFIED)
  const notMatch = query.get('ifGenerationNotMatch')
  if (notMatch !== null && notMatch === generation) throw new GcsError(304, 'notModified')
}

function media(object, headers) {
  const range = parseRange(headers.range, object.bytes.length)
  const common = {
    'content-type': object.contentType,
    'x-goog-generation': object.generation,
    'x-goog-metageneration': '1',
    'x-goog-hash': `md5=${object.md5}`,
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': String(object.bytes.length),
  }
  if (range === null) throw new GcsError(416, 'requestedRangeNotSatisfiable')
  if (range === undefined) return { status: 200, headers: common, body: object.bytes }
  const { start, end } = range
  return {
    status: 206,
    headers: { ...common, 'content-range': `bytes ${start}-${end}/${object.bytes.length}` },
    body: object.bytes.subarray(start, end + 1),
  }
}

function incomplete(session) {
  const range = session.bytes === 0 ? {} : { range: `bytes=0-${session.bytes - 1}` }
  return { status: 308, headers: range }
}

/** multipart/related: the metadata, then the content. */
function twoParts({ headers, body }) {
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1]
  const mark = Buffer.from(`--${boundary}`)
  const first = body.indexOf(mark)
  const second = body.indexOf(mark, first + mark.length)
  const last = body.lastIndexOf(mark)
  if (first < 0 || second < 0 || last <= second) throw new GcsError(400, 'invalid')
  const metadata = afterHeaders(body.subarray(first, second)).toString().trim()
  const part = afterHeaders(body.subarray(second, last))
  // The line break before a boundary belongs to the boundary.
  return { metadata: JSON.parse(metadata), content: part.subarray(0, part.length - 2) }
}

function afterHeaders(part) {
  return part.subarray(part.indexOf('\r\n\r\n') + 4)
}

function resource(bucket, object) {
  return {
    kind: 'storage#object',
    bucket,
    name: object.name,
    generation: object.generation,
    metageneration: '1',
    size: String(object.bytes.length),
    md5Hash: object.md5,
    contentType: object.contentType,
    updated: object.updated,
    metadata: object.metadata,
  }
}

function json(value) {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  }
}

const REASONS = { 429: 'rateLimitExceeded', 500: 'internalError', 503: 'backendError' }

function errorBody(status, reason = REASONS[status] ?? 'failure', message = reason) {
  const { headers, body } = json({
    error: { code: status, message, errors: [{ reason, message }] },
  })
  return { headers, body }
}

function compare(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function encodeToken(name) {
  return Buffer.from(name).toString('base64url')
}

function decodeToken(token) {
  return Buffer.from(token, 'base64url').toString()
}

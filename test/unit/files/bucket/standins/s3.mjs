// A small S3 server: one process, path style, what a client of objects needs. Conditions are honoured as Amazon does,
// unless `dialect` says otherwise.
import { createHash } from 'node:crypto'
import { parseRange, serve } from './http.mjs'
import { ObjectStore } from './object-store.mjs'

const AMAZON = { conditions: true, quotes: true, deletes: true, completes: true }
const METADATA_BYTES_MAX = 2048

export async function startS3({
  directory,
  port,
  buckets = ['files'],
  accessKeyId = 'stand-in-key',
  dialect = {},
  faults,
} = {}) {
  const store = new ObjectStore(directory)
  for (const bucket of buckets) store.createBucket(bucket)
  const server = new S3Server(store, accessKeyId, { ...AMAZON, ...dialect })
  return await serve({ answer: (exchange) => server.answer(exchange), errorBody, faults, port })
}

class S3Error extends Error {
  constructor(status, code) {
    super(code)
    this.status = status
    this.code = code
  }
}

class S3Server {
  #store
  #accessKeyId
  #dialect
  #uploads = new Map()
  #lastUpload = 0

  constructor(store, accessKeyId, dialect) {
    this.#store = store
    this.#accessKeyId = accessKeyId
    this.#dialect = dialect
  }

  answer(exchange) {
    try {
      this.#authenticate(exchange.headers)
      const [, bucket, ...rest] = exchange.url.pathname.split('/')
      const name = decodeURIComponent(rest.join('/'))
      const call = { ...exchange, bucket, name, query: exchange.url.searchParams }
      if (name === '') return this.#onBucket(call)
      if (!this.#store.has(bucket)) throw new S3Error(404, 'NoSuchBucket')
      return this.#onObject(call)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      return { status: error.status, ...errorBody(error.status, error.code) }
    }
  }

  #authenticate({ authorization = '' }) {
    const key = /Credential=([^/]+)\//.exec(authorization)?.[1]
    if (key === undefined) throw new S3Error(403, 'AccessDenied')
    if (key !== this.#accessKeyId) throw new S3Error(403, 'InvalidAccessKeyId')
  }

  #onBucket(call) {
    const { method, bucket } = call
    if (method === 'PUT') {
      if (this.#store.createBucket(bucket)) return { status: 200 }
      throw new S3Error(409, 'BucketAlreadyOwnedByYou')
    }
    if (!this.#store.has(bucket)) throw new S3Error(404, 'NoSuchBucket')
    if (method === 'HEAD') return { status: 200 }
    if (method === 'GET' && call.query.get('list-type') === '2') return this.#list(call)
    throw new S3Error(501, 'NotImplemented')
  }

  #onObject(call) {
    const { method, query } = call
    if (method === 'POST' && query.has('uploads')) return this.#beginUpload(call)
    if (method === 'PUT' && query.has('uploadId')) return this.#putPart(call)
    if (method === 'POST' && query.has('uploadId')) return this.#completeUpload(call)
    if (method === 'DELETE' && query.has('uploadId')) return this.#abortUpload(call)
    if (method === 'PUT') return this.#put(call)
    if (method === 'GET' || method === 'HEAD') return this.#read(call)
    if (method === 'DELETE') return this.#remove(call)
    throw new S3Error(501, 'NotImplemented')
  }

  #put(call) {
    if (call.headers['x-amz-copy-source'] !== undefined) return this.#copy(call)
    this.#checkCondition(call, this.#dialect.conditions)
    checkBody(call)
    const etag = md5(call.body).toString('hex')
    this.#store.put(call.bucket, call.name, call.body, { etag, metadata: metadataOf(call.headers) })
    return { status: 200, headers: { etag: `"${etag}"` } }
  }

  /** Within a bucket, with other metadata. */
  #copy({ bucket, name, headers }) {
    const [, from = ''] = /^\/?[^/]+\/(.*)$/.exec(headers['x-amz-copy-source']) ?? []
    const object = this.#store.get(bucket, decodeURIComponent(from))
    if (object === undefined) throw new S3Error(404, 'NoSuchKey')
    const etag = this.#dialect.quotes ? `"${object.etag}"` : object.etag
    const wanted = headers['x-amz-copy-source-if-match'] ?? etag
    if (this.#dialect.conditions && wanted !== etag) throw new S3Error(412, 'PreconditionFailed')
    if (headers['x-amz-metadata-directive'] !== 'REPLACE') throw new S3Error(501, 'NotImplemented')
    const facts = { etag: md5(object.bytes).toString('hex'), metadata: metadataOf(headers) }
    this.#store.put(bucket, name, object.bytes, facts)
    return xml(`<CopyObjectResult><ETag>"${facts.etag}"</ETag></CopyObjectResult>`)
  }

  #read({ method, bucket, name, headers }) {
    const object = this.#store.get(bucket, name)
    if (object === undefined) throw new S3Error(404, 'NoSuchKey')
    const meta = Object.entries(object.metadata).map(([key, value]) => [`x-amz-meta-${key}`, value])
    const common = { etag: `"${object.etag}"`, ...Object.fromEntries(meta) }
    const range = method === 'GET' ? parseRange(headers.range, object.bytes.length) : undefined
    if (range === null) throw new S3Error(416, 'InvalidRange')
    if (range === undefined) return { status: 200, headers: common, body: object.bytes }
    const { start, end } = range
    const contentRange = `bytes ${start}-${end}/${object.bytes.length}`
    return {
      status: 206,
      headers: { ...common, 'content-range': contentRange },
      body: object.bytes.subarray(start, end + 1),
    }
  }

  #remove(call) {
    const { bucket, name, headers } = call
    if (headers['if-match'] !== undefined) {
      this.#checkCondition(call, this.#dialect.conditions && this.#dialect.deletes)
    }
    if (this.#store.get(bucket, name) !== undefined) this.#store.remove(bucket, name)
    return { status: 204 }
  }

  #list({ bucket, query }) {
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const most = Math.min(Number(query.get('max-keys') ?? 1000), 1000)
    const later = this.#store
      .names(bucket, query.get('prefix') ?? '')
      .filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0)
    const page = later.slice(0, most)
    const shown = query.get('encoding-type') === 'url' ? urlEncoded : escapeXml
    const contents = page.map((name) => {
      const { etag, bytes, updated } = this.#store.get(bucket, name)
      const facts = `<LastModified>${updated.slice(0, 19)}.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${bytes.length}</Size>`
      return `<Contents><Key>${shown(name)}</Key>${facts}</Contents>`
    })
    const more = later.length > page.length
    const next = more ? `<NextContinuationToken>${shown(page.at(-1))}</NextContinuationToken>` : ''
    return xml(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    )
  }

  #beginUpload({ bucket, name, headers }) {
    const id = `upload-${++this.#lastUpload}`
    this.#uploads.set(id, { parts: new Map(), metadata: metadataOf(headers) })
    return xml(
      `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${escapeXml(name)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }

  #putPart(call) {
    const upload = this.#upload(call)
    checkBody(call)
    const etag = md5(call.body).toString('hex')
    upload.parts.set(Number(call.query.get('partNumber')), { bytes: call.body, etag })
    return { status: 200, headers: { etag: `"${etag}"` } }
  }

  #completeUpload(call) {
    const upload = this.#upload(call)
    this.#checkCondition(call, this.#dialect.conditions && this.#dialect.completes)
    const wanted = [...call.body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)]
    const parts = wanted.map(([, number]) => upload.parts.get(Number(number)))
    if (parts.length === 0 || parts.includes(undefined)) throw new S3Error(400, 'InvalidPart')
    const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')))
    const etag = `${md5(digests).toString('hex')}-${parts.length}`
    const bytes = Buffer.concat(parts.map((part) => part.bytes))
    this.#store.put(call.bucket, call.name, bytes, { etag, metadata: upload.metadata })
    this.#uploads.delete(call.query.get('uploadId'))
    return xml(
      `<CompleteMultipartUploadResult><ETag>"${etag}"</ETag></CompleteMultipartUploadResult>`,
    )
  }

  #abortUpload(call) {
    this.#upload(call)
    this.#uploads.delete(call.query.get('uploadId'))
    return { status: 204 }
  }

  #upload({ query }) {
    const upload = this.#uploads.get(query.get('uploadId'))
    if (upload === undefined) throw new S3Error(404, 'NoSuchUpload')
    return upload
  }

  #checkCondition({ bucket, name, headers }, honoured) {
    if (!honoured) return
    const object = this.#store.get(bucket, name)
    if (headers['if-none-match'] === '*' && object !== undefined)
      throw new S3Error(412, 'PreconditionFailed')
    const wanted = headers['if-match']
    if (wanted === undefined) return
    if (object === undefined) throw new S3Error(404, 'NoSuchKey')
    const etag = this.#dialect.quotes ? `"${object.etag}"` : object.etag
    if (wanted !== etag) throw new S3Error(412, 'PreconditionFailed')
  }
}

function checkBody({ headers, body }) {
  const given = headers['content-md5']
  if (given !== undefined && given !== md5(body).toString('base64'))
    throw new S3Error(400, 'BadDigest')
  const sha256 = headers['x-amz-content-sha256'] ?? ''
  const signed = /^[0-9a-f]{64}$/.test(sha256)
  if (signed && sha256 !== createHash('sha256').update(body).digest('hex'))
    throw new S3Error(400, 'XAmzContentSHA256Mismatch')
}

function metadataOf(headers) {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'))
  const metadata = Object.fromEntries(own.map(([name, value]) => [name.slice(11), value]))
  if (Object.entries(metadata).flat().join('').length > METADATA_BYTES_MAX)
    throw new S3Error(400, 'MetadataTooLarge')
  return metadata
}

function md5(bytes) {
  return createHash('md5').update(bytes).digest()
}

function urlEncoded(name) {
  return encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%20', '+')
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function xml(body) {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
  }
}

const NAMES = { 429: 'TooManyRequests', 500: 'InternalError', 503: 'SlowDown' }

function errorBody(status, code = NAMES[status] ?? 'Failure') {
  const { headers, body } = xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
  return { headers, body }
}

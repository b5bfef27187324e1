import { ObjectFailure, connectionFailure, noCredentials, statusFailure } from '../failure.js'

/** The parts of a client error that we look at. Resumable uploads have a status and no code. */
interface ClientError {
  readonly code?: unknown
  readonly status?: unknown
  readonly message?: unknown
  readonly response?: { readonly status?: unknown }
  readonly errors?: readonly { readonly reason?: unknown }[]
}

const BUCKET_GONE = /bucket does not exist/i
/** Of the library that finds credentials: it has no codes, and its messages may quote the files that it read. */
const CREDENTIALS =
  /credential|invalid_grant|private key|key file|keyfile|pem|JSON at position|valid JSON/i
/** None were found. */
const NO_DEFAULT = /could not load the default credentials/i

/** The outcome of a request, by an error of the client. Nothing of the error itself is kept: see ObjectFailure. */
export function gcsFailure(error: unknown): ObjectFailure {
  if (error instanceof ObjectFailure) return error
  const given = (error ?? {}) as ClientError
  const code = given.code ?? given.status ?? given.response?.status
  const status = Number.isInteger(Number(code)) ? Number(code) : undefined
  const message = typeof given.message === 'string' ? given.message : ''
  const reason = reasonOf(given)
  if (status === 404 && BUCKET_GONE.test(message))
    return new ObjectFailure('no-bucket', 'There is no such bucket', { status, reason })
  return (
    connectionFailure(typeof code === 'string' ? code : undefined) ??
    statusFailure(status, reason) ??
    credentialsFailure(code, message) ??
    new ObjectFailure('unknown', 'The request failed', { reason })
  )
}

/** The object does not exist, but its bucket does. */
export function isNoObject(error: unknown): boolean {
  const failure = gcsFailure(error)
  return failure.kind === 'rejected' && failure.status === 404
}

/** The range begins at or after the end of the object. */
export function isBeyond(error: unknown): boolean {
  return gcsFailure(error).status === 416
}

function reasonOf({ errors, code }: ClientError): string | undefined {
  const reason = errors?.[0]?.reason ?? code
  return typeof reason === 'string' ? reason : undefined
}

function credentialsFailure(code: unknown, message: string): ObjectFailure | undefined {
  if (code === 'ENOENT' || NO_DEFAULT.test(message)) return noCredentials('Google Cloud Storage')
  if (code !== 'EACCES' && !CREDENTIALS.test(message)) return undefined
  return new ObjectFailure('denied', 'No usable credentials for Google Cloud Storage were found', {
    reason: typeof code === 'string' ? code : 'credentials',
  })
}

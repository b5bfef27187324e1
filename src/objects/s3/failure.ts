import { ObjectFailure, connectionFailure, noCredentials, statusFailure } from '../failure.js'

/** The parts of an SDK error that we look at. */
interface SdkError {
  readonly name?: unknown
  readonly code?: unknown
  readonly $metadata?: { readonly httpStatusCode?: unknown }
}

/** Some of them come with status 400. */
const DENIED = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
])
/** Of the SDK's providers: nothing was sent. */
const NOT_FOUND = new Set(['CredentialsProviderError', 'TokenProviderError'])
/** Another conditional write of the same object was going on; this one was not carried out. */
const CONCURRENT = new Set(['ConditionalRequestConflict', 'OperationAborted'])

/** The outcome of a request, by an error of the SDK. Nothing of the error itself is kept: see ObjectFailure. */
export function s3Failure(error: unknown): ObjectFailure {
  if (error instanceof ObjectFailure) return error
  const { name, code, $metadata } = (error ?? {}) as SdkError
  const reason = typeof name === 'string' ? name : undefined
  const status =
    typeof $metadata?.httpStatusCode === 'number' ? $metadata.httpStatusCode : undefined
  return (
    byName(reason, status) ??
    connectionFailure(typeof code === 'string' ? code : undefined) ??
    statusFailure(status, reason) ??
    new ObjectFailure('unknown', `The request failed (${reason ?? 'no reason given'})`, { reason })
  )
}

function byName(reason: string | undefined, status: number | undefined): ObjectFailure | undefined {
  const facts = { reason, status }
  if (reason === undefined) return undefined
  if (reason === 'NoSuchBucket')
    return new ObjectFailure('no-bucket', 'There is no such bucket', facts)
  if (reason === 'SlowDown')
    return new ObjectFailure('refused', 'The service is throttling (SlowDown)', facts)
  if (CONCURRENT.has(reason))
    return new ObjectFailure(
      'refused',
      `Another write of the object was going on (${reason})`,
      facts,
    )
  if (NOT_FOUND.has(reason)) return noCredentials('S3')
  if (DENIED.has(reason))
    return new ObjectFailure('denied', `The service denies access (${reason})`, facts)
  if (reason === 'TimeoutError' || reason === 'AbortError' || reason === 'RequestTimeout')
    return new ObjectFailure('unknown', `The service did not answer in time (${reason})`, facts)
  return undefined
}

/** The object does not exist. The answer to a HEAD has no body that could say whether the bucket does. */
export function isNoObject(error: unknown): boolean {
  const { name } = (error ?? {}) as SdkError
  return name === 'NoSuchKey' || name === 'NotFound'
}

/** The range begins at or after the end of the object. */
export function isBeyond(error: unknown): boolean {
  return ((error ?? {}) as SdkError).name === 'InvalidRange'
}

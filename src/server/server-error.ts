import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../base/errors.js'

/**
 * The refusals and failures of the server itself, with their HTTP status. What the library refuses keeps the code of the
 * library. The codes are API: docs/errors.md says what each means and what to do.
 */
export const SERVER_ERROR_STATUS = {
  'HTTP-REQUEST-001': 400, // a malformed request, or one that does not fit the schema
  'HTTP-AUTH-001': 401, // no token, or an unknown one
  'HTTP-AUTH-002': 403, // the token does not have the scope
  'HTTP-HOST-001': 403, // the name of the host, or the origin, is not one of this server
  'HTTP-NOTFOUND-001': 404, // the document that was asked for does not exist
  'HTTP-ROUTE-001': 404, // nothing is at this path
  'HTTP-METHOD-001': 405, // something is at this path, but not with this method
  'HTTP-TIMEOUT-001': 408, // the request did not arrive, or was not answered, in time
  'HTTP-PRECONDITION-001': 409, // an expectation of a transaction did not hold: nothing was changed
  'HTTP-SIZE-001': 413, // the body, the path or the headers are too big
  'HTTP-TYPE-001': 415, // the body has a type that is not accepted
  'HTTP-KEY-001': 422, // an idempotency key was used for another request
  'HTTP-RATE-001': 429, // too many requests
  'HTTP-FAULT-001': 500, // a defect: the log has the request id
  'HTTP-BUSY-001': 503, // the server is closing, or has as many connections as it may
} as const

export type ServerErrorCode = keyof typeof SERVER_ERROR_STATUS

/** The server refuses a request. */
export class ServerError extends HoldfastError<ServerErrorCode> {
  declare readonly name: 'ServerError'

  constructor(code: ServerErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, message, options)
  }
}

nameErrors(ServerError, 'ServerError')

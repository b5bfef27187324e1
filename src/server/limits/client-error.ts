import type { Socket } from 'node:net'
import { codeOf, toError } from '../../base/values.js'
import { errorAnswer } from '../error-answer.js'
import { ServerError } from '../server-error.js'

/**
 * Answers bytes that are not a request, or that did not arrive in time, in the form of every other failure, and ends the
 * connection: what follows on it cannot be told apart.
 */
export function refuseBytes(thrown: unknown, socket: Socket): void {
  const error = toError(thrown)
  const code = codeOf(error)
  // The client is gone, or was answered already.
  if (code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const { status, body } = errorAnswer(refusalOf(code))
  const text = JSON.stringify(body)
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`)
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

function refusalOf(code: string | undefined): ServerError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new ServerError('HTTP-SIZE-001', 'The headers are too big', { context: { status: 431 } })
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ServerError('HTTP-TIMEOUT-001', 'The request did not arrive in time')
  return new ServerError('HTTP-REQUEST-001', 'The bytes are not a request of HTTP/1.1')
}

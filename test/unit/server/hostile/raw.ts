import { connect, type Socket } from 'node:net'

/** What came back on a connection. */
export interface RawAnswer {
  /** 0 where the server closed the connection without an answer. */
  readonly status: number
  readonly text: string
  /** The body as JSON, where it is. */
  readonly body: unknown
}

/** How long an answer may take: far more than the limits of the server in these tests. */
const ANSWER_MS = 20_000

/** Sends bytes as they are, and returns the first answer when the server has closed the connection. */
export async function sendRaw(
  port: number,
  bytes: string | Uint8Array | ((socket: Socket) => void),
): Promise<RawAnswer> {
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const finish = (): void => {
      socket.destroy()
      resolve(answerIn(Buffer.concat(chunks).toString('latin1')))
    }
    socket.setTimeout(ANSWER_MS, () => {
      socket.destroy()
      reject(new Error(`No end after ${ANSWER_MS} ms; so far: ${Buffer.concat(chunks).toString()}`))
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', finish)
    socket.on('error', finish)
    socket.on('connect', () => {
      if (typeof bytes === 'function') bytes(socket)
      else socket.write(bytes)
    })
  })
}

function answerIn(text: string): RawAnswer {
  const [, status = '0'] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? []
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return { status: Number(status), text, body: parsed(body) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request with the headers that it needs; the server ends the connection after it. */
export function request(line: string, headers: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const all = ['Host: localhost', 'Connection: close', ...headers, ...length]
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** As `request`, of JSON. */
export function post(path: string, body: string, headers: readonly string[] = []): string {
  return request(`POST ${path}`, ['Content-Type: application/json', ...headers], body)
}

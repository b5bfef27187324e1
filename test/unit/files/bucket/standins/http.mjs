// What both stand-ins need of node:http: bodies, ranges, faults.
import { createServer } from 'node:http'

/**
 * Starts a server. `answer(exchange)` gives `{ status, headers, body }`. `faults(exchange)` may give, for a request:
 * `{ status }` an error instead of an answer; `'reset'` the connection ends before anything is done; `'lost'` it is
 * done, and the connection ends without an answer; `'hang'` there is never an answer; `{ cut }` the answer ends after
 * `cut` bytes of its body; `{ stall }` it stops there.
 */
export async function serve({ answer, errorBody, faults = () => undefined, port = 0 }) {
  const requests = []
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => {
      process.stderr.write(`stand-in: ${error?.stack ?? error}\n`)
      response.destroy()
    })
  })
  async function respond(request, response) {
    const url = new URL(request.url, 'http://stand-in')
    const exchange = { method: request.method, url, headers: request.headers, body: undefined }
    requests.push(`${request.method} ${request.url}`)
    const fault = faults(exchange)
    if (fault === 'reset') return request.socket.destroy()
    if (fault === 'hang') return
    exchange.body = await bodyOf(request)
    if (fault?.status !== undefined) {
      const { headers, body } = errorBody(fault.status)
      return send(response, { status: fault.status, headers, body }, request.method)
    }
    const result = answer(exchange)
    if (fault === 'lost') return request.socket.destroy()
    send(response, result, request.method, fault)
  }
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: server.address().port,
    endpoint: `http://127.0.0.1:${server.address().port}`,
    requests,
    setFaults(next) {
      faults = next ?? (() => undefined)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function send(response, { status, headers = {}, body = '' }, method, fault) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body)
  response.writeHead(status, { 'content-length': bytes.length, ...headers })
  const end = fault?.cut ?? fault?.stall
  if (method === 'HEAD') return response.end()
  if (end === undefined) return response.end(bytes)
  response.write(bytes.subarray(0, end))
  if (fault.cut !== undefined) setTimeout(() => response.destroy(), 20)
}

/** `{ start, end }` with `end` included; undefined for none; null where it cannot be satisfied. */
export function parseRange(header, size) {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const start = Number(match[1])
  if (start >= size) return null
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  return { start, end }
}

import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CountedTransport } from './counted-transport.js'
import { buildMcpServer, type Served } from './mcp-server.js'
import { announceChanges } from './list-changes.js'

/** Where a client is. */
export interface StdioOptions {
  readonly stdin: Readable
  readonly stdout: Writable
  /** Called for what fails without a request, such as a line that is not a message. */
  readonly onFailure: (error: Error) => void
}

/** Longest line of a client: a prompt of the greatest length, and room for escapes. */
export const LINE_BYTES_MAX: number = 4 * 1024 * 1024

/** Serves one client until it closes its end, and answers the requests that it has made by then. */
export async function serveStdio(served: Served, options: StdioOptions): Promise<void> {
  const { stdin, stdout, onFailure } = options
  const { server, place } = buildMcpServer(served)
  const stdio = new StdioServerTransport(stdin, stdout, { maxBufferSize: LINE_BYTES_MAX })
  const transport = new CountedTransport(stdio)
  const watching = new AbortController()
  const deaf = new Promise<void>((resolve) => {
    for (const event of ['close', 'error']) stdout.once(event, () => resolve())
  })
  const gone = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) stdin.once(event, () => resolve())
    // A line that is too long ends the connection.
    server.server.onclose = resolve
  })
  server.server.onerror = onFailure
  await server.connect(transport)
  const announced = announceChanges(server, place, { signal: watching.signal, onFailure })
  await Promise.race([gone, deaf])
  await Promise.race([transport.answered(), deaf])
  watching.abort()
  await announced
  await server.close()
}

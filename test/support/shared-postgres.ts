import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres, type PostgresServer } from './postgres-server.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test file asks for the URL of the run's server. */
    postgresDesk: string
  }
}

/** What the answer to a test file holds. */
export type PostgresAnswer = { readonly url: string } | { readonly error: string }

/**
 * One PostgreSQL for a whole run, started when the first test file asks for it: most runs need none. It ends with
 * this process.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Named pipes are not files; nothing asks there (POSTGRES_LEFT_OUT).
  if (platform() === 'win32') return undefined
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-desk-'))
  const path = join(directory, 'desk')
  let starting: Promise<PostgresServer> | undefined
  const desk = createServer((socket) => {
    starting ??= startPostgres({ settings: { max_connections: 200 } })
    void answer(socket, starting)
  })
  await listen(desk, path)
  project.provide('postgresDesk', path)
  return async () => {
    desk.close()
    const server = await starting?.catch(() => undefined)
    await server?.remove()
    await rm(directory, { recursive: true, force: true })
  }
}

async function answer(socket: Socket, starting: Promise<PostgresServer>): Promise<void> {
  // A test file that has ended waits for nothing.
  socket.on('error', () => undefined)
  const text: PostgresAnswer = await starting.then(
    (server) => ({ url: server.url() }),
    (error: unknown) => ({ error: String(error) }),
  )
  socket.end(JSON.stringify(text))
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path)
  await once(server, 'listening')
  server.unref()
}

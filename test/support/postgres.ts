import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, inject, onTestFinished, TestRunner } from 'vitest'
import {
  startPostgres as start,
  withClient,
  type PostgresOptions,
  type PostgresServer,
} from './postgres-server.mjs'
import type { PostgresAnswer } from './shared-postgres.js'

export { withClient, type PostgresServer } from './postgres-server.mjs'

/**
 * Why tests leave PostgreSQL out here. Everywhere else a server that does not start fails the tests that need one:
 * `describe.skipIf(POSTGRES_LEFT_OUT !== undefined)`.
 */
export const POSTGRES_LEFT_OUT: string | undefined =
  process.platform === 'win32' ? 'the servers run on unix sockets' : undefined

/** The server that `TEST_DATABASE_URL` names, with a role that may create databases; else the one of the run. */
async function sharedServer(): Promise<string> {
  const { TEST_DATABASE_URL: given } = process.env
  if (given !== undefined) return given
  const answer = JSON.parse(await text(connect(inject('postgresDesk')))) as PostgresAnswer
  if ('error' in answer) throw new Error(answer.error)
  return answer.url
}

/**
 * The URL of a new empty database on the server of the run, which all test files share: it is dropped when the test,
 * or called from `beforeAll` the file, has ended. Tests that stop or kill a server start their own (`startPostgres`).
 */
export async function testDatabase(): Promise<string> {
  const server = await sharedServer()
  const name = `holdfast_test_${randomBytes(8).toString('hex')}`
  await withClient(server, async (client) => await client.query(`CREATE DATABASE ${name}`))
  atTheEnd(async () => {
    const drop = `DROP DATABASE ${name} WITH (FORCE)`
    await withClient(server, async (client) => await client.query(drop))
  })
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** A server of this test's own, or called from `beforeAll` of this file's, which may be stopped and killed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const server = await start(options)
  atTheEnd(async () => await server.remove())
  return server
}

const leftOver: (() => Promise<void>)[] = []

afterAll(async () => {
  for (const end of leftOver.splice(0).toReversed()) await end()
})

function atTheEnd(end: () => Promise<void>): void {
  if (TestRunner.getCurrentTest() === undefined) leftOver.push(end)
  else onTestFinished(end)
}

import { Changes } from './changes.js'
import { Connections } from './connections.js'
import { importDriver, type OwnPool, type PgSoloClient, type PostgresPool } from './driver.js'
import { failureOf } from './failure.js'
import type { ResolvedPostgresOptions } from './postgres-options.js'
import type { OpenDatabase } from './postgres-source.js'
import { prepareSchema } from './schema.js'
import { statementsFor } from './statements.js'

/** How much longer than the server works on a statement the client waits for its answer. */
const NETWORK_MS = 2000

/** Connects to a database, and makes its tables. @throws as `PostgresSource.open` */
export async function openDatabase(options: ResolvedPostgresOptions): Promise<OpenDatabase> {
  const { schemaName, staleMs, connectTimeoutMs, statementTimeoutMs } = options
  const { pool, max, makeClient, end } = await poolFor(options)
  const answerTimeoutMs = statementTimeoutMs + NETWORK_MS
  const place = placeOf(makeClient())
  const connections = new Connections(pool, max, place, { connectTimeoutMs, answerTimeoutMs })
  const statements = statementsFor(schemaName)
  const rules = { place, schemaName, statements, staleMs, connectTimeoutMs, answerTimeoutMs }
  const changes = new Changes(rules, makeClient)
  try {
    await prepareSchema(connections, {
      name: schemaName,
      mayChange: options.create && !options.readOnly,
      lockTimeoutMs: options.lockTimeoutMs,
    })
    await changes.refresh(true)
  } catch (error) {
    await changes.close()
    await end()
    throw failureOf(error, { what: 'Cannot open', place, fallback: 'FS-FORMAT-001' })
  }
  return { connections, changes, statements, isReadOnly: options.readOnly, staleMs, end }
}

interface ChosenPool {
  readonly pool: PostgresPool
  readonly max: number
  readonly makeClient: () => PgSoloClient
  readonly end: () => Promise<void>
}

async function poolFor(options: ResolvedPostgresOptions): Promise<ChosenPool> {
  const { pool, maxConnections } = options
  const { Pool, Client } = await importDriver()
  if (pool !== undefined) {
    const given = pool.options as Readonly<Record<string, unknown>>
    return {
      pool,
      max: typeof given['max'] === 'number' ? given['max'] : maxConnections,
      // The password is a hidden property of the pool's options.
      makeClient: () => new Client({ ...given, password: given['password'], keepAlive: true }),
      end: async () => {
        await Promise.resolve()
      },
    }
  }
  const settings = settingsOf(options)
  const own: OwnPool = new Pool({ ...settings, max: maxConnections, allowExitOnIdle: true })
  // An idle connection that breaks is replaced when it is needed.
  own.on('error', () => undefined)
  return {
    pool: own,
    max: maxConnections,
    makeClient: () => new Client(settings),
    end: async () => {
      await own.end()
    },
  }
}

function settingsOf(options: ResolvedPostgresOptions): Readonly<Record<string, unknown>> {
  return {
    connectionString: options.url,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    // A process that was stopped in a transaction does not keep its locks forever.
    idle_in_transaction_session_timeout: options.statementTimeoutMs,
    keepAlive: true,
    application_name: 'holdfast',
  }
}

/** The database as messages name it: without any secret. */
function placeOf({ user, host, port, database }: PgSoloClient): string {
  const name = encodeURIComponent(database ?? '')
  const from = user === undefined ? '' : `${encodeURIComponent(user)}@`
  return host.startsWith('/')
    ? `postgres://${from}/${name}?host=${host}`
    : `postgres://${from}${host}:${port}/${name}`
}

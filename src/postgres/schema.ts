import { hash } from 'node:crypto'
import { StorageError } from '../base/errors.js'
import type { AskedClient, Connections } from './connections.js'
import { failureOf, isRolledBack, sqlStateOf } from './failure.js'
import { MIGRATIONS } from './tables.js'

/** The first server with transaction ids of 64 bits, which are never used again. */
const SERVER_VERSION_MIN = 13
const MISSING = new Set(['42P01', '3F000'])
const DUPLICATE = new Set(['42P06', '42P07', '42710'])

export interface SchemaRules {
  readonly name: string
  /** Whether missing tables are made, and earlier ones migrated. */
  readonly mayChange: boolean
  readonly lockTimeoutMs: number
}

/**
 * Makes the tables of a store, or migrates those that an earlier program has made.
 * @throws StorageError FS-FORMAT-001 for tables that this program must not or cannot use
 */
export async function prepareSchema(connections: Connections, rules: SchemaRules): Promise<void> {
  const { place } = connections
  try {
    await connections.use(async (client) => {
      await checkServer(client, place)
      const found = await versionOf(client, rules.name)
      if (found === MIGRATIONS.length) return
      checkVersion(found, place, rules)
      await migrateLocked(client, rules, place)
    })
  } catch (error) {
    // Two programs that migrate at once, one of which knows no lock of this kind.
    if (isRolledBack(error)) await prepareSchema(connections, rules)
    else throw failureOf(error, { what: 'Cannot open', place, fallback: 'FS-FORMAT-001' })
  }
}

async function checkServer(client: AskedClient, place: string): Promise<void> {
  const text = `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`
  const { rows } = await client.query({ text })
  const version = Math.floor(Number(rows[0]?.['version']) / 10_000)
  if (version < SERVER_VERSION_MIN)
    throw refusal(
      `${place} is a server of version ${version}; version ${SERVER_VERSION_MIN} or later is needed`,
      'server_version',
    )
  const encoding = String(rows[0]?.['encoding'])
  if (encoding !== 'UTF8')
    throw refusal(
      `${place} has the encoding ${encoding}; create the database with ENCODING 'UTF8'`,
      'encoding',
    )
}

/** The version of the tables; 0 without any. */
async function versionOf(client: AskedClient, name: string): Promise<number> {
  try {
    const { rows } = await client.query({ text: `SELECT version FROM "${name}"."meta"` })
    return Number(rows[0]?.['version'] ?? 0)
  } catch (error) {
    if (MISSING.has(sqlStateOf(error) ?? '')) return 0
    throw error
  }
}

function checkVersion(found: number, place: string, { name, mayChange }: SchemaRules): void {
  const known = MIGRATIONS.length
  if (found > known)
    throw refusal(
      `Schema "${name}" of ${place} was made by a later program: it has version ${found}, and this program knows ${known}; update it`,
      'newer',
      found,
    )
  if (mayChange) return
  throw found === 0
    ? refusal(`Schema "${name}" of ${place} is not a store, and none may be created`, 'missing')
    : refusal(
        `Schema "${name}" of ${place} has version ${found}: open it once with readOnly: false and create: true, which migrates it to version ${known}`,
        'older',
        found,
      )
}

/** A lock of the transaction: where there is no table yet, there is no row to lock. */
async function migrateLocked(
  client: AskedClient,
  rules: SchemaRules,
  place: string,
): Promise<void> {
  const { name, lockTimeoutMs } = rules
  const key = hash('sha256', `holdfast migration ${name}`, 'buffer')
  await client.query({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' })
  try {
    await client.query({ text: `SET LOCAL lock_timeout = ${lockTimeoutMs}` })
    const values = [key.readInt32BE(0), key.readInt32BE(4)]
    await client.query({ text: 'SELECT pg_advisory_xact_lock($1::integer, $2::integer)', values })
    await migrate(client, rules, place)
    await client.query({ text: 'COMMIT' })
  } catch (error) {
    await client.rollBack()
    if (!DUPLICATE.has(sqlStateOf(error) ?? '')) throw error
    throw refusal(
      `Schema "${name}" of ${place} has other tables with the names of a store's; choose another with the option schemaName`,
      'foreign',
    )
  }
}

async function migrate(client: AskedClient, rules: SchemaRules, place: string): Promise<void> {
  const { name } = rules
  const { rows } = await client.query({
    text: `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS has_schema,
      EXISTS (SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
        WHERE n.nspname = $1 AND c.relname = 'meta') AS has_meta`,
    values: [name],
  })
  const found = rows[0]?.['has_meta'] === true ? await versionOf(client, name) : 0
  if (found === MIGRATIONS.length) return
  checkVersion(found, place, rules)
  if (rows[0]?.['has_schema'] !== true) await client.query({ text: `CREATE SCHEMA "${name}"` })
  for (const statements of MIGRATIONS.slice(found))
    for (const text of statements(`"${name}"`)) await client.query({ text })
  const text = `UPDATE "${name}"."meta" SET version = ${MIGRATIONS.length}`
  await client.query({ text })
}

function refusal(message: string, reason: string, version?: number): StorageError {
  return new StorageError('FS-FORMAT-001', message, {
    context: { reason, ...(version === undefined ? {} : { format_version: version }) },
  })
}

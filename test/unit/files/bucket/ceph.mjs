#!/usr/bin/env node
// A real S3 server: Ceph's gateway over one monitor and one OSD that keeps its data in memory. Debian packages:
//   apt-get install --no-install-recommends radosgw ceph-mon ceph-osd
//
//   node test/unit/files/bucket/ceph.mjs run -- npx vitest run test/unit/files
//     starts it, runs the command with S3_TEST_ENDPOINT, S3_TEST_ACCESS_KEY, S3_TEST_SECRET_KEY and
//     S3_TEST_LIMITATIONS set, stops it
//     with --if-installed in front of the command: does nothing, and says so, where the packages are missing
//   node test/unit/files/bucket/ceph.mjs install
//     installs the packages, where that can be done
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd']
const READY_MS = 90_000
const GATEWAY = 'client.rgw.test'

/** Of Ceph 16; limitations.test.ts measures them, docs/cloud.md says what they mean. */
const LIMITATIONS = [
  'etags-without-quotes',
  'deletes-without-conditions',
  'completions-without-conditions',
  'versions-repeat',
  'lost-races-unclear',
]

export const ACCESS_KEY = 'cephtestkey'
export const SECRET_KEY = 'cephtestsecret0123456789'

/** `.ci/run` has installed what `.ci/packages` lists, if it may: what is missing then is a failure. */
const isExpected = process.env['HOLDFAST_CI'] === '1' && process.getuid?.() === 0

/** Why tests leave Ceph out here; where CI runs as root, a missing server fails them. */
export const CEPH_LEFT_OUT =
  isInstalled() || isExpected ? undefined : `${PACKAGES.join(', ')} are not installed`

/** Starts a cluster of its own; `stop` ends its processes and removes its files. */
export async function startCeph() {
  const cluster = new Cluster()
  try {
    await cluster.start()
    return cluster
  } catch (error) {
    await cluster.stop()
    throw error
  }
}

class Cluster {
  endpoint = ''
  #directory = mkdtempSync(join(tmpdir(), 'holdfast-ceph-'))
  #processes = []
  #gateway

  async start() {
    const [monitor, gateway] = [await freePort(), await freePort()]
    this.endpoint = `http://127.0.0.1:${gateway}`
    for (const name of ['mon', 'osd', 'run']) mkdirSync(join(this.#directory, name))
    const id = randomUUID()
    writeFileSync(this.#path('ceph.conf'), configuration(this.#directory, { id, monitor, gateway }))
    this.#makeKeys()
    await this.#startMonitor(id, monitor)
    await this.#startOsd()
    this.#makeGatewayKey()
    await this.startGateway()
    this.#makeUser()
  }

  /** Starts the gateway again after `killGateway`, at the same port. */
  async startGateway() {
    this.#gateway = this.#spawn('radosgw', ['-n', GATEWAY])
    await until('the gateway', async () => (await fetch(this.endpoint)).ok)
  }

  /** SIGKILL. What it has acknowledged is in the OSD. */
  async killGateway() {
    await ended(this.#gateway)
  }

  async stop() {
    for (const child of this.#processes.toReversed()) await ended(child)
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #makeKeys() {
    const all = ['mon', 'osd', 'mgr', 'mds'].flatMap((part) => ['--cap', part, 'allow *'])
    const [mon, admin] = [this.#path('keyring.mon'), this.#path('keyring.admin')]
    run('ceph-authtool', [
      '--create-keyring',
      mon,
      '--gen-key',
      '-n',
      'mon.',
      '--cap',
      'mon',
      'allow *',
    ])
    run('ceph-authtool', ['--create-keyring', admin, '--gen-key', '-n', 'client.admin', ...all])
    run('ceph-authtool', [mon, '--import-keyring', admin])
  }

  async #startMonitor(id, port) {
    const map = this.#path('monmap')
    const address = `[v2:127.0.0.1:${port}]`
    run('monmaptool', ['--create', '--addv', 'a', address, '--fsid', id, map])
    const made = ['--mkfs', '-i', 'a', '--monmap', map, '--keyring', this.#path('keyring.mon')]
    run('ceph-mon', [...this.#conf(), ...made])
    this.#spawn('ceph-mon', ['-i', 'a'])
    await until('the monitor', () => this.#try('status'))
  }

  async #startOsd() {
    const id = randomUUID()
    this.#ceph('osd', 'create', id, '0')
    run('ceph-osd', [
      ...this.#conf(),
      '-i',
      '0',
      '--mkfs',
      '--mkkey',
      '--no-mon-config',
      '--osd-uuid',
      id,
    ])
    const caps = ['osd', 'allow *', 'mon', 'allow profile osd']
    this.#ceph('auth', 'add', 'osd.0', ...caps, '-i', this.#path('osd/keyring'))
    this.#ceph('osd', 'crush', 'add', 'osd.0', '1.0', 'host=test', 'root=default')
    this.#spawn('ceph-osd', ['-i', '0'])
    await until('the OSD', () => this.#try('osd', 'stat')?.includes('1 up'))
  }

  #makeGatewayKey() {
    const caps = ['mon', 'allow rwx', 'osd', 'allow rwx']
    const keyring = this.#ceph('auth', 'get-or-create', GATEWAY, ...caps)
    writeFileSync(this.#path('keyring.gateway'), keyring)
  }

  #makeUser() {
    const user = ['user', 'create', '--uid', 'test', '--display-name', 'test']
    const keys = ['--access-key', ACCESS_KEY, '--secret-key', SECRET_KEY]
    run('radosgw-admin', [...this.#conf(), ...user, ...keys])
  }

  #spawn(command, args) {
    const log = openSync(this.#path(`run/${command}.out`), 'a')
    const child = spawn(command, [...this.#conf(), '-f', ...args], { stdio: ['ignore', log, log] })
    this.#processes.push(child)
    child.once('exit', (code) => {
      if (code)
        process.stderr.write(
          `${command}: ${readFileSync(this.#path(`run/${command}.out`), 'utf8')}\n`,
        )
    })
    return child
  }

  #ceph(...args) {
    return run('ceph', [...this.#conf(), '--connect-timeout', '10', ...args])
  }

  #try(...args) {
    const asked = [...this.#conf(), '--connect-timeout', '2', ...args]
    const { status, stdout } = spawnSync('ceph', asked, { encoding: 'utf8' })
    return status === 0 ? stdout : undefined
  }

  #conf() {
    return ['-c', this.#path('ceph.conf')]
  }

  #path(name) {
    return join(this.#directory, name)
  }
}

function configuration(directory, { id, monitor, gateway }) {
  return `[global]
fsid = ${id}
mon host = [v2:127.0.0.1:${monitor}]
mon initial members = a
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = ${directory}/keyring.admin
run dir = ${directory}/run
admin socket = ${directory}/run/$name.asok
log file = ${directory}/run/$name.log
crash dir = ${directory}/run
mon data = ${directory}/mon
osd data = ${directory}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon osd min in ratio = 0
mon max pg per osd = 1000
mon data avail crit = 0
paxos propose interval = 0.02
paxos min wait = 0.01
debug ms = 0/0
debug osd = 0/0
debug rgw = 0/0
debug mon = 0/0
debug paxos = 0/0
debug auth = 0/0
[mon]
keyring = ${directory}/keyring.mon
[osd]
keyring = ${directory}/osd/keyring
[${GATEWAY}]
keyring = ${directory}/keyring.gateway
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw data = ${directory}/run
`
}

async function ended(child) {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve))
}

async function until(what, holds) {
  const deadline = Date.now() + READY_MS
  for (;;) {
    try {
      if (await holds()) return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    if (Date.now() > deadline) throw new Error(`${what} did not start within ${READY_MS} ms`)
    await sleep(100)
  }
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`)
  return stdout
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

function isInstalled() {
  return spawnSync('radosgw', ['--version']).status === 0
}

function install() {
  if (isInstalled()) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { stdio: 'inherit', env }
  spawnSync('apt-get', ['update', '-qq'], options)
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], options)
  if (!isInstalled()) throw new Error(`Installing ${PACKAGES.join(', ')} failed`)
}

/** Runs a command beside a server, which ends with it, or with us. */
async function runBeside([command, ...args]) {
  const began = Date.now()
  const ceph = await startCeph()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => interrupted.abort(new Error(`Ended by ${signal}`)))
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  process.stdout.write(`Ceph is up after ${seconds} s at ${ceph.endpoint}\n`)
  try {
    const env = {
      ...process.env,
      S3_TEST_ENDPOINT: ceph.endpoint,
      S3_TEST_ACCESS_KEY: ACCESS_KEY,
      S3_TEST_SECRET_KEY: SECRET_KEY,
      S3_TEST_LIMITATIONS: LIMITATIONS.join(),
    }
    const { signal } = interrupted
    const child = spawn(command, args, { stdio: 'inherit', env, signal })
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => resolve(code ?? 1))
    })
  } finally {
    await ceph.stop()
  }
}

async function main([mode, ...rest]) {
  if (mode === 'install') return install()
  const optional = rest[0] === '--if-installed'
  const [separator, ...command] = optional ? rest.slice(1) : rest
  if (mode !== 'run' || separator !== '--' || command.length === 0)
    throw new Error('Usage: ceph.mjs install | run [--if-installed] -- COMMAND')
  if (optional && CEPH_LEFT_OUT !== undefined) {
    process.stdout.write(`Skipped: ${CEPH_LEFT_OUT}\n`)
    return
  }
  process.exitCode = await runBeside(command)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(process.argv.slice(2))

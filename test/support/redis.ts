import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { connect } from 'node:net'
import { afterAll, onTestFinished, TestRunner } from 'vitest'
import { tempDirectory } from './temp.js'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
/** `.ci/run` has installed what `.ci/packages` lists, if it may: what is missing then is a failure. */
const isExpected = process.env['HOLDFAST_CI'] === '1' && process.getuid?.() === 0

/** Why tests leave Redis out here; where CI runs as root, a missing server fails them. */
export const REDIS_LEFT_OUT: string | undefined =
  isInstalled || isExpected ? undefined : 'needs redis-server (.ci/packages)'

/** A server of this test's own, or called from `beforeAll` of this file's. `persistent`: it keeps each write. */
export async function startRedis({ persistent = false } = {}): Promise<RedisServer> {
  const server = new RedisServer(await tempDirectory(), persistent)
  await server.start()
  if (TestRunner.getCurrentTest() === undefined) leftOver.push(server)
  else onTestFinished(async () => await server.kill())
  return server
}

const leftOver: RedisServer[] = []

afterAll(async () => {
  for (const server of leftOver.splice(0)) await server.kill()
})

export class RedisServer {
  readonly #directory: string
  readonly #persistent: boolean
  #child: ChildProcess | undefined
  #log = ''

  constructor(directory: string, persistent: boolean) {
    this.#directory = directory
    this.#persistent = persistent
  }

  get url(): string {
    return `unix:${this.#socket}`
  }

  /** Starts it on the data that are there. `settings`: as on its command line. */
  async start(settings: readonly string[] = []): Promise<void> {
    const files = ['--dir', this.#directory, '--unixsocket', this.#socket, '--port', '0']
    const keeping = this.#persistent
      ? ['--appendonly', 'yes', '--appendfsync', 'always']
      : ['--appendonly', 'no']
    this.#child = spawn('redis-server', [...files, '--save', '', ...keeping, ...settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text: Buffer) => (this.#log += text.toString()))
    await once(this.#child, 'spawn')
    while (!(await this.#answers())) {
      if (this.#child.exitCode !== null) throw new Error(`redis-server has ended: ${this.#log}`)
      await sleep(10)
    }
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM')
    await this.start()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  get #socket(): string {
    return join(this.#directory, 'redis.sock')
  }

  async #answers(): Promise<boolean> {
    const socket = connect(this.#socket)
    try {
      await once(socket, 'connect')
      socket.write('PING\r\n')
      // Also where it asks for a password first; not while it loads its data.
      const [reply] = (await once(socket, 'data')) as [Buffer]
      return /^(?:\+PONG|-NOAUTH)/.test(reply.toString())
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}

// A pool of Vitest's whose workers are processes of Node for Windows, under Wine. What is asked of them is the same as
// on any other system; only paths have other names there.
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { frames, write } from './wire.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
/** The drive that Wine gives to what is outside. */
const DRIVE = 'Z:'

/** @param {{ node: string[], env: NodeJS.ProcessEnv }} wine what starts Node there */
export function winePool(wine) {
  return { name: 'wine', createPoolWorker: (options) => new WineWorker(wine, options) }
}

let count = 0

class WineWorker {
  name = 'wine'
  cacheFs = false
  #wine
  #options
  #events = new EventEmitter()
  #server
  #socket
  #child
  #output

  constructor(wine, options) {
    this.#wine = wine
    this.#options = options
  }

  on(event, callback) {
    this.#events.on(event, callback)
  }

  off(event, callback) {
    this.#events.off(event, callback)
  }

  send(message) {
    write(
      this.#socket,
      mapStrings(message, (text) => there(text, this.#wine.env.WINEPREFIX)),
    )
  }

  deserialize(message) {
    return mapStrings(message, (text) => here(text, this.#wine.env.WINEPREFIX))
  }

  async start() {
    this.#server = createServer().listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#output = join(tmpdir(), `holdfast-wine-${process.pid}-${count++}.txt`)
    const output = openSync(this.#output, 'w')
    const [program, ...rest] = this.#wine.node
    this.#child = spawn(program, [...rest, WORKER, String(this.#server.address().port)], {
      cwd: ROOT,
      env: { ...this.#options.env, ...this.#wine.env },
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#child.on('exit', (code, signal) => this.#events.emit('exit', code, signal))
    this.#child.on('error', (error) => this.#events.emit('error', error))
    const [socket] = await Promise.race([
      once(this.#server, 'connection'),
      once(this.#child, 'exit').then(() => {
        throw new Error(`The worker ended: ${readFileSync(this.#output, 'utf8')}`)
      }),
    ])
    this.#socket = socket
    socket.on('error', () => {})
    frames(socket, (message) => this.#events.emit('message', message))
  }

  async stop() {
    this.#server.close()
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'exit')
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
      write(this.#socket, 'stop')
      await ended
      clearTimeout(timer)
    }
    this.#socket.destroy()
    process.stdout.write(readFileSync(this.#output))
    rmSync(this.#output)
  }
}

const BACKSLASHED = `${DRIVE}${ROOT}`.replaceAll('/', '\\')
/** The drive of temporary directories, from which tests import modules; it is in the prefix. */
const MODULES = 'file:///C:'

function there(text, prefix) {
  if (text.startsWith(ROOT)) return DRIVE + text
  if (text.startsWith(`file://${ROOT}`)) return text.replace('file://', `file:///${DRIVE}`)
  const drive = `${prefix}/drive_c`
  if (text.startsWith(`${drive}/`)) return text.replace(drive, 'C:')
  return text.startsWith(`file://${drive}/`) ? text.replace(`file://${drive}`, MODULES) : text
}

function here(text, prefix) {
  if (text.startsWith(`${MODULES}/`)) return text.replace(MODULES, `file://${prefix}/drive_c`)
  return text
    .replaceAll(`file:///${DRIVE}${ROOT}`, `file://${ROOT}`)
    .replaceAll(`${DRIVE}${ROOT}`, ROOT)
    .replaceAll(BACKSLASHED, ROOT)
}

/** A copy, in which every string is mapped; parts may contain each other. */
function mapStrings(value, map, copies = new Map()) {
  if (typeof value === 'string') return map(value)
  if (value === null || typeof value !== 'object') return value
  if (copies.has(value)) return copies.get(value)
  const isList = Array.isArray(value)
  if (!isList && Object.getPrototypeOf(value) !== Object.prototype) return value
  const copy = isList ? [] : {}
  copies.set(value, copy)
  for (const [key, each] of Object.entries(value)) copy[map(key)] = mapStrings(each, map, copies)
  return copy
}

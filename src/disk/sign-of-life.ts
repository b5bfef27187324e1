import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, lstat, mkdtemp, open, rm, symlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pid, platform } from 'node:process'
import { SIGNS_DIRECTORY } from '../format/layout.js'
import { publish } from '../base/channels.js'
import type { DirectoryEntry } from './disk.js'
import type { DiskError } from './disk-error.js'
import { attempt, errorCode } from './node-error.js'
import { bootId } from './process-start.js'

/**
 * A sign of life: a listening Unix socket in the store's directory. The kernel stops listening when the process or
 * worker thread that made it ends, however it ends, and it answers across PID, network and mount namespaces. A sign
 * gets its name once it listens, and no name is used twice: a sign that refuses a connection never answers again.
 */
export interface Sign {
  /** The name of its file in the directory of signs. */
  readonly name: string
  /** Stops listening and removes the file. */
  withdraw(): Promise<void>
}

/** What the signs of a store need from its volume. Each call keeps to the volume's deadline. */
export interface SignPlace {
  /** The absolute path of the volume. */
  readonly directory: string
  readonly fileMode: number
  /** The file system may be shared with other machines, where a socket that refuses proves nothing. */
  readonly isRemote: boolean
  makeDirectory(path: string): Promise<unknown>
  list(path: string): Promise<readonly DirectoryEntry[] | undefined>
  /** The first bytes of a regular file. */
  readStart(path: string, bytes: number): Promise<Uint8Array | undefined>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<unknown>
  removeDirectory(path: string): Promise<unknown>
}

export type SignKind = 'native' | 'portable'

/** A sign's state: `silent` is a socket without a process behind it, `unknown` one that this process cannot ask. */
export type SignState = 'answers' | 'silent' | 'absent' | 'unknown'

/** Each failed attempt has met a process that removed the directory of signs, having left the last one. */
const TRIES_MAX = 32

/** Of `sun_path`, with its closing zero: 108 on Linux, 104 on macOS and the BSDs. A longer path is cut silently. */
const SOCKET_PATH_BYTES_MAX = (platform === 'linux' ? 108 : 104) - 1

const DESCRIPTORS = '/proc/self/fd'

/** `undefined` where no socket can be made: on Windows, and on file systems without sockets. */
export async function leaveSign(place: SignPlace, kind: SignKind): Promise<Sign | undefined> {
  if (platform === 'win32') return undefined
  const name = await newSignName(kind)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    await place.makeDirectory(SIGNS_DIRECTORY)
    const server = await listen(place, unborn(name))
    if (server === undefined) {
      // The directory may have gone in between; if it still exists, it takes no sockets.
      if ((await place.list(SIGNS_DIRECTORY)) !== undefined) return undefined
      continue
    }
    if (await giveName(place, name, server)) return new ListeningSign(place, name, server)
  }
  return undefined
}

/** Above all, a full disk has no space for a sign; what is stored must still be read and removed. */
export async function warnWithoutSign(
  place: SignPlace,
  error: DiskError,
  effect: string,
): Promise<void> {
  // The directory that was made for it takes space that the store needs.
  await place.removeDirectory(SIGNS_DIRECTORY).catch(() => undefined)
  const message = `No sign of life could be left (${error.message}): ${effect}.`
  publish('warning', () => ({ directory: place.directory, code: 'sign-of-life', message }))
}

/** A name that says who left the sign, and on which boot, without asking the sign. */
export async function newSignName(kind: SignKind): Promise<string> {
  return `${kind}-${pid}-${bootTag(await bootId())}-${randomBytes(8).toString('hex')}`
}

export interface SignName {
  readonly kind: SignKind
  readonly pid: number
  readonly bootTag: string
}

/** `undefined` for a name that no sign has. */
export function parseSignName(name: string): SignName | undefined {
  const match = /^(native|portable)-(\d{1,10})-([0-9a-f]{8})-[0-9a-f]{16}$/.exec(name)
  if (match === null) return undefined
  const [, kind = '', number = '', tag = ''] = match
  return { kind: kind === 'native' ? 'native' : 'portable', pid: Number(number), bootTag: tag }
}

/** Tells two boots apart; eight zeros where the system has no id for them. */
export function bootTag(boot: string): string {
  return boot === '' ? '00000000' : boot.replaceAll('-', '').slice(0, 8)
}

/** Asks the sign of that name. Never waits for the process behind it: the kernel answers. */
export async function askSign(
  place: Pick<SignPlace, 'directory'>,
  name: string,
): Promise<SignState> {
  const asked = await withSocketPath(place.directory, signPath(name), ask)
  return asked ?? 'unknown'
}

export function signPath(name: string): string {
  return `${SIGNS_DIRECTORY}/${name}`
}

/** A sign that does not listen yet. */
function unborn(name: string): string {
  return `${name}.new`
}

async function listen(place: SignPlace, name: string): Promise<Server | undefined> {
  return await withSocketPath(place.directory, signPath(name), async (path) => {
    const server = createServer((socket) => socket.destroy())
    // A failure to listen shows at once, in `listening`.
    server.on('error', () => undefined)
    // In a cluster, the primary would listen in place of its worker, and go on after the worker has died.
    server.listen({ path, exclusive: true })
    server.unref()
    return await Promise.resolve(server.listening ? server : undefined)
  })
}

async function giveName(place: SignPlace, name: string, server: Server): Promise<boolean> {
  const path = signPath(unborn(name))
  try {
    // Connecting needs the right to write.
    if ((place.fileMode & 0o022) !== 0)
      await withSocketPath(place.directory, path, async (at) => {
        await attempt('chmod', path, async () => await chmod(at, place.fileMode))
      })
    await place.rename(path, signPath(name))
    return true
  } catch (error) {
    server.close()
    await place.remove(path)
    // Another process treated it as a dead one's, in the moment before it listened.
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

class ListeningSign implements Sign {
  readonly name: string
  readonly #place: SignPlace
  readonly #server: Server

  constructor(place: SignPlace, name: string, server: Server) {
    this.#place = place
    this.name = name
    this.#server = server
  }

  async withdraw(): Promise<void> {
    this.#server.close()
    await removeSign(this.#place, this.name)
  }
}

/** The directory goes with the last sign. */
export async function removeSign(place: SignPlace, name: string): Promise<void> {
  await place.remove(signPath(name))
  await place.removeDirectory(SIGNS_DIRECTORY)
}

async function ask(path: string): Promise<SignState> {
  // A link would lead to another program's socket.
  const stat = await lstat(path).catch(() => undefined)
  if (stat?.isSocket() !== true) return 'absent'
  return await new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve('answers')
    })
    socket.once('error', (error) => {
      socket.destroy()
      resolve(stateOf(errorCode(error)))
    })
  })
}

function stateOf(code: string | undefined): SignState {
  if (code === 'ECONNREFUSED') return 'silent'
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent'
  // The process is alive and has not yet accepted the connections of many others.
  return code === 'EAGAIN' ? 'answers' : 'unknown'
}

/**
 * Runs `work` with a path of the socket `path` below `directory` that is short enough for the kernel: its own, one
 * through an open descriptor of the directory, or one through a symbolic link in the system's temporary directory.
 * `undefined` if there is none.
 */
async function withSocketPath<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const own = join(directory, path)
  if (Buffer.byteLength(own) <= SOCKET_PATH_BYTES_MAX) return await work(own)
  return (await hasDescriptors())
    ? await throughDescriptor(directory, path, work)
    : await throughLink(directory, path, work)
}

async function hasDescriptors(): Promise<boolean> {
  return await access(DESCRIPTORS).then(
    () => true,
    () => false,
  )
}

async function throughDescriptor<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY
  const handle = await attempt('open', '', async () => await open(directory, flags))
  try {
    return await work(`${DESCRIPTORS}/${handle.fd}/${path}`)
  } finally {
    await handle.close()
  }
}

async function throughLink<T>(
  directory: string,
  path: string,
  work: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const place = await mkdtemp(join(tmpdir(), 'holdfast-')).catch(() => undefined)
  if (place === undefined) return undefined
  try {
    await attempt('symlink', '', async () => await symlink(directory, join(place, 'd')))
    const short = join(place, 'd', path)
    return Buffer.byteLength(short) <= SOCKET_PATH_BYTES_MAX ? await work(short) : undefined
  } finally {
    await rm(place, { recursive: true })
  }
}

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { withClient } from '../../support/postgres.js'

/**
 * What happens to a connection at a statement: it is closed before the server gets it, when the server has it and the
 * answer is not waited for, or when the answer is there and before the client gets it; or its process is told to end.
 */
export type Cut = 'before' | 'sent' | 'answered' | 'terminated'
export const CUTS: readonly Cut[] = ['before', 'sent', 'answered', 'terminated']

/** Counts the statements of all connections, and cuts one of them. */
export interface CutProxy {
  readonly url: string
  /** How many statements were sent since the last `arm`. */
  readonly statements: number
  /** The statement with this number, from 1, gets the cut; 0: none. */
  arm(statement: number, cut: Cut): void
  /** Whether the armed cut was made. */
  readonly hasCut: boolean
  /** Drops what the server tells its listeners, from now on. */
  dropNotifications(): void
}

const TYPE_BYTES = 1
const LENGTH_BYTES = 4
const SYNC = 'S'.charCodeAt(0)
const QUERY = 'Q'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)
const KEY_DATA = 'K'.charCodeAt(0)
const NOTIFICATION = 'A'.charCodeAt(0)

/** A proxy between clients and the server of a URL, on a socket of its own. */
export async function cutProxy(url: string): Promise<CutProxy> {
  const target = new URL(url)
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-cut-'))
  const state = { statements: 0, at: 0, cut: 'before' as Cut, hasCut: false, isDropping: false }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(join(target.searchParams.get('host') ?? '', '.s.PGSQL.5432'))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
        sockets.delete(socket)
      })
    }
    pass(client, upstream, state, url)
  })
  server.listen(join(directory, '.s.PGSQL.5432'))
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(directory, { recursive: true })
  })
  const own = new URL(url)
  own.searchParams.set('host', directory)
  return {
    url: own.href,
    get statements() {
      return state.statements
    },
    get hasCut() {
      return state.hasCut
    },
    arm: (at, cut) => Object.assign(state, { statements: 0, at, cut, hasCut: false }),
    dropNotifications: () => Object.assign(state, { isDropping: true }),
  }
}

interface State {
  statements: number
  at: number
  cut: Cut
  hasCut: boolean
  isDropping: boolean
}

function pass(client: Socket, upstream: Socket, state: State, url: string): void {
  let processId = 0
  let isAwaited = false
  const close = (): void => {
    state.hasCut = true
    client.destroy()
    upstream.destroy()
  }
  const toServer = new Messages(0, async (message) => {
    const type = message.readUInt8(0)
    const isEnd = type === QUERY || type === SYNC
    if (!isEnd || ++state.statements !== state.at) {
      upstream.write(message)
      return
    }
    if (state.cut === 'before') {
      close()
    } else if (state.cut === 'sent') {
      state.hasCut = true
      upstream.end(message)
      client.destroy()
    } else if (state.cut === 'answered') {
      isAwaited = true
      upstream.write(message)
    } else {
      state.hasCut = true
      const values = [processId]
      await withClient(url, async (other) => {
        await other.query('SELECT pg_terminate_backend($1)', values)
      })
      upstream.write(message)
    }
  })
  const toClient = new Messages(TYPE_BYTES, async (message) => {
    const type = message.readUInt8(0)
    if (type === KEY_DATA) processId = message.readInt32BE(TYPE_BYTES + LENGTH_BYTES)
    if (type === NOTIFICATION && state.isDropping) return
    if (isAwaited) {
      if (type === READY) close()
      return
    }
    await Promise.resolve(client.write(message))
  })
  client.on('data', (data: Buffer) => toServer.take(data))
  upstream.on('data', (data: Buffer) => toClient.take(data))
  client.on('end', () => upstream.end())
}

/** Splits a stream into messages, and handles them one after another. The first one of a client has no type. */
class Messages {
  #left: Buffer = Buffer.alloc(0)
  #typeBytes: number
  readonly #handle: (message: Buffer) => Promise<void>
  #turn: Promise<void> = Promise.resolve()

  constructor(typeBytes: number, handle: (message: Buffer) => Promise<void>) {
    this.#typeBytes = typeBytes
    this.#handle = handle
  }

  take(data: Buffer): void {
    this.#left = Buffer.concat([this.#left, data])
    while (this.#left.length >= this.#typeBytes + LENGTH_BYTES) {
      const length = this.#typeBytes + this.#left.readUInt32BE(this.#typeBytes)
      if (this.#left.length < length) return
      const message = this.#left.subarray(0, length)
      this.#left = this.#left.subarray(length)
      this.#typeBytes = TYPE_BYTES
      this.#turn = this.#turn.then(async () => await this.#handle(message))
    }
  }
}

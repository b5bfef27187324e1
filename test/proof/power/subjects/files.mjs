// FileStorage: stores, overwrites, deletes, copies, streams; some contents are large enough for a file of their own.
import { Readable } from 'node:stream'
import { sha256 } from '../plain-files.mjs'
import { contentBytes, FileStorage } from './library.mjs'

const KIB = 1024
const WEIGHTS = { store: 30, overwrite: 28, delete: 14, copy: 8, stream: 12 }
const LARGE_PART = 0.12
const FOLDERS = 3
const PIECE_BYTES = 64 * KIB
/** The storage flushes once a second. */
const FLUSHED_AFTER_MS = 3000

/** @param kind {disk, durability}: by lot and `commit` where they are not named */
export function files({ disk, durability = 'commit' }) {
  return {
    reader: 'storedFiles',
    durability,
    flushedAfterMs: FLUSHED_AFTER_MS,
    open: async (directory, random) => {
      const storage = await FileStorage.open({
        backend: 'local',
        local_storage_path: directory,
        disk: disk ?? random.pick(['native', 'portable']),
        durability,
        min_free_mb: 0,
        enable_compression: false,
      })
      return {
        lane: (name, lane, old) => new Lane(storage, name, lane, old),
        names: async () => await storage.listKeys(),
        probe: async () => await probe(storage),
        close: async () => await storage.close(),
      }
    },
  }
}

/** A file comes and goes, and the storage finds nothing wrong with itself. */
async function probe(storage) {
  await storage.store('probe.txt', 'probe')
  await storage.delete('probe.txt')
  const { problems, strays } = await storage.verify()
  return [...problems, ...strays].map((found) => `verify: ${JSON.stringify(found)}`)
}

class Lane {
  #storage
  #name
  #random
  #live
  #made = 0

  constructor(storage, name, random, old) {
    this.#storage = storage
    this.#name = name
    this.#random = random
    this.#live = old.map(([key, digest]) => ({ key, digest }))
  }

  next() {
    const kind = this.#random.weighted(WEIGHTS)
    if (kind === 'overwrite' && this.#live.length > 0) return this.#store(this.#take().key, false)
    if (kind === 'delete' && this.#live.length > 0) return this.#delete()
    if (kind === 'copy' && this.#live.length > 0) return this.#copy()
    return this.#store(this.#newKey(), kind === 'stream')
  }

  #store(key, asStream) {
    const bytes = this.#bytes()
    const digest = sha256(bytes)
    return {
      changes: [[key, digest]],
      act: async () => {
        if (asStream) await this.#storage.storeStream(key, Readable.from(piecesOf(bytes)))
        else await this.#storage.store(key, bytes)
        this.#live.push({ key, digest })
      },
    }
  }

  #delete() {
    const { key } = this.#take()
    return { changes: [[key, null]], act: async () => await this.#storage.delete(key) }
  }

  #copy() {
    const { key: from, digest } = this.#random.pick(this.#live)
    const to = this.#newKey()
    return {
      changes: [[to, digest]],
      act: async () => {
        await this.#storage.copy(from, to)
        this.#live.push({ key: to, digest })
      },
    }
  }

  #newKey() {
    return `${this.#name}/${this.#random.integer(0, FOLDERS - 1)}/${this.#made++}.bin`
  }

  #bytes() {
    const random = this.#random
    const isLarge = random.chance(LARGE_PART)
    const bytes = isLarge ? random.integer(260 * KIB, 500 * KIB) : contentBytes(random)
    const line = `${this.#name} ${this.#made++} `
    return Buffer.from(line.repeat(Math.ceil(bytes / line.length)))
  }

  #take() {
    return this.#live.splice(this.#random.integer(0, this.#live.length - 1), 1)[0]
  }
}

function* piecesOf(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

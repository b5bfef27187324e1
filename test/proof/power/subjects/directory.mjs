// DurableDirectory: transactions over several files, that create, replace and remove, and checkpoints on demand.
import { sha256 } from '../plain-files.mjs'
import { contentBytes, directoryOptions, DurableDirectory, FLUSHED_AFTER_MS } from './library.mjs'

const WEIGHTS = { create: 25, replace: 25, transaction: 40, remove: 12, checkpoint: 3 }
/** Many a checkpoint has nothing but removals to flush. */
const REMOVING = { create: 30, replace: 0, transaction: 0, remove: 30, checkpoint: 30 }
const OPERATIONS_MAX = 6
const FOLDERS = 4

/** @param kind {disk, durability, removing}: by lot, `commit` and false where they are not named */
export function directory(kind) {
  const weights = kind.removing ? REMOVING : WEIGHTS
  return {
    reader: 'files',
    durability: kind.durability ?? 'commit',
    flushedAfterMs: FLUSHED_AFTER_MS,
    open: async (path, random) => {
      const store = await DurableDirectory.open(path, directoryOptions(kind, random))
      return {
        lane: (name, lane, old) => new Lane(store, name, { random: lane, old, weights }),
        names: async () => undefined,
        probe: async () => await probe(store),
        close: async () => await store.close(),
      }
    },
  }
}

async function probe(store) {
  await store.commit([{ kind: 'create', path: 'probe/file', bytes: Buffer.from('probe') }])
  await store.commit([{ kind: 'remove', path: 'probe/file' }])
  return []
}

class Lane {
  #store
  #name
  #random
  #live
  #weights
  #made = 0

  constructor(store, name, { random, old, weights }) {
    this.#store = store
    this.#name = name
    this.#random = random
    this.#live = old.map(([path]) => path)
    this.#weights = weights
  }

  next() {
    const kind = this.#random.weighted(this.#weights)
    if (kind === 'checkpoint')
      return { changes: [], makesDue: true, act: async () => await this.#store.checkpoint() }
    if (kind === 'transaction') return this.#transaction(this.#random.integer(2, OPERATIONS_MAX))
    if (kind !== 'create' && this.#live.length > 0) return this.#commit([this.#existing(kind)])
    return this.#commit([this.#create()])
  }

  /** No path twice: what is replaced or removed is taken from the list first. */
  #transaction(count) {
    const operations = Array.from({ length: count }, () => {
      const kind = this.#random.pick(['create', 'replace', 'replace', 'remove'])
      return kind === 'create' || this.#live.length === 0 ? this.#create() : this.#existing(kind)
    })
    return this.#commit(operations)
  }

  #create() {
    const folder = this.#random.integer(0, FOLDERS - 1)
    return { kind: 'create', path: `${this.#name}/${folder}/${this.#made++}`, bytes: this.#bytes() }
  }

  #existing(kind) {
    const [path] = this.#live.splice(this.#random.integer(0, this.#live.length - 1), 1)
    return kind === 'remove' ? { kind, path } : { kind, path, bytes: this.#bytes() }
  }

  #bytes() {
    const line = `${this.#name} ${this.#made++} `
    const bytes = contentBytes(this.#random)
    return Buffer.from(line.repeat(Math.ceil(bytes / line.length)))
  }

  #commit(operations) {
    return {
      changes: operations.map(({ kind, path, bytes }) => [
        path,
        kind === 'remove' ? null : sha256(bytes),
      ]),
      act: async () => {
        await this.#store.commit(operations)
        const kept = operations.filter(({ kind }) => kind !== 'remove')
        this.#live.push(...kept.map(({ path }) => path))
      },
    }
  }
}

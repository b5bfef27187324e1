// DurableDirectory: transactions over several files, that create, replace and remove, and checkpoints on demand.
import { sha256 } from '../plain-files.mjs'
import { contentBytes, directoryOptions, DurableDirectory } from './library.mjs'

const WEIGHTS = { create: 25, replace: 25, transaction: 40, remove: 12, checkpoint: 3 }
const OPERATIONS_MAX = 6
const FOLDERS = 4

export function directory(disk) {
  return {
    reader: 'files',
    open: async (path, random) => {
      const store = await DurableDirectory.open(path, directoryOptions(disk, random))
      return {
        lane: (name, lane, old) => new Lane(store, name, lane, old),
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
  #made = 0

  constructor(store, name, random, old) {
    this.#store = store
    this.#name = name
    this.#random = random
    this.#live = [...old]
  }

  next() {
    const kind = this.#random.weighted(WEIGHTS)
    if (kind === 'checkpoint')
      return { changes: [], act: async () => await this.#store.checkpoint() }
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

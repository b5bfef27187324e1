// FileSystemStorage: saves, batches over several prompts, deletes, versions that are saved again after a delete.
import { digestOf, documentOf, keyOf, partsOf } from '../../crash/documents.mjs'
import { contentBytes, directoryOptions, FileSystemStorage, FLUSHED_AFTER_MS } from './library.mjs'

const WEIGHTS = { save: 50, next: 16, batch: 14, delete: 16, again: 8 }
const BATCH_MAX = 5

/** @param kind {disk, durability}: by lot and `commit` where they are not named */
export function versions(kind) {
  const { durability = 'commit' } = kind
  return {
    reader: durability === 'commit' ? 'versions' : 'softVersions',
    durability,
    flushedAfterMs: FLUSHED_AFTER_MS,
    open: async (directory, random) => {
      const options = {
        storageDir: directory,
        ...directoryOptions(kind, random),
        minFreeMb: 0,
        enableTrash: random.chance(0.3),
      }
      const storage = await FileSystemStorage.open(options)
      return {
        lane: (name, lane, old) => new Lane(storage, name, lane, old),
        names: async () => await namesIn(storage),
        probe: async () => await probe(storage),
        close: async () => await storage.close(),
      }
    },
  }
}

async function namesIn(storage) {
  const snapshot = Object.entries(await storage.indexSnapshot())
  return snapshot.flatMap(([promptId, known]) => known.map((version) => keyOf(promptId, version)))
}

/** After a recovery everything works: a version comes and goes, and the store finds nothing wrong with itself. */
async function probe(storage) {
  const name = { promptId: 'probe', version: '1.0.0' }
  await storage.saveVersion(documentOf({ ...name, salt: 'probe', textBytes: 100 }))
  await storage.deleteVersion(name.promptId, name.version)
  const { findings } = await storage.verify()
  return findings.map((finding) => `verify: ${JSON.stringify(finding)}`)
}

/** Makes one call after the other, on prompts of its own. */
class Lane {
  #storage
  #name
  #random
  #live
  #deleted = []
  #made = 0
  /** The prompts of an earlier lane have versions already. */
  #minor

  constructor(storage, name, random, old) {
    this.#storage = storage
    this.#name = name
    this.#random = random
    this.#live = old.map(([key]) => partsOf(key))
    this.#minor = random.integer(1, 1e9)
  }

  /** {changes: what it will have done, act: does it} */
  next() {
    const kind = this.#random.weighted(WEIGHTS)
    if (kind === 'batch') return this.#batch()
    if (kind === 'delete' && this.#live.length > 0) return this.#delete()
    if (kind === 'again' && this.#deleted.length > 0) return this.#save(this.#take(this.#deleted))
    if (kind === 'next' && this.#live.length > 0) return this.#save(this.#nextVersion())
    return this.#save(this.#newName())
  }

  #save(name) {
    const document = this.#document(name)
    return {
      changes: [[keyOf(name.promptId, name.version), digestOf(document)]],
      act: async () => {
        await this.#storage.saveVersion(document)
        this.#live.push(name)
      },
    }
  }

  #batch() {
    const names = Array.from({ length: this.#random.integer(2, BATCH_MAX) }, () => this.#newName())
    const documents = names.map((name) => this.#document(name))
    return {
      changes: names.map((name, at) => [
        keyOf(name.promptId, name.version),
        digestOf(documents[at]),
      ]),
      act: async () => {
        await this.#storage.saveVersions(documents)
        this.#live.push(...names)
      },
    }
  }

  #delete() {
    const name = this.#take(this.#live)
    return {
      changes: [[keyOf(name.promptId, name.version), null]],
      act: async () => {
        await this.#storage.deleteVersion(name.promptId, name.version)
        this.#deleted.push(name)
      },
    }
  }

  #document(name) {
    const salt = `${this.#name}:${this.#made++}`
    return documentOf({ ...name, salt, textBytes: contentBytes(this.#random) })
  }

  #newName() {
    return { promptId: `${this.#name}-${this.#made++}`, version: '1.0.0' }
  }

  #nextVersion() {
    const { promptId } = this.#random.pick(this.#live)
    return { promptId, version: `1.${this.#minor}.${this.#made++}` }
  }

  #take(list) {
    return list.splice(this.#random.integer(0, list.length - 1), 1)[0]
  }
}

// FileSystemStorage with what moves: labels with their histories, versions that are compressed and made plain again,
// prompts that are resharded, all at the same time.
import { derivedProblems } from '../../crash/derived.mjs'
import { digestOf, documentOf, keyOf, partsOf } from '../../crash/documents.mjs'
import { isLabelKey, labelKey } from '../registry-files.mjs'
import { directoryOptions, FileSystemStorage, FLUSHED_AFTER_MS } from './library.mjs'

const WEIGHTS = { save: 24, next: 20, delete: 8, label: 30, compress: 6, decompress: 4, reshard: 8 }
/** Enough that a compressed file is smaller. */
const TEXT_BYTES = 2000
/** With that many versions, summaries are kept in a file. */
const MANY = 1000
const MANY_TOGETHER = 50
const MANY_ID = 'many'
const NO_HEAD = { labels: {}, highest: null, deprecated: {}, tags: {} }

/** @param kind {disk, many}: with `many`, enough versions of one prompt for each derived file */
export function registry(kind) {
  return {
    reader: 'registry',
    durability: 'commit',
    flushedAfterMs: FLUSHED_AFTER_MS,
    open: async (directory, random) => {
      const storage = await FileSystemStorage.open({
        storageDir: directory,
        ...directoryOptions(kind, random),
        minFreeMb: 0,
        enableTrash: random.chance(0.3),
      })
      return {
        lane: (name, lane, old) => new Lane(storage, { name, random: lane, old, many: kind.many }),
        names: async () => await namesIn(storage),
        check: async () => await derivedProblems(storage),
        probe: async () => await probe(storage),
        close: async () => await storage.close(),
      }
    },
  }
}

async function namesIn(storage) {
  const names = []
  for (const [promptId, versions] of Object.entries(await storage.indexSnapshot())) {
    names.push(...versions.map((version) => keyOf(promptId, version)))
    const { labels = {} } = (await storage.readHead(promptId)) ?? {}
    names.push(...Object.keys(labels).map((label) => labelKey(promptId, label)))
  }
  return names
}

/** After a recovery everything works, and what was under way is completed. */
async function probe(storage) {
  const name = { promptId: 'probe', version: '1.0.0' }
  await storage.saveVersion(documentOf({ ...name, salt: 'probe', textBytes: 100 }))
  await storage.deleteVersion(name.promptId, name.version)
  await storage.reshard({ depth: 1 })
  await storage.compress()
  const { findings } = await storage.verify()
  const problems = findings.map((finding) => `verify: ${JSON.stringify(finding)}`)
  const names = await namesIn(storage)
  for (const key of names.filter((one) => !isLabelKey(one))) {
    const { promptId, version } = partsOf(key)
    if ((await storage.getVersion(promptId, version)) === undefined)
      problems.push(`${promptId} ${version} is gone after resharding and compression`)
  }
  return problems
}

/** Makes one call after the other, on prompts and with labels of its own. */
class Lane {
  #storage
  #name
  #random
  #live = []
  /** Versions that a label may name: they cannot be deleted. */
  #kept
  #made = 0
  #minor
  #many

  constructor(storage, { name, random, old, many = false }) {
    this.#storage = storage
    this.#name = name
    this.#random = random
    this.#kept = old
      .filter(([key]) => !isLabelKey(key))
      .map(([key]) => partsOf(key))
      .filter(({ promptId }) => promptId !== MANY_ID)
    this.#minor = random.integer(1, 1e9)
    this.#many = many && name === 'g0s0l0' ? MANY : 0
  }

  /** {changes: what it will have done, act: does it} */
  next() {
    if (this.#many > 0) return this.#saveMany()
    const kind = this.#random.weighted(WEIGHTS)
    if (kind === 'compress') return this.#moves(async () => await this.#storage.compress())
    if (kind === 'decompress') return this.#moves(async () => await this.#storage.decompress())
    if (kind === 'reshard') return this.#moves(async () => await this.#reshard())
    const all = [...this.#live, ...this.#kept]
    if (kind === 'delete' && this.#live.length > 0) return this.#delete()
    if (kind === 'label' && all.length > 0) return this.#label(this.#random.pick(all))
    if (kind === 'next' && all.length > 0) return this.#save(this.#nextVersion(all))
    return this.#save({ promptId: `${this.#name}-${this.#made++}`, version: '1.0.0' })
  }

  /** Other files for the same versions. */
  #moves(act) {
    return { changes: [], act }
  }

  /** Another lane may want another depth at the same time. */
  async #reshard() {
    try {
      const options = this.#random.pick([{ enabled: false }, { depth: 1 }])
      await this.#storage.reshard(options)
    } catch (error) {
      if (error.context?.reason !== 'sharding') throw error
    }
  }

  #saveMany() {
    const from = this.#many
    this.#many -= MANY_TOGETHER
    const documents = Array.from({ length: MANY_TOGETHER }, (_, at) =>
      this.#document({ promptId: MANY_ID, version: `1.0.${from + at}` }, 40),
    )
    return this.#saveAll(documents)
  }

  #save(name) {
    const saved = this.#saveAll([this.#document(name, TEXT_BYTES)])
    return {
      ...saved,
      act: async () => {
        await saved.act()
        this.#live.push(name)
      },
    }
  }

  #saveAll(documents) {
    return {
      changes: documents.map((one) => [keyOf(one.prompt_id, one.version), digestOf(one)]),
      act: async () => {
        await this.#storage.saveVersions(documents)
      },
    }
  }

  #delete() {
    const at = this.#random.integer(0, this.#live.length - 1)
    const [{ promptId, version }] = this.#live.splice(at, 1)
    return {
      changes: [[keyOf(promptId, version), null]],
      act: async () => {
        await this.#storage.deleteVersion(promptId, version)
      },
    }
  }

  #label(name) {
    const { promptId, version } = name
    const at = this.#live.indexOf(name)
    if (at !== -1) this.#kept.push(...this.#live.splice(at, 1))
    const label = `${this.#random.pick(['a', 'b'])}-${this.#name}`
    return {
      changes: [[labelKey(promptId, label), version]],
      act: async () => {
        await this.#storage.transact([promptId], ([{ head = NO_HEAD }]) => {
          const note = { at: new Date().toISOString(), by: this.#name, reason: null }
          const labels = { ...head.labels, [label]: { version, ...note } }
          const from = head.labels[label]?.version ?? null
          const moves = [{ label, from, to: version, ...note }]
          return { changes: [{ promptId, head: { ...head, labels }, moves }], result: undefined }
        })
      },
    }
  }

  #document(name, textBytes) {
    return documentOf({ ...name, salt: `${this.#name}:${this.#made++}`, textBytes })
  }

  #nextVersion(all) {
    const { promptId } = this.#random.pick(all)
    return { promptId, version: `1.${this.#minor}.${this.#made++}` }
  }
}

// Decides what a client does next: any operation on one of a few versions of a few prompts that everybody works on.
import { digestOf, documentOf } from '../crash/documents.mjs'
import { Random } from '../crash/random.mjs'

const WEIGHTS = {
  save: 26,
  batch: 6,
  delete: 16,
  get: 24,
  names: 8,
  latestName: 5,
  latest: 8,
  documents: 7,
}
const TEXT_BYTES = 200
/** What a digest is cut to: the histories are long, and two texts of one version still differ. */
const DIGEST_CHARACTERS = 12

export class Lane {
  #plan
  #storage
  #random
  #made = 0
  name

  constructor(plan, number, storage) {
    this.#plan = plan
    this.#storage = storage
    this.name = `${plan.name}l${number}`
    this.#random = new Random(plan.seed, this.name)
  }

  /** {say: what to announce, act: the call} */
  next() {
    const kind = this.#random.weighted(WEIGHTS)
    const prompt = this.#random.pick(this.#plan.prompts)
    if (kind === 'save') return this.#save(prompt, [this.#version()])
    if (kind === 'batch')
      return this.#save(prompt, [...new Set([this.#version(), this.#version()])])
    if (kind === 'delete') return this.#delete(prompt, this.#version())
    return Lane.question({ kind, prompt, version: this.#version() }, this.#storage)
  }

  /** What only asks. */
  static question({ kind, prompt, version }, storage) {
    const ask = QUESTIONS[kind]
    return {
      say: { kind, prompt, ...(kind === 'get' ? { version } : {}) },
      act: async () => ({ answer: await ask(storage, prompt, version) }),
    }
  }

  #version() {
    return `1.${this.#random.integer(0, this.#plan.versions - 1)}.0`
  }

  #save(prompt, versions) {
    const documents = versions.map((version) =>
      documentOf({
        promptId: prompt,
        version,
        salt: `${this.name}-${this.#made++}`,
        textBytes: TEXT_BYTES,
      }),
    )
    const items = documents.map((document) => ({
      version: document.version,
      digest: shortDigest(document),
    }))
    return {
      say: { kind: 'save', prompt, items },
      act: async () =>
        items.length === 1
          ? await this.#storage.saveVersion(documents[0])
          : await this.#storage.saveVersions(documents),
    }
  }

  #delete(prompt, version) {
    return {
      say: { kind: 'delete', prompt, version },
      act: async () => ({
        outcome: (await this.#storage.deleteVersion(prompt, version)) ? 'done' : 'absent',
      }),
    }
  }
}

const QUESTIONS = {
  async get(storage, prompt, version) {
    const document = await storage.getVersion(prompt, version)
    return document === undefined ? null : shortDigest(document)
  },
  names: async (storage, prompt) => await storage.listVersionNames(prompt),
  latestName: async (storage, prompt) => (await storage.getLatestVersionName(prompt)) ?? null,
  async latest(storage, prompt) {
    const document = await storage.getLatestVersion(prompt)
    return document === undefined ? null : entryOf(document)
  },
  documents: async (storage, prompt) => (await storage.listVersions(prompt)).map(entryOf),
}

function entryOf(document) {
  return [document.version, shortDigest(document)]
}

function shortDigest(document) {
  return digestOf(document).slice(0, DIGEST_CHARACTERS)
}

// Decides what a writer does next: one operation at a time, on prompts of its own, on prompts that all writers share,
// and on what earlier rounds have left.
import { digestOf, documentOf, partsOf } from './documents.mjs'
import { Random } from './random.mjs'

const WEIGHTS = {
  saveNew: 24,
  saveNext: 10,
  saveShared: 16,
  deleteOwn: 8,
  deleteShared: 5,
  deleteOld: 3,
  restoreOwn: 5,
  batch: 8,
  twinBatch: 2,
  read: 16,
  names: 5,
  latest: 4,
}
const SHARED_PROMPTS = 4
const SHARED_MINORS = 8
const BATCH_MAX = 6
/** An id too long for a directory name: the store hashes it. */
const LONG = 'long-'.repeat(45)

export class Lane {
  #plan
  #storage
  #random
  #name
  #made = 0
  /** Own versions, live or deleted: {promptId, version}. */
  #own = []

  constructor(plan, number, storage) {
    this.#plan = plan
    this.#storage = storage
    this.#random = new Random(plan.seed, plan.name, number)
    this.#name = `${plan.name}-${number}`
  }

  /** {say: what to announce, act: the call} */
  next() {
    const kind = this.#random.weighted(WEIGHTS)
    const own = this.#own.length === 0 ? undefined : this.#random.pick(this.#own)
    if (kind === 'saveShared') return this.#save(this.#sharedName())
    if (kind === 'saveNext' && own) return this.#save({ ...own, version: this.#nextVersion(own) })
    if (kind === 'deleteOwn' && own) return this.#delete(own)
    if (kind === 'deleteShared') return this.#delete(this.#sharedName())
    if (kind === 'deleteOld' && this.#plan.old.length > 0)
      return this.#delete(partsOf(this.#random.pick(this.#plan.old)))
    if (kind === 'restoreOwn' && own) return this.#restore(own)
    if (kind === 'batch') return this.#batch([])
    if (kind === 'twinBatch' && own) return this.#batch([{ ...own, twin: true }])
    if (kind === 'read') return this.#read(own)
    if (kind === 'names') return this.#names(this.#sharedName())
    if (kind === 'latest') return this.#latest(this.#sharedName())
    return this.#save({ promptId: this.#newPrompt(), version: '1.0.0' })
  }

  /** A save that nothing but a dead process's lock could hold up. */
  probe() {
    return this.#save({ promptId: this.#newPrompt(), version: '1.0.0' })
  }

  #save(version) {
    const document = this.#document(version)
    const say = { kind: 'create', ...version, digest: digestOf(document) }
    return {
      say,
      act: async () => await this.#storage.saveVersion(document),
      done: ({ outcome }) => {
        if (outcome === 'done' && this.#isOwn(version)) this.#own.push(version)
      },
    }
  }

  #batch(twins) {
    const fresh = Array.from({ length: this.#random.integer(2, BATCH_MAX) }, () => ({
      promptId: this.#newPrompt(),
      version: '1.0.0',
    }))
    const documents = [...fresh, ...twins].map((version) => this.#document(version))
    const items = [...fresh, ...twins].map((version, at) => ({
      ...version,
      digest: digestOf(documents[at]),
    }))
    return {
      say: { kind: 'batch', items },
      act: async () => await this.#storage.saveVersions(documents),
      done: ({ outcome }) => {
        if (outcome === 'done') this.#own.push(...fresh)
      },
    }
  }

  #delete({ promptId, version }) {
    return {
      say: { kind: 'delete', promptId, version, trash: this.#plan.options.enableTrash },
      act: async () => ({
        outcome: (await this.#storage.deleteVersion(promptId, version)) ? 'done' : 'absent',
      }),
    }
  }

  #restore({ promptId, version }) {
    return {
      say: { kind: 'restore', promptId, version },
      act: async () => {
        const isBack = await this.#storage.restoreVersion(promptId, version).catch(inNoTrash)
        return { outcome: isBack ? 'done' : 'absent' }
      },
    }
  }

  #read(own) {
    const { promptId, version } =
      own !== undefined && this.#random.chance(0.4) ? own : this.#sharedName()
    return {
      say: { kind: 'read', promptId, version },
      act: async () => {
        const document = await this.#storage.getVersion(promptId, version)
        return document === undefined ? {} : { digest: digestOf(document) }
      },
    }
  }

  #names({ promptId }) {
    return {
      say: { kind: 'names', promptId },
      act: async () => ({ answer: await this.#storage.listVersionNames(promptId) }),
    }
  }

  #latest({ promptId }) {
    return {
      say: { kind: 'latest', promptId },
      act: async () => ({ answer: await this.#storage.getLatestVersionName(promptId) }),
    }
  }

  #document(version) {
    const { textBytesMax } = this.#plan
    // Mostly small; now and then over what is copied into the journal.
    const textBytes = this.#random.chance(0.03)
      ? this.#random.integer(0, textBytesMax)
      : this.#random.integer(1, 2000)
    return documentOf({ ...version, salt: `${this.#name}-${this.#made++}`, textBytes })
  }

  #newPrompt() {
    const id = `${this.#name}-${this.#made++}`
    const form = this.#random.next()
    if (form < 0.05) return `${LONG}${id}`
    return form < 0.1 ? `提示 ${id}/:` : id
  }

  #sharedName() {
    return {
      promptId: `shared-${this.#random.integer(1, SHARED_PROMPTS)}`,
      version: `1.${this.#random.integer(0, SHARED_MINORS)}.0`,
    }
  }

  #nextVersion({ version }) {
    const [major] = version.split('.')
    return `${major}.${this.#random.integer(1, 9)}.${this.#random.integer(0, 9)}`
  }

  #isOwn({ promptId }) {
    return promptId.includes(this.#name)
  }
}

/** What is not there is told with an error where nothing new goes into a trash. */
function inNoTrash(error) {
  if (error.code !== 'OPT-VER-002') throw error
  return false
}

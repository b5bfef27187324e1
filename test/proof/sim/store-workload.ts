import type { Durability } from '../../../src/engine/directory-options.js'
import type { Client, Outcome } from './client.js'
import { UNKNOWN, type Value } from './model.js'
import type { Random } from './random.js'
import {
  documentOf,
  IDS,
  keyOf,
  labelKey,
  labelled,
  live,
  trashed,
  type OpenedStore,
} from './store-subject.js'
import type { Decision, PromptView } from '../../../src/versions/prompt-heads.js'
import { waitsForFlush, type Workload } from './workload.js'

const CALLS = [
  'save',
  'save',
  'save',
  'batch',
  'batch',
  'delete',
  'delete',
  'restore',
  'get',
  'list',
  'again',
  'compress',
  'decompress',
  'reshard',
  'reshard',
  'label',
  'label',
  'label',
  'read',
] as const
/** Of all lanes at one prompt: what one labels, another deletes. */
const CROWDED_CALLS = [
  'save',
  'batch',
  'delete',
  'delete',
  'label',
  'label',
  'label',
  'read',
  'compress',
  'reshard',
] as const

/** One version that a lane has to do with. Its number is never given to another one. */
interface Owned {
  readonly id: string
  readonly version: string
  readonly text: string
}

export interface StoreWorkloadPlan {
  readonly calls: number
  readonly enableTrash: boolean
  readonly durability: Durability
}

/** Saves, batches, deletions, the trash, clearing, and readers beside them. */
export class StoreWorkload implements Workload<OpenedStore> {
  readonly #random: Random
  readonly #plan: StoreWorkloadPlan
  readonly #ids: readonly string[]
  readonly #calls: readonly (typeof CALLS)[number][]
  readonly #owned: Owned[][] = []
  readonly #labelKeys = new Set<string>()
  /** The versions that a label was ever moved to. */
  readonly #targets = new Set<string>()
  #versions = 0
  #moves = 0

  constructor(random: Random, plan: StoreWorkloadPlan) {
    this.#random = random
    this.#plan = plan
    const isCrowded = plan.durability === 'commit' && random.chance(0.5)
    this.#ids = isCrowded ? [random.pick(IDS)] : IDS
    this.#calls = isCrowded ? CROWDED_CALLS : CALLS
  }

  async lane(client: Client, handle: OpenedStore, lane: number): Promise<void> {
    const owned = (this.#owned[lane] ??= [])
    for (let call = 0; call < this.#plan.calls; call++) {
      const outcome = await this.#call(client, handle, owned, lane)
      if (outcome === 'conflict') client.problems.push('an unexpected conflict')
      if (outcome === 'failed' && (await isReadOnly(client, handle))) return
    }
  }

  /** Empties the trash, or everything. */
  async alone(client: Client, { storage }: OpenedStore): Promise<void> {
    const everything = this.#random.chance(0.5)
    const effects = new Map<string, Value>()
    for (const key of everything ? this.#labelKeys : []) {
      const value = client.model.believed(key, client.now)
      if (value === UNKNOWN) return
      if (value !== undefined) effects.set(key, undefined)
    }
    for (const { id, version } of this.#owned.flat()) {
      const key = keyOf(id, version)
      const value = client.model.believed(key, client.now)
      // What a call without a known end has left could be in either place, or nowhere.
      if (value === UNKNOWN) return
      if (value !== undefined && (everything || value.startsWith('trashed')))
        effects.set(key, undefined)
    }
    if (effects.size === 0) return
    await client.write(effects, async () => {
      if (everything) await storage.clearAll()
      else await storage.purgeTrash({ olderThanMs: 0 })
    })
  }

  async #call(
    client: Client,
    { storage }: OpenedStore,
    owned: Owned[],
    lane: number,
  ): Promise<Outcome | undefined> {
    if (await waitsForFlush(client, this.#random, this.#plan.durability)) return undefined
    const call = this.#random.pick(this.#calls)
    if (call === 'save' || call === 'batch') {
      const count = call === 'save' ? 1 : this.#random.integer(2, 3)
      return await this.#save(client, storage, owned, count)
    }
    if (call === 'get') return await this.#get(client, storage)
    if (call === 'list') return await this.#list(client, storage)
    if (call === 'label') return await this.#label(client, storage, lane)
    if (call === 'read') return await this.#readLabel(client, storage)
    if (call === 'compress' || call === 'decompress' || call === 'reshard')
      return await this.#rearrange(client, storage, call)
    if (call === 'again') return await this.#again(client, storage, owned)
    const from = call === 'delete' ? live : trashed
    const one = owned.find(
      ({ id, version, text }) =>
        client.model.believed(keyOf(id, version), client.now) === from(text),
    )
    if (one === undefined) return undefined
    return await this.#move(client, storage, one, call)
  }

  async #save(
    client: Client,
    storage: OpenedStore['storage'],
    owned: Owned[],
    count: number,
  ): Promise<Outcome> {
    const some = Array.from({ length: count }, () => this.#draw())
    owned.push(...some)
    const effects = new Map<string, Value>()
    for (const { id, version, text } of some) effects.set(keyOf(id, version), live(text))
    const documents = some.map(({ id, version, text }) => documentOf(id, version, text))
    return await client.write(effects, async () => {
      if (count > 1) await storage.saveVersions(documents)
      else for (const document of documents) await storage.saveVersion(document)
    })
  }

  /** Other files and directories for the same versions: no call of any lane may notice. */
  async #rearrange(
    client: Client,
    storage: OpenedStore['storage'],
    call: 'compress' | 'decompress' | 'reshard',
  ): Promise<Outcome | undefined> {
    const depth = this.#random.pick([0, 1])
    const outcome = await client.write(new Map(), async () => {
      if (call === 'compress') await storage.compress()
      else if (call === 'decompress') await storage.decompress()
      else await reshard(storage, depth)
    })
    return outcome
  }

  /** A version is saved once: another text under its number is refused, and the first one stays. */
  async #again(
    client: Client,
    storage: OpenedStore['storage'],
    owned: readonly Owned[],
  ): Promise<undefined> {
    const one = owned.find(
      ({ id, version, text }) =>
        client.model.believed(keyOf(id, version), client.now) === live(text),
    )
    if (one === undefined) return
    const { id, version } = one
    const document = documentOf(id, version, 'in vain')
    const effects = new Map([[keyOf(id, version), live('in vain')]])
    const outcome = await client.write(effects, async () => {
      await storage.saveVersion(document)
    })
    if (outcome === 'done') client.problems.push(`${id} ${version} was saved twice`)
  }

  #draw(): Owned {
    const number = ++this.#versions
    const text = `text ${number} ${'x'.repeat(this.#random.pick([0, 0, 200, 2000]))}`
    return { id: this.#random.pick(this.#ids), version: `1.0.${number}`, text }
  }

  async #move(
    client: Client,
    storage: OpenedStore['storage'],
    { id, version, text }: Owned,
    call: 'delete' | 'restore',
  ): Promise<Outcome | undefined> {
    const gone = this.#plan.enableTrash ? trashed(text) : undefined
    const effects = new Map([[keyOf(id, version), call === 'delete' ? gone : live(text)]])
    const outcome = await client.write(effects, async () => {
      const done =
        call === 'delete'
          ? await storage.deleteVersion(id, version)
          : await storage.restoreVersion(id, version)
      if (!done) client.problems.push(`${call} of ${id} ${version} found nothing`)
    })
    const mayBeLabelled = call === 'delete' && this.#targets.has(keyOf(id, version))
    return outcome === 'conflict' && mayBeLabelled ? undefined : outcome
  }

  /** A label of this lane's own goes to any version of any lane, which may be deleted meanwhile. */
  async #label(
    client: Client,
    storage: OpenedStore['storage'],
    lane: number,
  ): Promise<Outcome | undefined> {
    const isLive = ({ id, version, text }: Owned): boolean =>
      client.model.believed(keyOf(id, version), client.now) === live(text)
    const all = this.#owned.flat().filter(isLive)
    if (all.length === 0) return undefined
    const one = this.#random.pick(all)
    const label = `${this.#random.pick(['a', 'b'])}${lane}`
    const key = labelKey(one.id, label)
    if (client.model.believed(key, client.now) === UNKNOWN) return undefined
    this.#labelKeys.add(key)
    this.#targets.add(keyOf(one.id, one.version))
    const writes = (): number =>
      client.model.transactions.filter(({ effects }) => effects.has(keyOf(one.id, one.version)))
        .length
    const before = writes()
    const reason = String(++this.#moves)
    const effects = new Map([[key, labelled(one.version, reason)]])
    const outcome = await client.write(effects, async () => {
      await storage.transact([one.id], moving(label, one.version, reason))
    })
    // A version that is there throughout is not missing.
    return outcome === 'conflict' && (!isLive(one) || writes() > before) ? undefined : outcome
  }

  async #readLabel(client: Client, storage: OpenedStore['storage']): Promise<undefined> {
    if (this.#labelKeys.size === 0) return
    const key = this.#random.pick([...this.#labelKeys])
    const id = IDS.find((one) => key.startsWith(labelKey(one, ''))) ?? ''
    const label = key.slice(labelKey(id, '').length)
    await client.read(key, async () => {
      const found = (await storage.readHead(id))?.labels[label]
      return found && labelled(found.version, found.reason)
    })
  }

  async #get(client: Client, storage: OpenedStore['storage']): Promise<undefined> {
    const all = this.#owned.flat()
    if (all.length === 0) return
    const { id, version } = this.#random.pick(all)
    const work = async (): Promise<Value> => {
      const document = await storage.getVersion(id, version)
      return document && live(document.prompt.text ?? '')
    }
    await client.read(keyOf(id, version), work, onlyLive)
  }

  /** What is certainly there is listed, what certainly is not is not listed. */
  async #list(client: Client, storage: OpenedStore['storage']): Promise<undefined> {
    const id = this.#random.pick(this.#ids)
    const { model } = client
    const keys = this.#owned.flat().filter((one) => one.id === id)
    const before = keys.map(({ version }) => model.believed(keyOf(id, version), client.now))
    try {
      const listed = new Set(await storage.listVersionNames(id))
      keys.forEach(({ version }, at) => {
        const after = model.believed(keyOf(id, version), client.now)
        if (after !== before[at] || after === UNKNOWN) return
        if (listed.has(version) !== (onlyLive(after) !== undefined))
          client.problems.push(
            `${id} ${version} is ${after ?? 'absent'}, and the list says otherwise`,
          )
      })
    } catch (error) {
      client.expected(error, 'listing')
    }
  }
}

/** Another lane may want another depth at the same time. */
async function reshard(storage: OpenedStore['storage'], depth: number): Promise<void> {
  try {
    await storage.reshard(depth === 0 ? { enabled: false } : { depth })
  } catch (error) {
    const context: unknown = error instanceof Error && Reflect.get(error, 'context')
    const isTurned =
      typeof context === 'object' &&
      context !== null &&
      Reflect.get(context, 'reason') === 'sharding'
    if (!isTurned) throw error
  }
}

function moving(
  label: string,
  to: string,
  reason: string,
): (views: readonly PromptView[]) => Decision<never, undefined> {
  return (views) => {
    const view = views[0]
    const head = view?.head ?? { labels: {}, highest: null, deprecated: {}, tags: {} }
    const note = { by: null, reason, at: '2026-01-01T00:00:00.000Z' }
    const labels = { ...head.labels, [label]: { version: to, ...note } }
    const moves = [{ label, from: head.labels[label]?.version ?? null, to, ...note }]
    const promptId = view?.promptId ?? ''
    return { changes: [{ promptId, head: { ...head, labels }, moves }], result: undefined }
  }
}

/** A reader does not see what is in the trash. */
function onlyLive(value: Value): Value {
  return value?.startsWith('live') === true ? value : undefined
}

async function isReadOnly(client: Client, { storage }: OpenedStore): Promise<boolean> {
  try {
    return (await storage.getStorageStats()).durability_state === 'read-only'
  } catch (error) {
    client.expected(error, 'asking for the state')
    return true
  }
}

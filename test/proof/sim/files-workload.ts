import type { Durability } from '../../../src/engine/directory-options.js'
import type { Client, Outcome } from './client.js'
import { VERSIONS_OF, withVersion, type OpenedFiles } from './files-subject.js'
import { UNKNOWN } from './model.js'
import type { Random } from './random.js'
import { checkpoint, waitsForFlush, type Workload } from './workload.js'

export interface FilesWorkloadPlan {
  readonly keysPerLane: number
  readonly calls: number
  /** How likely a content is a large one, which is staged beside the journal. */
  readonly largePart: number
  readonly durability: Durability
}

const KIB = 1024

/** Stores, overwrites and deletes files, checkpoints between them. Each lane has keys of its own. */
export class FilesWorkload implements Workload<OpenedFiles> {
  readonly #random: Random
  readonly #plan: FilesWorkloadPlan
  #values = 0

  constructor(random: Random, plan: FilesWorkloadPlan) {
    this.#random = random
    this.#plan = plan
  }

  async lane(client: Client, handle: OpenedFiles, lane: number): Promise<void> {
    for (let call = 0; call < this.#plan.calls; call++) {
      const outcome = await this.#call(client, handle, lane)
      if (outcome === 'conflict') client.problems.push('an unexpected conflict')
      if (outcome === 'failed' || outcome === 'unknown') {
        if (handle.backend.directory.health().state === 'read-only') return
      }
    }
  }

  async alone(client: Client, { backend }: OpenedFiles): Promise<void> {
    await checkpoint(client, backend.directory)
  }

  async #call(client: Client, handle: OpenedFiles, lane: number): Promise<Outcome | undefined> {
    if (await waitsForFlush(client, this.#random, this.#plan.durability)) return undefined
    const key = `lane${lane}/${this.#random.below(this.#plan.keysPerLane)}.txt`
    const draw = this.#random.below(100)
    if (draw < 6) {
      await checkpoint(client, handle.backend.directory, { shred: draw < 2 })
      return undefined
    }
    const before = client.model.believed(key, client.now)
    const kept = draw % 4 === 0 ? undefined : this.#keptWith(client, key, before)
    const effects = (value: string | undefined): Map<string, string | undefined> =>
      new Map([[key, value], ...(kept === undefined ? [] : [kept])])
    if (draw < 35 && before !== undefined && before !== UNKNOWN) {
      return await client.write(
        effects(undefined),
        async () => await handle.remove(key, kept !== undefined),
      )
    }
    const value = this.#drawValue(key)
    return await client.write(
      effects(value),
      async () => await handle.store(key, value, kept !== undefined),
    )
  }

  /** What is kept of a key when this content is replaced or removed; undefined where that is not known for sure. */
  #keptWith(
    client: Client,
    key: string,
    before: string | typeof UNKNOWN | undefined,
  ): [string, string] | undefined {
    if (this.#plan.durability !== 'commit' || before === undefined || before === UNKNOWN)
      return undefined
    const versions = client.model.believed(VERSIONS_OF + key, client.now)
    return versions === UNKNOWN ? undefined : [VERSIONS_OF + key, withVersion(versions, before)]
  }

  #drawValue(key: string): string {
    const random = this.#random
    const bytes = random.chance(this.#plan.largePart)
      ? random.integer(8 * KIB + 1, 10 * KIB)
      : random.pick([0, 10, 40, 600, 3 * KIB])
    return `${++this.#values} of ${key} ${'x'.repeat(bytes)}`
  }
}

import type { Durability } from '../../../src/engine/directory-options.js'
import type { Operation } from '../../../src/engine/commit/transaction.js'
import type { Client, Outcome } from './client.js'
import type { OpenedDirectory } from './directory-subject.js'
import { UNKNOWN, type Value } from './model.js'
import type { Random } from './random.js'
import { checkpoint, waitsForFlush, type Workload } from './workload.js'

export interface DirectoryWorkloadPlan {
  readonly lanes: number
  readonly keysPerLane: number
  readonly calls: number
  /** How likely a content is a large one, which is staged beside the journal. */
  readonly largePart: number
  readonly durability: Durability
}

const KIB = 1024

/** Transactions over one to four files: create, replace, remove, with reads and checkpoints between them. */
export class DirectoryWorkload implements Workload<OpenedDirectory> {
  readonly #random: Random
  readonly #plan: DirectoryWorkloadPlan
  #values = 0

  constructor(random: Random, plan: DirectoryWorkloadPlan) {
    this.#random = random
    this.#plan = plan
  }

  async lane(client: Client, handle: OpenedDirectory, lane: number): Promise<void> {
    for (let call = 0; call < this.#plan.calls; call++) {
      const outcome = await this.#call(client, handle, lane)
      if (outcome === 'failed' || outcome === 'unknown') {
        if (handle.directory.health().state === 'read-only') return
      }
    }
  }

  async alone(client: Client, { directory }: OpenedDirectory): Promise<void> {
    await checkpoint(client, directory)
  }

  async #call(client: Client, handle: OpenedDirectory, lane: number): Promise<Outcome | undefined> {
    if (await waitsForFlush(client, this.#random, this.#plan.durability)) return undefined
    const draw = this.#random.below(100)
    if (draw < 8) {
      await checkpoint(client, handle.directory, { shred: draw < 2 })
      return undefined
    }
    if (draw < 26) {
      await this.#read(client, handle)
      return undefined
    }
    if (draw < 30) {
      if (draw < 28) await this.#refused(client, handle, lane)
      else await this.#refusedByCheck(client, handle, lane)
      return undefined
    }
    const count = draw < 60 ? 1 : this.#random.integer(2, Math.min(4, this.#plan.keysPerLane))
    return await this.#write(client, handle, lane, count)
  }

  async #read(client: Client, { directory }: OpenedDirectory): Promise<void> {
    const key = this.#keyOf(this.#random.below(this.#plan.lanes), this.#drawKey())
    await client.read(key, async () => textOf(await directory.read(key)))
  }

  async #write(
    client: Client,
    { directory }: OpenedDirectory,
    lane: number,
    count: number,
  ): Promise<Outcome> {
    const keys = new Set<string>()
    while (keys.size < count) keys.add(this.#keyOf(lane, this.#drawKey()))
    const effects = new Map<string, Value>()
    const operations = [...keys].map((key) => this.#operation(client, key, effects))
    if (this.#random.chance(0.3)) operations.push(...this.#check(client, lane, keys, 'holds'))
    const outcome = await client.write(effects, async () => await directory.commit(operations))
    if (outcome === 'conflict')
      client.problems.push(`an unexpected conflict over ${[...keys].join()}`)
    return outcome
  }

  /** A file that is there cannot be created, and one that is not cannot be removed. */
  async #refused(client: Client, { directory }: OpenedDirectory, lane: number): Promise<void> {
    const key = this.#keyOf(lane, this.#drawKey())
    const before = client.model.believed(key, client.now)
    if (before === UNKNOWN) return
    const isAbsent = before === undefined
    const operation: Operation = isAbsent
      ? { kind: 'remove', path: key }
      : { kind: 'create', path: key, bytes: Buffer.from('in vain') }
    const effects = new Map([[key, isAbsent ? undefined : 'in vain']])
    const outcome = await client.write(effects, async () => await directory.commit([operation]))
    if (outcome === 'done') client.problems.push(`${operation.kind} of ${key} was not refused`)
  }

  /** A change that could be made is refused for a condition about another file. */
  async #refusedByCheck(
    client: Client,
    { directory }: OpenedDirectory,
    lane: number,
  ): Promise<void> {
    const key = this.#keyOf(lane, this.#drawKey())
    const checks = this.#check(client, lane, new Set([key]), 'fails')
    if (checks.length === 0) return
    const operations = [
      { kind: 'replace', path: key, bytes: Buffer.from('in vain') } as const,
      ...checks,
    ]
    const effects = new Map([[key, 'in vain']])
    const outcome = await client.write(effects, async () => await directory.commit(operations))
    if (outcome === 'done') client.problems.push(`${key} was written against a check`)
  }

  /** A condition about a file of the lane that the transaction does not change; none when its state is not known. */
  #check(
    client: Client,
    lane: number,
    keys: ReadonlySet<string>,
    how: 'holds' | 'fails',
  ): readonly Operation[] {
    const path = this.#keyOf(lane, this.#drawKey())
    const value = client.model.believed(path, client.now)
    if (value === UNKNOWN || keys.has(path)) return []
    const isAbsent = (value === undefined) === (how === 'holds')
    if (isAbsent) return [{ kind: 'check', path, absent: true }]
    if (value === undefined || this.#random.chance(0.5))
      return [{ kind: 'check', path, present: true }]
    return [{ kind: 'check', path, ifBytes: Buffer.from(value, 'latin1') }]
  }

  #operation(client: Client, key: string, effects: Map<string, Value>): Operation {
    const before = client.model.believed(key, client.now)
    if (before !== undefined && before !== UNKNOWN && this.#random.chance(0.3)) {
      effects.set(key, undefined)
      return { kind: 'remove', path: key }
    }
    const value = this.#drawValue(key)
    effects.set(key, value)
    const kind = before === undefined ? 'create' : 'replace'
    return { kind, path: key, bytes: Buffer.from(value, 'latin1') }
  }

  #drawKey(): number {
    return this.#random.below(this.#plan.keysPerLane)
  }

  /** Keys of one lane are in two directories, one of them deep. */
  #keyOf(lane: number, key: number): string {
    return key % 2 === 0 ? `lane${lane}/key${key}` : `deep/er/lane${lane}/key${key}`
  }

  #drawValue(key: string): string {
    const head = `${++this.#values} of ${key} `
    const random = this.#random
    const bytes = random.chance(this.#plan.largePart)
      ? random.integer(8 * KIB + 1, 10 * KIB)
      : random.pick([0, 10, 40, 600, 600, 3 * KIB, 5 * KIB])
    return head + 'x'.repeat(bytes)
  }
}

function textOf(bytes: Uint8Array | undefined): Value {
  return bytes && Buffer.from(bytes).toString('latin1')
}

import { Client, describe } from './client.js'
import type { Engine } from './engine.js'
import type { Fault } from './faults.js'
import { EMPTY_IMAGE } from './kernel.js'
import { Machine, type SimulatedProcess } from './machine.js'
import { Model, type Observed } from './model.js'
import type { Random } from './random.js'
import { restored } from './restored.js'
import type { Opened, Subject } from './subject.js'
import type { Workload } from './workload.js'
import type { World } from './world.js'

/** Longer than every timeout of a store. */
const HANG_MAX_MS = 30_000
const BACKUP_PAUSE_MAX_MS = 60

export interface LivePlan {
  /** How many generations of processes, one after the other on the same machine. */
  readonly generations: number
  readonly processes: number
  readonly lanes: number
  readonly killPart: number
  /** One process more, which has the store open all the time and calls nothing until the others have ended. */
  readonly bystander: boolean
  /** How many backups each process makes while its lanes work. */
  readonly backups: number
  readonly faults: readonly Fault[]
}

/** A machine as a live run leaves it, with what its callers know. */
export interface LiveResult {
  readonly machine: Machine
  readonly model: Model
  readonly problems: readonly string[]
  readonly kills: number
  /** How many backups were made, restored and compared. */
  readonly backups: number
}

/** Processes that work on one store at the same time, are killed, and come again: all by lot. */
export class LiveRun {
  readonly #world: World
  readonly #random: Random
  readonly #plan: LivePlan
  readonly #subject: Subject
  readonly #workload: Workload
  readonly #client: Client
  readonly #engine: Engine
  readonly #problems: string[] = []
  #kills = 0

  constructor(
    world: World,
    random: Random,
    engine: Engine,
    plan: LivePlan,
    subject: Subject,
    workload: Workload,
  ) {
    this.#world = world
    this.#random = random
    this.#plan = plan
    this.#subject = subject
    this.#workload = workload
    this.#engine = engine
    const machine = new Machine(world, engine, EMPTY_IMAGE, plan.faults)
    const faulty = plan.faults.length > 0
    this.#client = new Client(engine, machine, new Model(), this.#problems, faulty)
  }

  async run(): Promise<LiveResult> {
    const { machine, model } = this.#client
    this.#world.scheduled = true
    try {
      await this.#world.run(this.#generations())
    } catch (error) {
      this.#problems.push(describe(error))
    } finally {
      this.#world.scheduled = false
      machine.stop()
      this.#world.reset()
    }
    if (this.#problems.length === 0) await this.#restoreBackups()
    const backups = this.#client.backups.length
    return { machine, model, problems: this.#problems, kills: this.#kills, backups }
  }

  async #restoreBackups(): Promise<void> {
    for (const backup of this.#client.backups) {
      try {
        const observed = await restored(this.#engine, this.#world, this.#subject, backup)
        this.#client.judge(backup, observed)
      } catch (error) {
        this.#problems.push(`a backup from ${backup.from} to ${backup.to}: ${describe(error)}`)
      }
    }
  }

  async #generations(): Promise<void> {
    const { machine } = this.#client
    const bystander = this.#plan.bystander ? await this.#standBy(machine.start()) : undefined
    for (let generation = 0; generation < this.#plan.generations; generation++) {
      const each = Array.from({ length: this.#plan.processes }, async (_, at) => {
        const killed = this.#random.chance(this.#plan.killPart)
        const process = machine.start(killed ? this.#random.integer(1, 500) : undefined)
        await Promise.race([this.#within(this.#live(process, at), 3 * HANG_MAX_MS), process.death])
        if (process.killed) this.#kills++
        // What hangs in the kernel would hold its locks forever.
        else process.kill()
      })
      await Promise.all(each)
    }
    machine.faults.end()
    await this.#afterwards(bystander ?? (await this.#subject.open(machine.start())))
  }

  /** A process: opens, has its lanes work, and closes or simply ends. */
  async #live(process: SimulatedProcess, at: number): Promise<void> {
    const handle = await this.#open(process)
    if (handle === undefined) return
    const { lanes } = this.#plan
    const each = Array.from(
      { length: lanes },
      async (_, lane) =>
        await this.#workload.lane(this.#client, handle, at * lanes + lane, `${process.id}`),
    )
    if (this.#plan.backups > 0) each.push(this.#backUp(process, handle))
    const working = Promise.all(each)
    // A call that hangs forever holds its caller forever.
    if (await this.#within(working, HANG_MAX_MS)) {
      if (this.#plan.processes === 1) await this.#workload.alone(this.#client, handle)
      if (this.#random.chance(0.5)) await this.#within(this.#close(handle), HANG_MAX_MS)
    }
  }

  /** Backups, some of them through a handle that only reads. */
  async #backUp(process: SimulatedProcess, handle: Opened): Promise<void> {
    const random = this.#random
    for (let count = 0; count < this.#plan.backups; count++) {
      await this.#world.sleep(random.integer(0, BACKUP_PAUSE_MAX_MS))
      const isReader = random.chance(0.4)
      const source = isReader ? await this.#open(process, { readOnly: true }) : handle
      if (source === undefined) continue
      await this.#client.backUp(async (to) => await source.backUp(to), isReader)
      if (isReader) await this.#close(source)
    }
  }

  async #standBy(process: SimulatedProcess): Promise<Opened | undefined> {
    const opening = this.#open(process)
    const inTime = await this.#within(opening, HANG_MAX_MS)
    const handle = inTime ? await opening : undefined
    if (handle === undefined) process.kill()
    return handle
  }

  async #open(
    process: SimulatedProcess,
    options: { readonly readOnly?: boolean } = {},
  ): Promise<Opened | undefined> {
    try {
      return await this.#subject.open(process, options)
    } catch (error) {
      this.#client.expected(error, 'opening')
      return undefined
    }
  }

  async #close(handle: Opened): Promise<void> {
    try {
      await handle.close()
    } catch (error) {
      this.#client.expected(error, 'closing')
    }
  }

  /** False: it has not ended by then, which only a hanging disk explains. */
  async #within(work: Promise<unknown>, ms: number): Promise<boolean> {
    const ended = work.then(() => true)
    const inTime = await Promise.race([ended, this.#world.sleep(ms).then(() => false)])
    if (!inTime && !this.#client.faulty) this.#problems.push(`no end within ${ms} ms`)
    return inTime
  }

  /** With a disk that is well, the store takes a save, and shows what it must, before and after it. */
  async #afterwards(handle: Opened): Promise<void> {
    // A bystander has not recovered anything: what the dead have left it finishes with its own save.
    if (!this.#plan.bystander) await this.#observe(handle)
    const number = this.#random.below(1e6)
    const { key, value } = this.#subject.next(number)
    await this.#client.write(new Map([[key, value]]), async () => await handle.save(number))
    const observed = await this.#observe(handle)
    await this.#client.read(key, async () => await Promise.resolve(observed.get(key)))
    if (this.#random.chance(0.3)) await this.#close(handle)
  }

  async #observe(handle: Opened): Promise<Observed> {
    const observed = await handle.observe()
    this.#problems.push(...this.#client.model.at(this.#client.now).check(observed))
    return observed
  }
}

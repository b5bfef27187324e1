import type { Durability } from '../../../src/engine/directory-options.js'
import { Client } from './client.js'
import { DirectorySubject, type OpenedDirectory } from './directory-subject.js'
import type { Engine } from './engine.js'
import { Explorer, refuse, Violation } from './explorer.js'
import { EMPTY_IMAGE } from './kernel.js'
import { Machine, type SimulatedProcess } from './machine.js'
import { Model, type Value } from './model.js'
import { PRESETS } from './presets.js'
import { Random } from './random.js'
import { restored } from './restored.js'
import type { SubjectOptions } from './subject.js'
import { World } from './world.js'

const KIB = 1024
/** Who has not come back by then will not. */
const HANG_MS = 20_000

/** Throws a Violation where something is not as it must be. Told at `commit` unless it says otherwise. */
export type Story = ((scenario: Scenario) => Promise<void>) & { readonly durability?: Durability }

export function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}

/** A story told step by step on one simulated machine, and then every loss of power that may end it. */
export class Scenario {
  readonly machine: Machine
  readonly subject: DirectorySubject
  readonly #engine: Engine
  readonly #world: World
  readonly #model = new Model()
  readonly #client: Client
  readonly #problems: string[] = []

  readonly #durability: Durability

  private constructor(engine: Engine, world: World, durability: Durability) {
    this.#durability = durability
    this.#engine = engine
    this.#world = world
    this.machine = new Machine(world, engine, EMPTY_IMAGE)
    this.#client = new Client(engine, this.machine, this.#model, this.#problems, true)
    const options: SubjectOptions = {
      durability,
      segmentBytes: 64 * KIB,
      journalBytes: 64 * KIB,
      checkpointIdleMs: 3_600_000,
      ioTimeoutMs: 0,
      enableTrash: false,
      enableSharding: false,
    }
    this.subject = new DirectorySubject({ engine, options })
  }

  /** Plays `story`, then cuts the power at every point of it in every way. @throws Violation */
  static async play(engine: Engine, story: Story): Promise<number> {
    const world = new World('scenario')
    world.install()
    try {
      const scenario = new Scenario(engine, world, story.durability ?? 'commit')
      world.scheduled = true
      await world.run(story(scenario))
      world.scheduled = false
      scenario.machine.stop()
      world.reset()
      await scenario.#judgeBackups()
      return await scenario.#cutEverywhere()
    } finally {
      world.uninstall()
    }
  }

  async open(
    process: SimulatedProcess = this.machine.start(),
    options: { readonly readOnly?: boolean } = {},
  ): Promise<OpenedDirectory> {
    return await this.subject.open(process, options)
  }

  /** Makes a backup; it is restored and judged when the story has ended. False if it failed. */
  async backUp(opened: OpenedDirectory): Promise<boolean> {
    const { length } = this.#client.backups
    await this.#client.backUp(async (to) => await opened.backUp(to), true)
    return this.#client.backups.length > length
  }

  /** Ends all processes; the machine and its page cache stay, and its disk is well again. */
  async reopen(): Promise<OpenedDirectory> {
    this.machine.stop()
    this.machine.faults.end()
    return await this.open()
  }

  async pause(ms = 60_000): Promise<void> {
    await this.#world.sleep(ms)
  }

  /** After `work`, or a pause, what was committed before it is due: see `Model.afterPowerLoss`. */
  async due(work: () => Promise<void> = async () => await this.pause()): Promise<void> {
    await this.#client.makeDue(work)
  }

  /** A commit, of which the model takes note. A call that never returns is not waited for. */
  async commit(opened: OpenedDirectory, files: Record<string, Value>): Promise<unknown> {
    return await this.#commit(opened, files, 'replace')
  }

  /** What is shown now must be as the callers were told, and from now on it counts as seen. */
  async check(opened: OpenedDirectory): Promise<void> {
    const observed = await opened.observe()
    refuse(this.#model.at(this.machine.kernel.trace.length).check(observed))
    for (const key of this.#model.keys)
      await this.#client.read(key, async () => await Promise.resolve(observed.get(key)))
    refuse(this.#problems)
  }

  /** What is read counts as seen, as with `check`. */
  async read({ directory }: OpenedDirectory, key: string): Promise<void> {
    await this.#client.read(key, async () => {
      const bytes = await directory.read(key)
      return bytes && Buffer.from(bytes).toString()
    })
    refuse(this.#problems)
  }

  /**
   * Another program makes a file, and flushes it. The model learns that it is there with the next `check`: a frame that
   * was flushed just before, and is redone after loss of power, cannot tell the file from its own.
   */
  strange(path: string, value: string): void {
    const { kernel } = this.machine
    kernel.mark('called', this.#model.call(new Map([[path, value]]), kernel.trace.length).id)
    const node = kernel.createFile(path)
    kernel.write(node, Buffer.from(value), 0)
    kernel.flush(node)
    kernel.flush(kernel.get(path.slice(0, Math.max(path.lastIndexOf('/'), 0))))
  }

  /** As `commit`, of files that must not be there. */
  async create(opened: OpenedDirectory, files: Record<string, string>): Promise<unknown> {
    return await this.#commit(opened, files, 'create')
  }

  async #commit(
    { directory }: OpenedDirectory,
    files: Record<string, Value>,
    kind: 'create' | 'replace',
  ): Promise<unknown> {
    const { kernel } = this.machine
    const transaction = this.#model.call(new Map(Object.entries(files)), kernel.trace.length)
    kernel.mark('called', transaction.id)
    const work = directory.commit(
      Object.entries(files).map(([path, value]) =>
        value === undefined ? { kind: 'remove', path } : { kind, path, bytes: Buffer.from(value) },
      ),
    )
    return await Promise.race([
      work.then(
        () => {
          kernel.mark('acknowledged', transaction.id)
          transaction.acknowledgedAt = kernel.trace.length
        },
        (error: unknown) => {
          const { StorageError } = this.#engine
          if (error instanceof StorageError && error.context['outcome'] === 'unknown') return error
          kernel.mark('failed', transaction.id)
          transaction.failedAt = kernel.trace.length
          return error
        },
      ),
      this.pause(HANG_MS).then(() => 'hangs'),
    ])
  }

  async #judgeBackups(): Promise<void> {
    for (const backup of this.#client.backups)
      this.#client.judge(backup, await restored(this.#engine, this.#world, this.subject, backup))
    refuse(this.#problems)
  }

  async #cutEverywhere(): Promise<number> {
    let states = 0
    const isSoft = this.#durability !== 'commit'
    for (const preset of PRESETS) {
      const limits = {
        states: 80,
        perPoint: 8,
        atEnd: 40,
        deeperPart: 0.2,
        depthMax: 2,
        keepsSaves: !isSoft,
      }
      const explorer = new Explorer(
        this.#world,
        this.#engine,
        new Random(preset.name),
        this.subject,
        preset,
        limits,
        new Map(),
      )
      const { events } = this.machine.kernel.trace
      await explorer.explore(EMPTY_IMAGE, events, (at) =>
        isSoft ? this.#model.afterPowerLoss(at) : this.#model.at(at),
      )
      states += explorer.counts.states
    }
    return states
  }
}

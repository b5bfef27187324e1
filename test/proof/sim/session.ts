import type { Durability } from '../../../src/engine/directory-options.js'
import { DirectorySubject } from './directory-subject.js'
import { DirectoryWorkload } from './directory-workload.js'
import type { Engine } from './engine.js'
import { Explorer, Violation, type Counts, type ExploreLimits } from './explorer.js'
import { drawFault, IO_TIMEOUT_MS, type Fault } from './faults.js'
import { FilesSubject } from './files-subject.js'
import { FilesWorkload } from './files-workload.js'
import { EMPTY_IMAGE } from './kernel.js'
import { LiveRun, type LivePlan, type LiveResult } from './live-run.js'
import type { Observed } from './model.js'
import { PRESETS, type Preset } from './presets.js'
import { mix, Random } from './random.js'
import { StoreSubject } from './store-subject.js'
import { StoreWorkload } from './store-workload.js'
import type { Subject, SubjectOptions } from './subject.js'
import type { Workload } from './workload.js'
import { World } from './world.js'

export interface SessionResult extends Counts {
  /** The same for the same seed, whatever happens besides. */
  readonly hash: number
  readonly transactions: number
  readonly kills: number
  readonly faults: number
  readonly backups: number
}

export interface SessionSettings {
  readonly presets?: readonly Preset[]
  /** How many states of each of two presets. */
  readonly states: number
}

/** Fewer make more sessions, and take the live runs for the greater part of the time. */
export const SESSION_STATES = 300

const KIB = 1024
/** Of each process of a session with backups. */
const BACKUPS = 3

/** Everything that one seed decides: a live run, and the crashes of it. @throws Violation */
export async function runSession(
  engine: Engine,
  seed: string,
  settings: SessionSettings,
): Promise<SessionResult> {
  const world = new World(seed)
  world.install()
  try {
    return await new Session(engine, seed, world, settings).run()
  } finally {
    world.uninstall()
  }
}

/** What the number of a session decides. */
interface Turn {
  readonly durability: Durability
  readonly kind: 'files' | 'any'
  readonly backups: number
}

class Session {
  readonly #engine: Engine
  readonly #random: Random
  readonly #world: World
  readonly #settings: SessionSettings
  readonly #durability: Durability
  readonly #kind: 'files' | 'any'
  readonly #backups: number

  constructor(engine: Engine, seed: string, world: World, settings: SessionSettings) {
    this.#engine = engine
    this.#random = new Random(seed, 'session')
    this.#world = world
    this.#settings = settings
    const { durability, kind, backups } = turnOf(seed)
    this.#durability = durability
    this.#kind = kind
    this.#backups = backups
  }

  async run(): Promise<SessionResult> {
    const drawn = { ...drawPlan(this.#random), backups: this.#backups }
    const plan = this.#durability === 'commit' ? drawn : withoutFaults(drawn)
    const { subject, workload } = this.#draw(plan)
    const live = await new LiveRun(
      this.#world,
      this.#random,
      this.#engine,
      plan,
      subject,
      workload,
    ).run()
    if (live.problems.length > 0) throw new Violation(live.problems.slice(0, 5).join('\n  '))
    const { counts, hash } = await this.#explore(subject, live)
    return {
      ...counts,
      hash: mix(hash ^ live.machine.kernel.trace.hash),
      transactions: live.model.transactions.length,
      kills: live.kills,
      faults: live.machine.faults.met,
      backups: live.backups,
    }
  }

  #draw(plan: LivePlan): { readonly subject: Subject; readonly workload: Workload } {
    const random = this.#random
    const durability = this.#durability
    const options: SubjectOptions = {
      durability,
      segmentBytes: 64 * KIB,
      journalBytes: random.pick([64, 128]) * KIB,
      checkpointIdleMs: random.pick([5, 20, 200, 2000]),
      ioTimeoutMs: plan.faults.length > 0 ? IO_TIMEOUT_MS : 0,
      enableTrash: random.chance(0.5),
      enableSharding: random.chance(0.2),
    }
    const context = { engine: this.#engine, options }
    const calls = random.integer(3, 14)
    if (this.#kind === 'files') {
      const largePart = random.pick([0, 0.1, 0.4])
      const keysPerLane = random.integer(2, 4)
      const workload = new FilesWorkload(random, { calls, keysPerLane, largePart, durability })
      return { subject: new FilesSubject(context), workload: workload as Workload }
    }
    if (random.chance(0.35)) {
      const workload = new StoreWorkload(random, {
        calls,
        enableTrash: options.enableTrash,
        durability,
      })
      return { subject: new StoreSubject(context), workload: workload as Workload }
    }
    const workload = new DirectoryWorkload(random, {
      calls,
      lanes: plan.lanes * plan.processes,
      keysPerLane: random.integer(2, 5),
      largePart: random.pick([0, 0.05, 0.3]),
      durability,
    })
    return { subject: new DirectorySubject(context), workload: workload as Workload }
  }

  async #explore(
    subject: Subject,
    { machine, model }: LiveResult,
  ): Promise<{ readonly counts: Counts; readonly hash: number }> {
    const presets = this.#settings.presets ?? PRESETS
    const total: Counts = { raw: 0, states: 0, deeper: 0 }
    let hash = 0
    const seen = new Map<number, Observed | undefined>()
    for (const preset of [this.#random.pick(presets), this.#random.pick(presets)]) {
      const explorer = new Explorer(
        this.#world,
        this.#engine,
        this.#random,
        subject,
        preset,
        this.#limits(),
        seen,
      )
      const isSoft = this.#durability !== 'commit'
      await explorer.explore(EMPTY_IMAGE, machine.kernel.trace.events, (at) =>
        isSoft ? model.afterPowerLoss(at) : model.at(at),
      )
      for (const name of ['raw', 'states', 'deeper'] as const) total[name] += explorer.counts[name]
      hash = mix(hash ^ explorer.hash)
    }
    return { counts: total, hash }
  }

  #limits(): ExploreLimits {
    return {
      states: this.#settings.states,
      perPoint: this.#random.pick([8, 16, 32]),
      deeperPart: this.#random.pick([0.02, 0.1]),
      depthMax: this.#random.pick([2, 2, 3]),
      keepsSaves: this.#durability === 'commit',
    }
  }
}

/**
 * Most sessions are flushed before they acknowledge, and are of directories or versions. Every fifth is not: what loss
 * of power may take then, the model knows. Every eleventh is of files. In every seventh, backups are made.
 */
function turnOf(seed: string): Turn {
  const number = Number(seed.split('/').at(-1))
  const kind = number % 11 === 2 || number % 15 === 8 ? 'files' : 'any'
  const backups = number % 7 === 5 ? BACKUPS : 0
  if (number % 5 !== 3) return { durability: 'commit', kind, backups }
  return { durability: number % 2 === 1 ? 'interval' : 'none', kind, backups }
}

/** A flush that fails at these levels ends the store: what was acknowledged then is not known. */
function withoutFaults(plan: LivePlan): LivePlan {
  return { ...plan, faults: [] }
}

function drawPlan(random: Random): Omit<LivePlan, 'backups'> {
  const faulty = random.chance(0.5)
  const faults: Fault[] = faulty
    ? Array.from({ length: random.integer(1, 3) }, () => drawFault(random))
    : []
  return {
    generations: random.pick([1, 1, 2, 3]),
    processes: random.pick([1, 1, 2, 3]),
    lanes: random.integer(1, 3),
    killPart: random.pick([0, 0.3, 0.7]),
    bystander: random.chance(0.3),
    faults,
  }
}

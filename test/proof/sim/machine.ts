import type { Lock, LockMode, LockOptions } from '../../../src/disk/disk.js'
import type { LockTable } from '../../../src/disk/portable/locks.js'
import type { Engine } from './engine.js'
import { errno } from './errno.js'
import { Faults, HANG_MS, NO_FAULTS, type Call, type Effect, type Fault } from './faults.js'
import { Kernel, type Image } from './kernel.js'
import type { World } from './world.js'

/** Below it lie the roots of the simulated processes; node-fs.ts leads what is asked for there to their machines. */
export const ROOT_PREFIX = '/@simulated/'

/** Something that is never reported: the end of a call whose process was killed. */
const never = (): Promise<never> => new Promise(() => {})

const processes = new Map<number, SimulatedProcess>()
let lastProcess = 0

export function processAt(path: string): SimulatedProcess | undefined {
  if (!path.startsWith(ROOT_PREFIX)) return undefined
  const end = path.indexOf('/', ROOT_PREFIX.length)
  const id = path.slice(ROOT_PREFIX.length, end < 0 ? path.length : end)
  return processes.get(Number(id))
}

interface Stranger {
  readonly call: Call
  readonly path: RegExp
  readonly act: () => void
}

/** A computer: a kernel, its locks, its disk's faults, and the processes that run on it. */
export class Machine {
  readonly world: World
  readonly kernel: Kernel
  readonly faults: Faults
  readonly #locks: LockTable
  readonly #engine: Engine
  readonly #processes = new Set<SimulatedProcess>()
  #strangers: Stranger[] = []

  constructor(world: World, engine: Engine, image: Image, faults: readonly Fault[] = NO_FAULTS) {
    this.world = world
    this.kernel = new Kernel(image, () => world.nowMs)
    this.faults = new Faults(faults)
    this.#locks = new engine.LockTable()
    this.#engine = engine
  }

  /** A lock of the file that `path` names, or named when a process opened it. */
  async acquire(node: number, path: string, mode: LockMode, options: LockOptions): Promise<Lock> {
    try {
      return await this.#locks.acquire(String(node), mode, options)
    } catch (error) {
      const { DiskError } = this.#engine
      throw error instanceof DiskError
        ? DiskError.of({ code: error.code, phase: error.phase, syscall: error.syscall, path })
        : error
    }
  }

  start(killAt = Number.POSITIVE_INFINITY): SimulatedProcess {
    const process = new SimulatedProcess(this, ++lastProcess, this.#processes.size, killAt)
    this.#processes.add(process)
    processes.set(process.id, process)
    return process
  }

  /** Does something once, just before a call of that kind on such a path: the hand of a stranger, or an end. */
  before(call: Call, path: RegExp, act: () => void): void {
    this.#strangers.push({ call, path, act })
  }

  meetStranger(call: Call, path: string): void {
    const met = this.#strangers.find((one) => one.call === call && one.path.test(path))
    if (met === undefined) return
    this.#strangers = this.#strangers.filter((one) => one !== met)
    met.act()
  }

  get living(): readonly SimulatedProcess[] {
    return [...this.#processes].filter((process) => !process.killed)
  }

  /** Ends every process. The machine's trace and what its disk holds stay. */
  stop(): void {
    for (const process of this.#processes) process.kill()
    for (const process of this.#processes) processes.delete(process.id)
  }
}

/** A process of the engine. Killed, it stops where it is: no call of its returns, and its locks are free. */
export class SimulatedProcess {
  readonly id: number
  /** Among those of its machine: unlike the id, the same in each repetition. */
  readonly number: number
  readonly machine: Machine
  readonly root: string
  /** Resolves when it is killed. */
  readonly death: Promise<'killed'>
  #killed = false
  #calls = 0
  readonly #killAt: number
  readonly #held = new Set<Lock>()
  /** A lock file that is held open, by its path: its removal does not change which file that is. */
  readonly #lockNodes = new Map<string, number>()
  #announceDeath: (how: 'killed') => void = () => undefined

  constructor(machine: Machine, id: number, number: number, killAt: number) {
    this.id = id
    this.number = number
    this.machine = machine
    this.root = `${ROOT_PREFIX}${id}`
    this.#killAt = killAt
    this.death = new Promise((resolve) => (this.#announceDeath = resolve))
  }

  get killed(): boolean {
    return this.#killed
  }

  kill(): void {
    if (this.#killed) return
    this.#killed = true
    this.machine.world.forget(this)
    for (const lock of this.#held) void lock.release()
    this.#announceDeath('killed')
  }

  /** What every system call begins with: its turn, its process's end, its fault. */
  async enter(call: Call, path: string): Promise<Effect | undefined> {
    const { world, kernel, faults } = this.machine
    if (this.#killed) return await never()
    if (!world.scheduled) return undefined
    await world.turn(this)
    this.machine.meetStranger(call, path)
    if (this.#killed) return await never()
    if (++this.#calls >= this.#killAt) {
      kernel.note('killed')
      this.kill()
      return await never()
    }
    kernel.trace.fold(call + path, world.nowMs)
    const effect = faults.next(call)
    if (effect === undefined) return undefined
    kernel.note(`${effect} at ${call}`)
    if (effect === 'hang-for-ever') return await never()
    if (effect === 'hang') await world.sleep(HANG_MS)
    if (this.#killed) return await never()
    if (effect === 'short' || effect === 'hang') return effect
    // A failed write or flush does part of its work all the same.
    if (call === 'write' || call === 'fsync' || call === 'fdatasync') return effect
    throw errno(effect, call)
  }

  /** As the native disk does, a committer keeps its lock file open. */
  holdOpen(path: string): void {
    const node = this.machine.kernel.find(path)
    if (node !== undefined) this.#lockNodes.set(path, node)
  }

  /** A kernel lock: it belongs to the file, not to its name, and goes with the process. */
  async acquire(path: string, mode: LockMode, options: LockOptions): Promise<Lock> {
    await this.enter('flock', path)
    const node = this.#lockNodes.get(path) ?? this.machine.kernel.get(path)
    const lock = await this.machine.acquire(node, path, mode, options)
    if (this.#killed) {
      await lock.release()
      return await never()
    }
    this.#held.add(lock)
    return {
      get mode() {
        return lock.mode
      },
      downgrade: async () => {
        if (!this.#killed) await lock.downgrade()
      },
      release: async () => {
        this.#held.delete(lock)
        await lock.release()
      },
    }
  }
}

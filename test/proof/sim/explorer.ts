import { describe } from './client.js'
import { DurableView } from './durable.js'
import type { Engine } from './engine.js'
import { hashImage, imageOf } from './image.js'
import type { Image, Kernel } from './kernel.js'
import { Machine } from './machine.js'
import { exactly, type Expectation, type Observed } from './model.js'
import type { Preset } from './presets.js'
import { mix, type Random } from './random.js'
import type { Subject } from './subject.js'
import { subsets } from './subsets.js'
import type { TraceEvent } from './trace.js'
import type { World } from './world.js'

export interface Counts {
  /** Images that crashes were said to leave, each counted as often as it came up. */
  raw: number
  /** Distinct ones: on each the engine was recovered once, and what it then showed was checked. */
  states: number
  /** Those of them that a crash during or after the recovery from another one has left. */
  deeper: number
}

/** What the engine did with an image, and what it may do after. */
interface Recovered {
  readonly observed: Observed
  readonly kernel: Kernel
  readonly shownAt: number
  readonly next: { readonly key: string; readonly value: string; readonly savedAt: number }
}

/** A crash that the engine did not come through. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export interface ExploreLimits {
  readonly states: number
  /** How many images of each chosen moment. */
  readonly perPoint: number
  /** How likely the recovery of a state is itself crashed at every one of its points. */
  readonly deeperPart: number
  readonly depthMax: number
  /** Whether loss of power keeps a save after a recovery that was acknowledged. */
  readonly keepsSaves: boolean
  /** How many states of the end, where a story tells what it is about (default: `perPoint`). */
  readonly atEnd?: number
}

/** Crashes a machine at the points of its trace, recovers each image it may leave, and checks what is shown then. */
export class Explorer {
  readonly counts: Counts = { raw: 0, states: 0, deeper: 0 }
  hash = 0
  readonly #world: World
  readonly #engine: Engine
  readonly #random: Random
  readonly #subject: Subject
  readonly #preset: Preset
  readonly #limits: ExploreLimits
  readonly #seen: Map<number, Observed | undefined>

  constructor(
    world: World,
    engine: Engine,
    random: Random,
    subject: Subject,
    preset: Preset,
    limits: ExploreLimits,
    seen: Map<number, Observed | undefined>,
  ) {
    this.#world = world
    this.#engine = engine
    this.#random = random
    this.#subject = subject
    this.#preset = preset
    this.#limits = limits
    this.#seen = seen
  }

  /** @throws Violation */
  async explore(
    base: Image,
    events: readonly TraceEvent[],
    expectationAt: (at: number) => Expectation,
    depth = 1,
  ): Promise<void> {
    const points = events.filter(isCrashPoint).length + 1
    const wanted = depth === 1 ? this.#limits.states / this.#limits.perPoint : 8
    const part = Math.min(1, wanted / points)
    const view = new DurableView(base.nodes, this.#preset, this.#random)
    for (const [at, event] of events.entries()) {
      if (this.counts.states >= this.#limits.states) return
      if (isCrashPoint(event) && this.#random.chance(part))
        await this.#crashAt(view, pageOf(event), expectationAt(at), at, depth)
      view.follow(event)
    }
    const last = events.findLast(isCrashPoint)
    await this.#crashAt(
      view,
      last === undefined ? base.page : pageOf(last),
      expectationAt(events.length),
      events.length,
      depth,
      this.#limits.atEnd,
    )
  }

  async #crashAt(
    view: DurableView,
    page: Uint8Array,
    expectation: Expectation,
    at: number,
    depth: number,
    perPoint = this.#limits.perPoint,
  ): Promise<void> {
    const count = depth === 1 ? perPoint : Math.ceil(perPoint / 4)
    for (const kept of subsets(view, this.#preset, this.#random, count)) {
      const image = imageOf(
        view.crash((place) => kept[place] === true),
        this.#random.chance(0.5) ? page : this.#random.bytes(page.length),
      )
      this.counts.raw++
      try {
        await this.#checkState(image, expectation, depth)
      } catch (error) {
        const lost = view.pending.filter((_, place) => kept[place] === false).length
        const where = `crash at event ${at}, depth ${depth}, preset ${this.#preset.name}, ${lost} of ${kept.length} pending changes lost`
        throw new Violation(`${describe(error)}\n  ${where}`, { cause: error })
      }
    }
  }

  async #checkState(image: Image, expectation: Expectation, depth: number): Promise<void> {
    const key = hashImage(image)
    this.hash = mix(this.hash ^ (key >>> 0))
    if (this.#seen.has(key)) {
      const known = this.#seen.get(key)
      // Recovery does the same again; only what it has to show may be more by now.
      if (known !== undefined) refuse(expectation.check(known))
      return
    }
    const recovered = await this.#recover(image)
    this.#seen.set(key, recovered.observed)
    this.counts.states++
    if (depth > 1) this.counts.deeper++
    refuse(expectation.check(recovered.observed))
    if (depth < this.#limits.depthMax && this.#random.chance(this.#limits.deeperPart))
      await this.#goDeeper(image, recovered, expectation, depth)
  }

  /** Crashes of the recovery itself, and of the first save after it. */
  async #goDeeper(
    image: Image,
    { observed, kernel, shownAt, next }: Recovered,
    expectation: Expectation,
    depth: number,
  ): Promise<void> {
    const { keepsSaves } = this.#limits
    const pending = { key: next.key, value: next.value, torn: !keepsSaves }
    await this.explore(
      image,
      kernel.trace.events,
      (at) =>
        at <= shownAt
          ? expectation
          : exactly(observed, { ...pending, kept: keepsSaves && at > next.savedAt }),
      depth + 1,
    )
  }

  async #recover(image: Image): Promise<Recovered> {
    const machine = new Machine(this.#world, this.#engine, image)
    const { kernel } = machine
    const work = async (): Promise<Recovered> => {
      const opened = await this.#subject.open(machine.start())
      const observed = await opened.observe()
      const shownAt = kernel.trace.length
      kernel.mark('shown', 0)
      const number = this.#random.below(1e6)
      const { key, value } = this.#subject.next(number)
      await opened.save(number)
      const savedAt = kernel.trace.length
      kernel.mark('acknowledged', 0)
      if (this.#random.chance(0.1)) await opened.close()
      return { observed, kernel, shownAt, next: { key, value, savedAt } }
    }
    try {
      return await this.#world.run(work())
    } finally {
      machine.stop()
      this.#world.reset()
    }
  }
}

/** @throws Violation when there are any */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Violation(problems.slice(0, 5).join('\n  '))
}

type CrashPoint = Extract<TraceEvent, { readonly page: Uint8Array }>

/**
 * Just before a flush everything since the last one is still on its way, so a crash earlier leaves nothing that a
 * crash here cannot leave; what differs is what callers have been told.
 */
function isCrashPoint(event: TraceEvent): event is CrashPoint {
  return (
    event.type !== 'note' && 'page' in event && !(event.type === 'mark' && event.mark === 'called')
  )
}

function pageOf(event: TraceEvent): Uint8Array {
  return 'page' in event ? event.page : new Uint8Array(0)
}

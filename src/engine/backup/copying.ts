import { hash } from 'node:crypto'
import { nowMs } from '../../base/clock.js'
import { mapLimited } from '../../base/map-limited.js'
import { dueTurn } from '../../base/turns.js'
import { LEFT_OUT_MAX, type BackedUpFile, type LeftOut } from '../../format/backup-manifest.js'
import { GrowingState, type BackupBase } from './backup-state.js'
import type { BackupTarget, Content } from './backup-target.js'
import {
  AT_POINT_MAX,
  release,
  type Captured,
  type Point,
  type StoreSource,
} from './store-source.js'

const WRITES_AT_ONCE = 16
/**
 * After that many rounds, writers wait while files are copied, for longer in each further round, and more files are left
 * for the last one: they might always be faster, or replace the same files again and again.
 */
const FREE_ROUNDS = 4
/** A file that is younger than this may change again without another time of modification: that comes from a clock. */
const SETTLED_MS = 200
/** Where the file system keeps whole seconds, or every second one. */
const SETTLED_COARSE_MS = 4000

/** How a backup is made. */
export interface Making {
  readonly sequence: number
  readonly base: BackupBase
  readonly snapshot: boolean
  readonly signal: AbortSignal | undefined
}

/** What copying has come to. */
export interface Copied {
  readonly state: GrowingState
  readonly leftOut: readonly LeftOut[]
  /** How many entries more were left out than `leftOut` names. */
  readonly leftOutOmitted: number
  /** How long writers had to wait, in ms. */
  readonly heldMs: number
}

/**
 * Copies a store that changes meanwhile: first all files, then those that have changed, until few are left. These are
 * read at one point of the journal, while no process can commit.
 */
export class Copying implements Copied {
  readonly #source: StoreSource
  readonly #target: BackupTarget
  readonly #making: Making
  readonly #trustsTimes: boolean
  readonly state: GrowingState
  readonly leftOut: LeftOut[] = []
  leftOutOmitted = 0
  #rounds = 0

  constructor(source: StoreSource, target: BackupTarget, making: Making, isNetwork: boolean) {
    this.#source = source
    this.#target = target
    this.#making = making
    // The clock of a server may be behind.
    this.#trustsTimes = !isNetwork
    this.state = new GrowingState(making.base)
  }

  get heldMs(): number {
    return this.#source.heldMs
  }

  async run(): Promise<Point> {
    await this.#source.begin()
    await this.#copyTree()
    for (;;) {
      const most = await this.#settle()
      const last = await this.#source.captureAtPoint(most, async (captured) => {
        await this.#store(captured, NO_TIMES, true)
      })
      if (last === undefined) continue
      await this.#store(last.captured, NO_TIMES, true)
      return last.point
    }
  }

  /** Lists the tree, copies the files that differ from what is known, and forgets those that are gone. */
  async #copyTree(): Promise<void> {
    const { signal } = this.#making
    const seen = new Set<string>()
    const times = new Map<string, number>()
    let known = 0
    this.leftOut.length = this.leftOutOmitted = 0
    await this.#source.walk(
      (path, { modifiedMs }) => {
        const file = this.state.get(path)
        if (file?.modifiedMs !== modifiedMs || !this.#trustsTimes) times.set(path, modifiedMs)
        // A directory that changes while it is listed may name a file twice.
        if (file !== undefined && !seen.has(path)) known++
        seen.add(path)
      },
      (entry) => {
        if (this.leftOut.length < LEFT_OUT_MAX) this.leftOut.push(entry)
        else this.leftOutOmitted++
      },
      signal,
    )
    if (known !== this.state.files)
      for (const path of await this.state.without(seen)) {
        await this.#forget(path)
        await dueTurn()
      }
    await this.#copy([...times.keys()], times)
  }

  /** Copies what has changed meanwhile, until little is left; returns how much may be left. */
  async #settle(): Promise<number> {
    for (;;) {
      await this.#source.follow()
      const changed = this.#source.takeChanged()
      if (changed === undefined) {
        await this.#copyTree()
        continue
      }
      const most = AT_POINT_MAX * 2 ** Math.max(0, ++this.#rounds - FREE_ROUNDS)
      if (changed.length <= most) {
        this.#source.putBack(changed)
        return most
      }
      if (this.#rounds <= FREE_ROUNDS) await this.#copy(changed, NO_TIMES)
      else await this.#copySlowingWriters(changed, most)
    }
  }

  async #copySlowingWriters(paths: readonly string[], most: number): Promise<void> {
    for (let at = 0; at < paths.length; at += most) {
      const some = paths.slice(at, at + most)
      await this.#source.holdingWriters(async () => await this.#copy(some, NO_TIMES))
    }
  }

  async #copy(paths: readonly string[], times: ReadonlyMap<string, number>): Promise<void> {
    for (let at = 0; at < paths.length; at += AT_POINT_MAX) {
      this.#making.signal?.throwIfAborted()
      const captured = await this.#source.capture(paths.slice(at, at + AT_POINT_MAX))
      await this.#store(captured, times, false)
      // So that the journal is not recycled before it is read here.
      if (times !== NO_TIMES) await this.#source.follow()
    }
  }

  async #store(
    captured: readonly Captured[],
    times: ReadonlyMap<string, number>,
    isAtPoint: boolean,
  ): Promise<void> {
    const now = nowMs()
    try {
      await mapLimited(captured, WRITES_AT_ONCE, async (each) => {
        if ('absent' in each) return await this.#forget(each.path)
        const modifiedMs = times.get(each.path)
        const isSettled =
          this.#trustsTimes && modifiedMs !== undefined && hasSettled(modifiedMs, now)
        await this.#put(each, isSettled ? modifiedMs : undefined, isAtPoint)
      })
    } finally {
      await release(captured)
    }
  }

  async #put(content: Content, modifiedMs: number | undefined, isAtPoint: boolean): Promise<void> {
    const { path } = content
    const { sequence } = this.#making
    const before = this.state.base.get(path)
    const known = this.state.get(path)
    if (before !== undefined && isSame(before, content)) {
      if (known?.run === sequence) await this.#target.drop(path)
      this.state.set(path, withTime(before, modifiedMs))
      return
    }
    const written = await this.#target.put(content, isAtPoint)
    if (before?.bytes === written.bytes && before.sha256 === written.sha256) {
      await this.#target.drop(path)
      this.state.set(path, withTime(before, modifiedMs))
      return
    }
    this.state.set(path, withTime({ path, run: sequence, ...written }, modifiedMs))
  }

  async #forget(path: string): Promise<void> {
    const known = this.state.get(path)
    this.state.set(path, undefined)
    if (known?.run === this.#making.sequence) await this.#target.drop(path)
  }
}

function hasSettled(modifiedMs: number, now: number): boolean {
  return now - modifiedMs > (modifiedMs % 1000 === 0 ? SETTLED_COARSE_MS : SETTLED_MS)
}

const NO_TIMES: ReadonlyMap<string, number> = new Map()

/** The same object if its time is the same: only others are written to the manifest. */
function withTime(file: BackedUpFile, modifiedMs: number | undefined): BackedUpFile {
  if (file.modifiedMs === modifiedMs) return file
  const { modifiedMs: _, ...timeless } = file
  return modifiedMs === undefined ? timeless : { ...timeless, modifiedMs }
}

/** Whether a content in memory is what a backup before has. */
function isSame({ bytes, sha256 }: BackedUpFile, content: Content): boolean {
  if (!('bytes' in content) || content.bytes.length !== bytes) return false
  return hash('sha256', content.bytes) === sha256
}

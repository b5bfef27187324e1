import { join } from 'node:path'
import type { Cell, Rounds } from '../plan/plan.js'
import type { Sample } from '../plan/sample.js'
import { flushAll } from '../stores/drop-caches.js'
import { CellProcess } from './cell-process.js'
import type { CellResult } from './result.js'

const TOGETHER = 6

export interface Place {
  /** The directory of a cell. */
  directoryOf(cell: Cell): string
  /** Says that a subject cannot run here, and why. */
  leaveOut(cell: Cell, reason: string): void
  /** Says what should have been measured and failed. */
  fail(cell: Cell, error: unknown): void
}

/** All cells open, then take turns: so they share the machine's moods. A cell that fails is left out of what follows. */
export async function runGroup(
  cells: readonly Cell[],
  { rounds, runMs }: Rounds,
  place: Place,
  progress: (text: string) => void,
): Promise<CellResult[]> {
  const samples = new Map<CellProcess, Sample[]>()
  const attempt = async (one: CellProcess, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      samples.delete(one)
      place.fail(one.cell, error)
      await one.kill()
    }
  }
  try {
    progress(`opening ${cells.length} cells`)
    for (const one of await startAll(cells, place)) samples.set(one, [])
    await eachFew([...samples.keys()], async (one) => {
      await attempt(one, async () => await one.prepare())
    })
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      // Else the kernel writes out what one subject has left dirty while another one is measured.
      await flushAll()
      for (const one of inTurn([...samples.keys()], round)) {
        await attempt(one, async () => void samples.get(one)?.push(await one.run(runMs)))
      }
    }
    progress('closing')
    await flushAll()
    const results: CellResult[] = []
    for (const [one, own] of samples) {
      await attempt(one, async () => {
        const { closeMs, peakRssBytes } = await one.close()
        const { cell, settings } = one
        results.push({ ...cell, settings, samples: own, closeMs, peakRssBytes })
      })
    }
    return results
  } finally {
    await Promise.all([...samples.keys()].map(async (one) => await one.kill()))
  }
}

/** In the order of the plan, without those that cannot run here. */
async function startAll(cells: readonly Cell[], place: Place): Promise<CellProcess[]> {
  const started = new Map<Cell, CellProcess>()
  await eachFew(cells, async (cell) => {
    try {
      const one = await startCell(cell, place, 'run')
      if (one !== undefined) started.set(cell, one)
    } catch (error) {
      place.fail(cell, error)
    }
  })
  return cells.flatMap((cell) => started.get(cell) ?? [])
}

/** Opening and preparing wait for the disk most of the time, and nothing is measured yet: a few together. */
async function eachFew<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item)
  }
  await Promise.all(Array.from({ length: TOGETHER }, lane))
}

export async function startCell(
  cell: Cell,
  place: Place,
  phase: 'prepare' | 'run',
  directory: string = place.directoryOf(cell),
): Promise<CellProcess | undefined> {
  return await CellProcess.start(cell, directory, phase, (reason) => {
    place.leaveOut(cell, reason)
  })
}

/** Each round begins with another cell; the order stays, so that cells of one scenario follow each other. */
export function inTurn<Item>(items: readonly Item[], round: number): readonly Item[] {
  const first = items.length === 0 ? 0 : (round * FIRST_STRIDE) % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** Prime, so that rounds begin far from each other. */
const FIRST_STRIDE = 7

/** The directory of a cell that shares none. */
export function ownDirectory(root: string, { scenario, subject }: Cell): string {
  return join(root, `${scenario}-${subject}`)
}

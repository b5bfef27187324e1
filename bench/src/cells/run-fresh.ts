import type { Cell, Rounds } from '../plan/plan.js'
import { scenario } from '../plan/scenarios.js'
import { dropCaches, flushAll } from '../stores/drop-caches.js'
import type { CellProcess } from './cell-process.js'
import type { CellResult } from './result.js'
import { startCell, type Place } from './run-group.js'

/** For what only the first call of a process shows: each run has a new one. */
export async function runFresh(
  cells: readonly Cell[],
  { rounds, runMs }: Rounds,
  place: Place,
  progress: (text: string) => void,
): Promise<CellResult[]> {
  progress(`preparing ${cells.length} cells`)
  const results = new Map<Cell, CellResult>()
  const able = new Set<Cell>()
  const attempt = async (cell: Cell, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      able.delete(cell)
      results.delete(cell)
      place.fail(cell, error)
    }
  }
  for (const cell of cells) {
    await attempt(cell, async () => {
      if (await prepareOnce(cell, place)) able.add(cell)
    })
  }
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`)
    for (const cell of able) {
      await attempt(cell, async () => {
        const result = await runOnce(cell, round, runMs, place)
        if (result === undefined) return
        const before = results.get(cell)?.samples ?? []
        results.set(cell, { ...result, samples: [...before, ...result.samples] })
      })
    }
  }
  return [...results.values()]
}

/** Cold reads need something to read. A killed store is made again for each run, and others come prepared. */
async function prepareOnce(cell: Cell, place: Place): Promise<boolean> {
  if (scenario(cell.scenario).work.kind !== 'read') return true
  const first = await startCell(cell, place, 'prepare')
  if (first === undefined) return false
  await ended(first, async () => {
    await first.prepare()
    await first.close()
  })
  return true
}

async function runOnce(
  cell: Cell,
  round: number,
  runMs: number,
  place: Place,
): Promise<CellResult | undefined> {
  const { work } = scenario(cell.scenario)
  const own = place.directoryOf(cell)
  const directory = work.kind === 'recover' ? `${own}-${round}` : own
  // What others have left to be written out must not be in the way. What the killed process leaves stays as it is.
  await flushAll()
  if (work.kind === 'recover') await leaveKilled(cell, place, directory)
  const one = await startCell(cell, place, 'run', directory)
  if (one === undefined) return undefined
  return await ended(one, async () => {
    if (work.kind === 'read') await dropCaches()
    const sample = await one.run(runMs)
    const { closeMs, peakRssBytes } = await one.close()
    return { ...cell, settings: one.settings, samples: [sample], closeMs, peakRssBytes }
  })
}

async function leaveKilled(cell: Cell, place: Place, directory: string): Promise<void> {
  const victim = await startCell(cell, place, 'prepare', directory)
  if (victim !== undefined) await ended(victim, async () => await victim.prepare())
}

/** Whatever happens, no process stays. */
async function ended<Result>(one: CellProcess, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    await one.kill()
  }
}

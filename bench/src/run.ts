import { runFresh } from './cells/run-fresh.js'
import { ownDirectory, runGroup, type Place } from './cells/run-group.js'
import type { CellResult } from './cells/result.js'
import { countSyscalls, type SyscallCount } from './count/syscalls.js'
import type { BenchOptions } from './options.js'
import { plan, roundsOf, storesOf, type Cell, type Rounds } from './plan/plan.js'
import { scenario, type Group } from './plan/scenarios.js'
import type { SubjectName } from './plan/subjects.js'
import { buildStores, storeDirectory } from './stores/build-store.js'
import { whyNotDropCaches } from './stores/drop-caches.js'

export interface Measured {
  readonly results: readonly CellResult[]
  readonly counts: readonly SyscallCount[]
  readonly notes: readonly string[]
  /** Cells that should have run and did not. Zero in a good run. */
  readonly failures: number
}

/** Groups that need a new process for each run. */
const FRESH: readonly Group[] = ['opens', 'recovery', 'cold']
/** C programs have no single saves to trace, and their settings name what they call; memory needs no calls. */
const NOT_COUNTED: readonly SubjectName[] = ['files-floor', 'files-unflushed', 'storage-memory']
const COUNTED_QUICK: readonly SubjectName[] = ['storage-native', 'storage-portable']

/** Measures everything that was chosen, one group after the other. */
export async function run(
  chosen: BenchOptions,
  root: string,
  progress: (text: string) => void,
): Promise<Measured> {
  const notes: string[] = []
  const leftOut = new Map<string, string[]>()
  let failures = 0
  const place: Place = {
    directoryOf: (cell) => directoryOf(root, cell),
    leaveOut: ({ scenario: name, subject }, reason) => {
      const text = `${subject}, ${reason}`
      leftOut.set(text, [...(leftOut.get(text) ?? []), name])
    },
    fail: ({ scenario: name, subject }, error) => {
      failures++
      const reason = error instanceof Error ? error.message : String(error)
      notes.push(`${subject} failed in ${name}: ${reason}`)
      progress(`FAILED ${name}, ${subject}: ${reason}`)
    },
  }
  const results: CellResult[] = []
  for (const [group, cells] of plan(chosen)) {
    const tell = (text: string): void => progress(`${group}: ${text}`)
    if (group === 'cold' && !(await canDropCaches(notes))) continue
    await buildStores(root, storesOf(cells), tell)
    const runCells = FRESH.includes(group) ? runFresh : runGroup
    results.push(...(await runCells(cells, rounds(group, chosen), place, tell)))
  }
  const counts = count(chosen, root, notes, progress)
  for (const [who, names] of leftOut) notes.push(`${who}. Left out of ${names.join(', ')}`)
  return { results, counts, notes, failures }
}

function rounds(group: Group, { quick, rounds: given, runMs }: BenchOptions): Rounds {
  const planned = roundsOf(group, quick)
  return { rounds: given ?? planned.rounds, runMs: runMs ?? planned.runMs }
}

function directoryOf(root: string, cell: Cell): string {
  const { work } = scenario(cell.scenario)
  return 'store' in work && work.store !== undefined
    ? storeDirectory(root, cell.subject, work.store)
    : ownDirectory(root, cell)
}

async function canDropCaches(notes: string[]): Promise<boolean> {
  const reason = await whyNotDropCaches()
  if (reason !== undefined) notes.push(`Cold reads were left out: ${reason}`)
  return reason === undefined
}

function count(
  { quick, countSyscalls: wanted, subjects, groups }: BenchOptions,
  root: string,
  notes: string[],
  progress: (text: string) => void,
): readonly SyscallCount[] {
  if (!wanted || !groups.includes('saves')) return []
  progress('counting system calls')
  const counted = subjects.filter(
    (subject) => !NOT_COUNTED.includes(subject) && (!quick || COUNTED_QUICK.includes(subject)),
  )
  return countSyscalls(root, counted, (note) => notes.push(note))
}

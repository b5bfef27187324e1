// Measures every scenario of every subject: JSON lines into bench/results, a report in Markdown on stdout.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CellProcess } from './cell-process.js'
import { describeMachine, type Machine } from './machine.js'
import { report } from './markdown.js'
import { parseOptions, USAGE, type BenchOptions } from './options.js'
import { allCells, type Sample } from './plan.js'
import type { CellResult } from './summary.js'
import { countSyscalls, type SyscallCount } from './syscalls.js'

const START_TOGETHER = 6
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

const options = parseOptions(process.argv.slice(2))
if (options === undefined) process.stdout.write(`${USAGE}\n`)
else await bench(options)

async function bench(chosen: BenchOptions): Promise<void> {
  const machine = await describeMachine(chosen.directory)
  // All data stays until the end: deleting many files slows ext4 down for the next half minute.
  const root = await mkdtemp(join(chosen.directory, 'holdfast-bench-'))
  const notes: string[] = []
  try {
    const results = await measure(chosen, root, notes)
    const counts = chosen.countSyscalls ? countSyscalls(root, (note) => notes.push(note)) : []
    const file = await keep(chosen, machine, results, counts)
    process.stdout.write(`${report(machine, results, counts, notes)}\n`)
    say(`All samples: ${file}`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function measure(chosen: BenchOptions, root: string, notes: string[]): Promise<CellResult[]> {
  const processes: CellProcess[] = []
  try {
    await startAll(chosen, root, notes, processes)
    const samples = await runInTurns(processes, chosen)
    const results: CellResult[] = []
    for (const one of processes) {
      const closeMs = await one.close()
      const { cell, settings } = one
      results.push({ ...cell, settings, samples: samples.get(one) ?? [], closeMs })
    }
    return results
  } finally {
    for (const one of processes) one.kill()
  }
}

/** Opening waits for the disk most of the time, and nothing is measured yet: a few open together. */
async function startAll(
  chosen: BenchOptions,
  root: string,
  notes: string[],
  processes: CellProcess[],
): Promise<void> {
  const cells = allCells().filter(({ subject }) => chosen.subjects.includes(subject))
  for (let at = 0; at < cells.length; at += START_TOGETHER) {
    const starting = cells.slice(at, at + START_TOGETHER).map(async (cell) => {
      const started = await CellProcess.start(cell, root, (reason) => {
        notes.push(`${cell.subject} was left out of ${cell.scenario}: ${reason}`)
      })
      if (started !== undefined) processes.push(started)
    })
    // All of them, also after a failure: what has started must be known to be ended.
    for (const start of await Promise.allSettled(starting)) {
      if (start.status === 'rejected') throw start.reason
    }
  }
  // In the order of the plan, not in that of who was ready first.
  processes.sort((a, b) => cells.indexOf(a.cell) - cells.indexOf(b.cell))
}

/** Each round gives every cell one run, beginning with another cell each time, so that all share the machine's moods. */
async function runInTurns(
  processes: readonly CellProcess[],
  { rounds, runMs }: BenchOptions,
): Promise<ReadonlyMap<CellProcess, readonly Sample[]>> {
  const samples = new Map<CellProcess, Sample[]>(processes.map((one) => [one, []]))
  for (let round = 0; round < rounds; round++) {
    say(`Round ${round + 1} of ${rounds}`)
    const first = Math.floor((round * processes.length) / rounds)
    for (const one of [...processes.slice(first), ...processes.slice(0, first)]) {
      samples.get(one)?.push(await one.run(runMs))
    }
  }
  return samples
}

/** One line for the machine, one for each cell, one for each count. */
async function keep(
  { quick }: BenchOptions,
  machine: Machine,
  results: readonly CellResult[],
  counts: readonly SyscallCount[],
): Promise<string> {
  await mkdir(RESULTS, { recursive: true })
  const at = new Date().toISOString()
  const file = join(RESULTS, `${at.slice(0, 10)}-${quick ? 'quick' : 'full'}.jsonl`)
  const lines = [
    { kind: 'machine', at, ...machine },
    ...results.map((result) => ({ kind: 'cell', ...result })),
    ...counts.map((count) => ({ kind: 'syscalls', ...count })),
  ]
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

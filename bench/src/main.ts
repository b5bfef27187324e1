// Measures every scenario of every subject: JSON lines, a report in Markdown and charts in bench/results.
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { drawCharts } from './charts/draw.js'
import { describeMachine } from './machine.js'
import { parseOptions, USAGE, type BenchOptions } from './options.js'
import { readRecord, writeRecord } from './record.js'
import { boundsOf } from './report/bounds.js'
import { writeDocuments } from './report/documents.js'
import { writeReport } from './report/report.js'
import { isMet } from './report/targets.js'
import { run } from './run.js'

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const options = parseOptions(process.argv.slice(2))
if (options === undefined) process.stdout.write(`${USAGE}\n`)
else await bench(options)

async function bench(chosen: BenchOptions): Promise<void> {
  const directory = join(RESULTS, chosen.name)
  if (!chosen.reportOnly) await measureInto(directory, chosen)
  const record = await readRecord(directory)
  for (const { title, reached, value, show } of boundsOf(record).filter(
    (b) => isMet(b) === false,
  )) {
    say(`FAILED ${title}: ${show(reached ?? Number.NaN)}, at most ${show(value)} is allowed`)
    process.exitCode = 1
  }
  const charts = await drawCharts(record, join(directory, 'charts'))
  const report = await writeReport(record, charts, directory)
  if (chosen.readme) await writeDocuments(ROOT, record, charts, `bench/results/${chosen.name}`)
  process.stdout.write(`${report}\n`)
  say(`All samples, the report and the charts: ${directory}`)
}

async function measureInto(directory: string, chosen: BenchOptions): Promise<void> {
  const machine = await describeMachine(chosen.directory)
  const begin = performance.now()
  const at = new Date().toISOString()
  // All data stays until the end: deleting many files slows ext4 down for the next half minute.
  const root = await mkdtemp(join(chosen.directory, 'holdfast-bench-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(root))
  try {
    const { failures, ...measured } = await run(chosen, root, (text) => {
      say(`[${((performance.now() - begin) / 1000).toFixed(0)} s] ${text}`)
    })
    if (failures > 0) process.exitCode = 1
    const minutes = (performance.now() - begin) / 60_000
    await writeRecord(directory, {
      machine: { at, minutes, quick: chosen.quick, ...machine },
      ...measured,
    })
  } finally {
    say('Removing the data, which takes some minutes after a full run')
    await removeAll(root)
  }
}

/** Millions of files: the system's own command is faster than rm of node:fs. */
async function removeAll(root: string): Promise<void> {
  if (process.platform === 'win32') await rm(root, { recursive: true, force: true })
  else await promisify(execFile)('rm', ['-rf', '--', root])
}

/** Stopped by hand: the processes of the cells end with this one, and gigabytes must not stay. */
function stop(root: string): never {
  rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  process.exit(130)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

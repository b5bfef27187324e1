// Makes every kind of call below a store fail, one after the other, and checks after each that the store told the
// truth: what it acknowledged is there, what it refused is not, what it did not know is there whole or not at all.
//
//   npm run faults                                 every job: half an hour
//   npm run faults -- --directory /dev/shm         as many on a file system in memory: a quarter of it
//   npm run faults -- --disk portable              through the portable disk
//   npm run faults -- --seconds 60 --seed 7        as many as fit, in an order that the seed gives
//   npm run faults -- --scenario save --call pwrite --fault EIO
//   npm run faults -- --markdown table.md          the table of outcomes, for the documents
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compileInjector } from '../injector/compile.mjs'
import { Random } from '../../crash/random.mjs'
import { FAULTS, jobsOf, nameOf } from './plan.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { markdownOf, Totals } from './table.mjs'
import { Worker } from './worker-process.mjs'

const SHOWN_MAX = 20
const PROGRESS_EACH = 500
const settings = readSettings()
const place = mkdtempSync(join(settings.directory, 'holdfast-faults-run-'))
try {
  process.exitCode = await run()
} finally {
  rmSync(place, { recursive: true, force: true })
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
      call: { type: 'string', multiple: true },
      fault: { type: 'string', multiple: true },
      disk: { type: 'string', default: 'native' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      seconds: { type: 'string' },
      minutes: { type: 'string' },
      directory: { type: 'string', default: tmpdir() },
      markdown: { type: 'string' },
    },
  })
  for (const scenario of values.scenario)
    if (!(scenario in SCENARIOS)) throw new RangeError(`There is no scenario '${scenario}'`)
  const { disk } = values
  if (!(disk in FAULTS)) throw new RangeError(`There is no disk '${disk}'`)
  for (const call of values.call ?? [])
    if (!(call in FAULTS[disk])) throw new RangeError(`No call '${call}' is made to fail: ${disk}`)
  return { ...values, untilMs: Date.now() + limitMs(values) }
}

function limitMs({ seconds, minutes }) {
  if (seconds !== undefined) return Number(seconds) * 1000
  return minutes === undefined ? Infinity : Number(minutes) * 60_000
}

async function run() {
  const library = compileInjector(place)
  if (library === undefined) {
    console.error('faults: skipped, it needs cc and Linux to preload a failing disk')
    return 0
  }
  const { seed, scenario, call, fault, disk, untilMs, directory } = settings
  const scenarios = scenario.filter((name) => disk !== 'portable' || !SCENARIOS[name].shared)
  const jobs = jobsOf({ disk, scenarios, calls: call, faults: fault })
  console.log(`faults: ${jobs.length} jobs, ${disk} disk, seed ${seed}`)
  const order = untilMs === Infinity ? jobs : shuffled(jobs, new Random(seed, 'order'))
  const totals = new Totals()
  const worker = new Worker({ library, place, directory })
  let done = 0
  for (const job of order) {
    if (Date.now() > untilMs) break
    const result = await worker.run({ ...job, disk, untilMs })
    totals.add(job, result)
    report(job, result)
    done++
    if (done % PROGRESS_EACH === 0) progress(done, jobs.length, totals)
  }
  await worker.end()
  return finish(totals, done, jobs.length)
}

function progress(done, all, totals) {
  const { cases, violations } = totals.sum
  console.log(`  ${done} of ${all} jobs, ${cases} faults so far, ${violations} violations`)
}

function shuffled(jobs, random) {
  return jobs
    .map((job) => ({ job, place: random.next() }))
    .sort((one, other) => one.place - other.place)
    .map(({ job }) => job)
}

function report(job, { violations }) {
  for (const { skip, violation } of violations.slice(0, SHOWN_MAX)) {
    const times = job.count === -1 ? 'forever' : 'once'
    console.log(`${job.scenario}: ${job.call} ${job.fault} ${times}, after ${skip} calls:`)
    console.log(`  ${violation}`)
    const again = `--scenario ${job.scenario} --call ${job.call} --fault ${nameOf(job.fault)}`
    console.log(`  npm run faults -- --disk ${settings.disk} ${again}`)
  }
}

function finish(totals, done, all) {
  if (settings.markdown !== undefined) writeFileSync(settings.markdown, markdownOf(totals))
  console.log(totals.byScenario())
  const { cases, absorbed, refused, unknown, violations } = totals.sum
  console.log(
    `${violations === 0 ? 'passed' : 'FAILED'}: ${done} of ${all} jobs, ${cases} faults: ` +
      `${absorbed} absorbed, ${refused} refused, ${unknown} unknown, ${violations} violations`,
  )
  return violations === 0 ? 0 : 1
}

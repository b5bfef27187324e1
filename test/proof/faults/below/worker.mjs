// Runs jobs, each until its fault is met no more. Started by run.mjs with the injector preloaded; takes a job a line
// and answers a result a line.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { flushedAgain, metFault } from './log.mjs'
import { HANG, HANG_IO_TIMEOUT_MS } from './plan.mjs'
import { save, versionOf } from './calls.mjs'
import { SCENARIOS } from './scenarios.mjs'
import { Stage } from './stage.mjs'

const CASES_MAX = 400
const ACT_MAX_MS = 20_000
const REOPEN_IO_TIMEOUT_MS = 30_000
const RELEASE_MAX_MS = 2000
const PREPARED_AGAIN_MAX = 20
const control = process.env['HOLDFAST_FAULTS'] ?? ''
const log = process.env['HOLDFAST_FAULTS_LOG'] ?? ''
const place = mkdtempSync(join(process.argv[2] ?? '', 'holdfast-faults-'))

/** What was never caught. @type {string[]} */
const stray = []
process.on('unhandledRejection', (error) => stray.push(`unhandled rejection: ${String(error)}`))
process.on('uncaughtException', (error) => stray.push(`uncaught exception: ${String(error)}`))
process.on('exit', () => rmSync(place, { recursive: true, force: true }))

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  answer(
    await runJob(job).then(
      (result) => ({ result }),
      (error) => ({ end: error.stack }),
    ),
  )
}
process.exit(0)

function answer(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function runJob(job) {
  const result = { cases: 0, absorbed: 0, refused: 0, unknown: 0, readOnly: 0, violations: [] }
  // A job of hundreds of calls is ended when the time of the run is over: null means no limit.
  const untilMs = job.untilMs ?? Infinity
  for (let skip = job.from ?? 0; skip < (job.to ?? CASES_MAX) && Date.now() < untilMs; skip++) {
    answer({ at: skip })
    const found = await runCase(job, skip)
    for (const violation of found.violations) result.violations.push({ skip, violation })
    if (!found.met) return result
    result.cases++
    result[found.outcome]++
    if (found.readOnly) result.readOnly++
  }
  return result
}

/** One scenario in which `skip` calls go through before the fault. */
async function runCase({ scenario, call, fault, count, disk }, skip) {
  const directory = join(place, 's')
  const ioTimeout = fault === HANG ? { ioTimeoutMs: HANG_IO_TIMEOUT_MS } : {}
  const { stage, prepared } = await prepare(scenario, directory, { disk, ...ioTimeout })
  setRule(`${call} ${fault} ${skip} ${count} ${directory}`)
  await inTime(stage, 'the scenario', SCENARIOS[scenario].act(stage, prepared))
  const met = metFault(readFileSync(log, 'utf8'))
  const { refused, unknown } = stage.ledger
  setRule('')
  if (fault === HANG && met) await sleep(HANG_IO_TIMEOUT_MS * 3)
  const readOnly = await judge(stage, SCENARIOS[scenario])
  stage.ledger.violations.push(...flushedAgain(readFileSync(log, 'utf8'), disk), ...stray.splice(0))
  rmSync(directory, { recursive: true })
  const outcome = unknown > 0 ? 'unknown' : refused > 0 ? 'refused' : 'absorbed'
  return { met, outcome, readOnly, violations: stage.ledger.violations }
}

/** What comes before the faults; once more, where a busy machine took longer than a store with short timeouts waits. */
async function prepare(scenario, directory, options) {
  for (let left = PREPARED_AGAIN_MAX; ; left--) {
    mkdirSync(directory)
    const stage = new Stage(directory, options)
    try {
      const prepared = await SCENARIOS[scenario].prepare(stage)
      if (stage.ledger.refused === 0) return { stage, prepared }
      if (left === 0) throw new Error('The scenario could not be prepared')
    } catch (error) {
      if (left === 0) throw error
    }
    await stage.closeAll()
    await sleep(options.ioTimeoutMs ?? 0)
    rmSync(directory, { recursive: true, maxRetries: 3 })
  }
}

function setRule(rule) {
  if (rule !== '') writeFileSync(log, '')
  writeFileSync(`${control}.new`, rule)
  renameSync(`${control}.new`, control)
}

/** The store as it is, then closed, then opened on a disk that works: everything has to be right at each stage. */
async function judge(stage, scenario) {
  await inTime(stage, 'reading afterwards', stage.look('afterwards'))
  stage.ledger.settleBefore()
  const stateBefore = stage.ledger.refused
  await inTime(stage, 'closing', stage.closeAll())
  await noDescriptors(stage)
  // No disk hangs any more, and a busy machine is not to pass for one.
  stage.options = { ...stage.options, ioTimeoutMs: REOPEN_IO_TIMEOUT_MS }
  if (scenario.complete) await inTime(stage, 'completing', scenario.complete(stage))
  await inTime(stage, 'opening again', reopen(stage, scenario))
  await noDescriptors(stage)
  return stage.ledger.refused > stateBefore
}

async function reopen(stage, { files = false, repeat }) {
  const { ledger } = stage
  try {
    const store = files ? await stage.files() : await stage.storage()
    const { refused } = ledger
    await stage.look('after reopening')
    ledger.settleAll()
    if (files) await store.commit([{ kind: 'create', path: 'last', bytes: new Uint8Array(1) }])
    else await save(stage, store, versionOf('last', '1.0.0'))
    const findings = await stage.readers[0].findings()
    if (findings.length > 0) ledger.violations.push(`verify found ${findings.join()}`)
    await repeat?.(stage, store)
    if (ledger.refused > refused) ledger.violations.push('a call after the faults was refused')
    if (stage.leftovers().length > 0) ledger.violations.push(`left: ${stage.leftovers().join()}`)
    const before = ledger.refused
    await stage.closeAll()
    if (ledger.refused > before) ledger.violations.push('closing failed without a fault')
  } catch (error) {
    ledger.violations.push(`opening again: ${error.code} ${error.message}`)
    await stage.closeAll()
  }
}

async function inTime(stage, what, work) {
  const late = sleep(ACT_MAX_MS, 'late', { ref: false })
  const end = await Promise.race([
    work.catch((error) => {
      stage.ledger.violations.push(`${what} threw ${error?.stack ?? error}`)
    }),
    late,
  ])
  if (end === 'late') stage.ledger.violations.push(`${what} hangs`)
}

/** Descriptors go when the last thread lets go of what they belong to, which may be a moment later. */
async function noDescriptors(stage) {
  for (let waited = 0; ; waited += 5) {
    const held = descriptorsBelow(stage.root)
    if (held.length === 0) return
    if (waited > RELEASE_MAX_MS)
      return void stage.ledger.violations.push(`descriptors are left open: ${held.join()}`)
    await sleep(5)
  }
}

function descriptorsBelow(directory) {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(directory) ? [path.slice(directory.length)] : []
    } catch {
      // It was the one that lists them.
      return []
    }
  })
}

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { loadEngine } from './engine.js'
import { Violation } from './explorer.js'
import { runMutants } from './mutation.js'
import { Pool, type Totals } from './pool.js'
import { runSession, SESSION_STATES } from './session.js'

const DIST = new URL('../../../../dist/', import.meta.url)
const STATES_DEFAULT = 50_000
const MINUTE_MS = 60_000
const USAGE = `Usage: npm run sim -- [options]
  --states N    until N distinct crash states were checked (default ${STATES_DEFAULT})
  --minutes N   for so long
  --seed N      the same sessions as another run
  --seed N/M    one session alone, as a failure names it
  --workers N   threads (default: as many as processors)
  --mutants     plant bugs in the engine, one at a time: is each of them found?
  --only NAME   with --mutants: this one
  --seconds N   with --mutants: so long for each (default 60)
  --caught N    with --mutants: this many have to be found (default: all)`

/** `npm run sim`. Returns the exit code. */
export async function main(given: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...given],
    options: {
      states: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      workers: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      only: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      caught: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(USAGE, 0)
  const workers = numberOf('workers', values.workers) ?? availableParallelism()
  if (values.mutants) {
    const seconds = numberOf('seconds', values.seconds) ?? 60
    const least = numberOf('caught', values.caught)
    return await runMutants({
      dist: DIST,
      workers,
      ms: seconds * 1000,
      only: values.only,
      least,
      say,
    })
  }
  if (values.seed?.includes('/')) return await replay(values.seed)
  const minutes = numberOf('minutes', values.minutes)
  const states = numberOf('states', values.states)
  return await simulate({
    seed: numberOf('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31),
    workers,
    states: states ?? (minutes === undefined ? STATES_DEFAULT : Number.POSITIVE_INFINITY),
    ms: (minutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS,
  })
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (number >= 0) return number
  throw new RangeError(`--${name} must be a number, got '${text}'`)
}

interface Settings {
  readonly seed: number
  readonly workers: number
  readonly states: number
  readonly ms: number
}

const REPORT_EVERY_MS = 15_000

async function simulate({ seed, workers, states, ms }: Settings): Promise<number> {
  say(`simulation: seed ${seed}, ${workers} threads`)
  let reportedMs = 0
  const pool = new Pool({ workers, states, ms }, (totals) => {
    if (totals.ms - reportedMs < REPORT_EVERY_MS) return
    reportedMs = totals.ms
    say(figures(totals))
  })
  const found = await pool.run({ root: DIST.href, seed, states: SESSION_STATES, hints: [] })
  if (found === undefined) return say(`passed: ${figures(pool.totals)}, 0 violations`, 0)
  say(`session ${found.session}: ${found.text}`)
  say(`Replay: npm run sim -- --seed ${found.session}`)
  return say(`failed: ${figures(pool.totals)}`, 1)
}

async function replay(session: string): Promise<number> {
  const engine = await loadEngine(DIST)
  try {
    const { states, raw, backups, hash } = await runSession(engine, session, {
      states: SESSION_STATES,
    })
    return say(
      `passed: session ${session}, ${states} states of ${raw} images, ${backups} backups, hash ${hash}`,
      0,
    )
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return say(`failed: session ${session}: ${error.message}`, 1)
  }
}

function figures({ sessions, raw, states, deeper, kills, faults, backups, ms }: Totals): string {
  const seconds = Math.round(ms / 1000)
  return (
    `${states} states (${deeper} in recovery)\n  of ${raw} images, ${sessions} sessions, ` +
    `${kills} kills, ${faults} faults, ${backups} backups, ${seconds} s`
  )
}

function say(text: string, code = 0): number {
  process.stdout.write(`${text}\n`)
  return code
}

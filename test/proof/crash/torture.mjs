// Kills processes that write to a store, again and again, and checks after each round that nothing which was
// acknowledged is lost, that nothing is there by half, and that the living processes go on at once.
//
//   npm run torture -- --rounds 200            this many rounds
//   npm run torture -- --minutes 30            so long
//   npm run torture -- --rounds 40 --seed 123  the same plans as another run
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DiskWatch } from './disk-watch.mjs'
import { History } from './history.mjs'
import { Random } from './random.mjs'
import { Round } from './round.mjs'

const ROUNDS_DEFAULT = 30
/** A directory is given up for a new one after this many versions, or by chance. */
const VERSIONS_MAX = 4000
const KIB = 1024
const MIB = 1024 * KIB
const SHOWN_MAX = 20
/** What a summary adds up, and of what it keeps the longest. */
const SUMMED = ['calls', 'acks', 'kills', 'stops', 'takeovers', 'redone']
const LONGEST = ['openMs', 'saveMs', 'slowestMs', 'diskMs']

const settings = readSettings()
build()
process.exitCode = await torture(settings)

function readSettings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      processes: { type: 'string', default: '4' },
      directory: { type: 'string', default: tmpdir() },
    },
  })
  const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31))
  const minutes = values.minutes === undefined ? Infinity : positive('minutes', values.minutes)
  const rounds =
    values.rounds ?? (values.minutes === undefined ? String(ROUNDS_DEFAULT) : undefined)
  return {
    seed,
    minutes,
    rounds: rounds === undefined ? Infinity : positive('rounds', rounds),
    processes: positive('processes', values.processes),
    parent: values.directory,
  }
}

function positive(name, text) {
  const number = Number(text)
  if (number > 0) return number
  throw new RangeError(`--${name} must be a number above 0, got '${text}'`)
}

function build() {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  if (existsSync(join(root, 'dist/index.js'))) return
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  const { status } = spawnSync(process.execPath, [compiler, '-p', root], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`tsc ended with ${status}`)
}

async function torture(given) {
  console.log(`torture: seed ${given.seed}, ${given.processes} processes`)
  const watch = new DiskWatch(join(given.parent, `holdfast-torture-${process.pid}.watch`))
  try {
    return await rounds(given, watch)
  } finally {
    await watch.stop()
  }
}

async function rounds({ seed, rounds: count, minutes, processes, parent }, watch) {
  const until = performance.now() + minutes * 60_000
  const total = { rounds: 0 }
  let store
  for (let number = 1; number <= count && performance.now() < until; number++) {
    const random = new Random(seed, number)
    if (store === undefined || store.versions > VERSIONS_MAX || random.chance(0.15)) {
      if (store !== undefined) rmSync(store.directory, { recursive: true })
      store = newStore(parent, random)
    }
    const round = new Round(planOf(number, seed, processes, store, random), store.history)
    const problems = await round.run()
    const counts = { ...round.counts, diskMs: watch.takeSlowestMs() }
    if (problems.length > 0)
      return fail({ number, seed, processes, store, round, problems, counts })
    add(total, counts)
    store.versions = counts.versions
    if (number % 10 === 0) console.log(summary(total))
  }
  if (store !== undefined) rmSync(store.directory, { recursive: true })
  console.log(`passed: ${summary(total)}`)
  return 0
}

/** Sharding is permanent; everything else may change from round to round. */
function newStore(parent, random) {
  const directory = mkdtempSync(join(parent, 'holdfast-torture-'))
  const enableSharding = random.chance(0.25)
  return { directory, history: new History(), versions: 0, options: { enableSharding } }
}

function planOf(number, seed, processes, store, random) {
  return {
    number,
    name: `r${number}`,
    seed: `${seed}/${number}`,
    directory: store.directory,
    processes,
    ending: random.pick(['survivors', 'survivors', 'all']),
    lanes: random.integer(1, 6),
    pauseMs: random.chance(0.3) ? random.integer(1, 10) : 0,
    options: {
      ...store.options,
      enableTrash: random.chance(0.5),
      segmentBytes: random.chance(0.5) ? 64 * KIB : random.pick([256 * KIB, MIB, 4 * MIB]),
      journalBytes: random.pick([64 * KIB, 512 * KIB, 32 * MIB]),
      checkpointIdleMs: random.pick([5, 50, 2000]),
      durability: random.chance(0.8) ? 'commit' : random.pick(['interval', 'none']),
    },
  }
}

function add(total, counts) {
  total.rounds++
  for (const name of SUMMED) total[name] = (total[name] ?? 0) + counts[name]
  for (const name of LONGEST) total[name] = Math.max(total[name] ?? 0, counts[name] ?? 0)
}

function summary(total) {
  const { rounds: count, kills, stops, takeovers, redone, acks, calls } = total
  const [openMs, saveMs, callMs, diskMs] = LONGEST.map((name) => Math.round(total[name]))
  return (
    `${count} rounds, ${kills} kills, ${stops} stops, ${takeovers} takeovers, ${redone} frames redone, ` +
    `${acks} of ${calls} calls returned, 0 violations; longest open ${openMs} ms, next save ${saveMs} ms, ` +
    `any call ${callMs} ms, plain flush of the disk ${diskMs} ms`
  )
}

function fail({ number, seed, processes, store, round, problems, counts }) {
  const log = `${store.directory}.history.json`
  writeFileSync(log, JSON.stringify(round.log, null, 1))
  console.log(`round ${number}: ${problems.length} violations`)
  for (const problem of problems.slice(0, SHOWN_MAX)) console.log(`  ${problem}`)
  console.log(
    `A plain write and flush beside the store took up to ${Math.round(counts.diskMs)} ms in this round`,
  )
  console.log(`The store is kept in ${store.directory}, what its writers said in ${log}`)
  console.log(
    `Replay: npm run torture -- --seed ${seed} --rounds ${number} --processes ${processes}`,
  )
  return 1
}

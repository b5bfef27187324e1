// Lets processes and threads work on one store at the same time, kills some of them, and checks that what each was told
// can be explained by one order of all operations.
//
//   npm run linearizability -- --minutes 30
//   npm run linearizability -- --rounds 20 --seed 123    the same plans as another run
//   npm run linearizability -- --mutants                 planted bugs have to be found
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../crash/random.mjs'
import { plantMutant } from '../../support/plant.mjs'
import { MUTANTS } from './mutants.mjs'
import { planOf } from './plan.mjs'
import { promptModel } from './prompt-model.mjs'
import { Round } from './round.mjs'
import { explain } from './search.mjs'

const ROUNDS_DEFAULT = 20
/** So long may a process take to end when it is told to. */
const END_MAX_MS = 60_000
/** Some bugs let it turn in circles. */
const MUTANT_END_MAX_MS = 10_000
const MUTANT_ROUNDS_MAX = 15
const ROUNDS_A_STORE = 10
const SHOWN_MAX = 3
const LIBRARY = new URL('../../../dist/index.js', import.meta.url)

const settings = readSettings()
if (!existsSync(LIBRARY)) throw new Error('There is no dist/: run npm run build')
process.exitCode = settings.mutants ? await checkMutants() : await check()

function readSettings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      directory: { type: 'string', default: tmpdir() },
      mutants: { type: 'boolean', default: false },
    },
  })
  const minutes = positive('minutes', values.minutes ?? 'Infinity')
  const rounds = values.rounds ?? (minutes === Infinity ? String(ROUNDS_DEFAULT) : 'Infinity')
  return {
    ...values,
    minutes,
    rounds: positive('rounds', rounds),
    seed: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
  }
}

function positive(name, text) {
  const number = Number(text)
  if (number > 0) return number
  throw new RangeError(`--${name} must be a number above 0, got '${text}'`)
}

async function check() {
  const { seed, rounds, minutes } = settings
  console.log(`linearizability: seed ${seed}`)
  const total = await playRounds({ library: LIBRARY.href, rounds, minutes, seed })
  if (total.violations.length === 0) {
    console.log(`passed: ${summary(total)}`)
    return 0
  }
  for (const violation of total.violations.slice(0, SHOWN_MAX)) console.log(violation)
  console.log(`The histories are kept in ${keep(total)}`)
  console.log(
    `Replay the plans: npm run linearizability -- --seed ${seed} --rounds ${total.rounds}`,
  )
  console.log(`failed: ${summary(total)}`)
  return 1
}

/** Rounds until the time or their number is over, or something is found. */
async function playRounds({ library, rounds, minutes, seed, endMaxMs = END_MAX_MS }) {
  const until = performance.now() + minutes * 60_000
  const total = { rounds: 0, operations: 0, processes: 0, kills: 0, takeovers: 0, histories: 0 }
  const found = { ...total, states: 0, violations: [], kept: [] }
  let directory
  try {
    while (found.rounds < rounds && performance.now() < until && found.violations.length === 0) {
      const random = new Random(seed, found.rounds)
      if (found.rounds % ROUNDS_A_STORE === 0) {
        if (directory !== undefined) rmSync(directory, { recursive: true })
        directory = mkdtempSync(join(settings.directory, 'holdfast-linearizability-'))
      }
      const number = ++found.rounds
      await playRound(planOf({ number, seed, random, library, directory, endMaxMs }), found)
      if (number % 10 === 0 && rounds > 10) console.log(summary(found))
    }
  } finally {
    if (directory !== undefined) rmSync(directory, { recursive: true })
  }
  return found
}

async function playRound(plan, found) {
  const round = new Round(plan)
  const histories = await round.run()
  for (const [name, count] of Object.entries(round.counts)) found[name] += count
  found.violations.push(...round.problems)
  for (const [prompt, operations] of histories) {
    found.histories++
    found.operations += operations.length
    const { explained, states, stuck } = explain(operations, promptModel)
    found.states += states
    if (explained) continue
    found.violations.push(told(prompt, stuck, plan.options))
    found.kept.push({ plan, operations })
  }
}

function told(prompt, stuck, options) {
  const lines = stuck.map((operation) => `  ${JSON.stringify(operation)}`)
  return `${prompt}: one of these fits into no order (${JSON.stringify(options)})\n${lines.join('\n')}`
}

function keep({ kept }) {
  const file = join(settings.directory, `holdfast-linearizability-${process.pid}.json`)
  writeFileSync(file, JSON.stringify(kept, null, 1))
  return file
}

function summary({ rounds, operations, processes, kills, takeovers, histories, violations }) {
  return (
    `${rounds} rounds, ${processes} processes, ${kills} kills, ${takeovers} takeovers,\n` +
    `  ${operations} operations, ${histories} histories, ${violations.length} violations`
  )
}

/** Copies of the library with a bug in each: the checker has to find it. */
async function checkMutants() {
  const { seed } = settings
  console.log(`linearizability, planted bugs: seed ${seed}`)
  const survivors = []
  for (const mutant of MUTANTS) {
    const { library, remove } = plantMutant(mutant)
    try {
      const found = await playRounds({
        library,
        rounds: MUTANT_ROUNDS_MAX,
        minutes: 5,
        seed,
        endMaxMs: MUTANT_END_MAX_MS,
      })
      const isFound = found.violations.length > 0
      if (!isFound) survivors.push(mutant.name)
      console.log(`${isFound ? 'found  ' : 'MISSED '} ${mutant.name} (round ${found.rounds})`)
    } finally {
      remove()
    }
  }
  const count = MUTANTS.length
  console.log(`${count - survivors.length} of ${count} planted bugs found`)
  return survivors.length === 0 ? 0 : 1
}

// Kills whole kernels while they write to a store, again and again, and checks after each death that nothing which was
// acknowledged is lost and nothing is there by half.
//
//   npm run kernel -- --rounds 10                      on each file system
//   npm run kernel -- --rounds 10 --filesystem xfs     on this one
//   npm run kernel -- --minutes 30 --seed 123          the same plans as another run
//   npm run kernel -- --durability none                must fail: shows that losses are seen
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Deaths } from './deaths.mjs'
import { FILE_SYSTEMS } from './file-systems.mjs'
import { whyNoMachine } from './machine.mjs'

const ROUNDS_DEFAULT = 3
const SHOWN_MAX = 20

const settings = readSettings()
process.exitCode = await run(settings)

function readSettings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      filesystem: { type: 'string' },
      durability: { type: 'string', default: 'commit' },
      directory: { type: 'string', default: tmpdir() },
    },
  })
  const { minutes, filesystem } = values
  if (filesystem !== undefined && FILE_SYSTEMS[filesystem] === undefined)
    throw new RangeError(`--filesystem must be one of ${Object.keys(FILE_SYSTEMS).join(', ')}`)
  const rounds = values.rounds ?? (minutes === undefined ? String(ROUNDS_DEFAULT) : undefined)
  return {
    seed: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
    rounds: rounds === undefined ? Infinity : positive('rounds', rounds),
    minutes: minutes === undefined ? Infinity : positive('minutes', minutes),
    filesystems: filesystem === undefined ? Object.keys(FILE_SYSTEMS) : [filesystem],
    durability: values.durability,
    parent: values.directory,
  }
}

function positive(name, text) {
  const number = Number(text)
  if (number > 0) return number
  throw new RangeError(`--${name} must be a number above 0, got '${text}'`)
}

async function run({ seed, rounds, minutes, filesystems, durability, parent }) {
  const makers = filesystems.map((name) => FILE_SYSTEMS[name].make[0])
  const lacking = whyNoMachine(makers)
  if (lacking !== undefined) {
    console.error(`kernel: not run, ${lacking}`)
    return 0
  }
  console.log(`kernel: seed ${seed}`)
  const until = performance.now() + minutes * 60_000
  const total = { deaths: 0, inRecovery: 0, calls: 0, acks: 0, redone: 0, versions: 0 }
  const share = (until - performance.now()) / filesystems.length
  for (const filesystem of filesystems) {
    const end = performance.now() + share
    const failed = await runOne({ seed, rounds, filesystem, durability, parent, end, total })
    if (failed) return 1
  }
  const { deaths, acks, versions } = total
  console.log(
    `passed: ${deaths} deaths, ${acks} acknowledged, ${versions} versions checked, 0 violations`,
  )
  return 0
}

async function runOne({ seed, rounds, filesystem, durability, parent, end, total }) {
  const place = mkdtempSync(join(parent, `holdfast-kernel-${filesystem}-`))
  const deaths = new Deaths({ filesystem, place, seed, durability })
  const started = performance.now()
  for (let number = 1; number <= rounds && performance.now() < end; number++) {
    const problems = await deaths.round(number)
    if (problems.length > 0) return fail({ seed, filesystem, place, number, problems })
  }
  const problems = await deaths.finish()
  if (problems.length > 0) return fail({ seed, filesystem, place, number: 'last', problems })
  for (const name of Object.keys(total)) total[name] += deaths.counts[name]
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`${filesystem.padEnd(5)} ${summary(deaths.counts)} (${seconds} s)`)
  rmSync(place, { recursive: true })
  return false
}

function summary({ deaths, inRecovery, calls, acks, redone, versions }) {
  return (
    `${deaths} deaths (${inRecovery} in recovery), ${acks} of ${calls} calls returned,\n` +
    `      ${redone} frames redone, ${versions} versions checked`
  )
}

function fail({ seed, filesystem, place, number, problems }) {
  console.log(`${filesystem}, round ${number}: ${problems.length} violations`)
  for (const problem of problems.slice(0, SHOWN_MAX)) console.log(`  ${problem}`)
  console.log(`Disk as it was left (disk.before), histories and output are kept in\n  ${place}`)
  console.log(`Replay: npm run kernel -- --seed ${seed} --filesystem ${filesystem}`)
  return true
}

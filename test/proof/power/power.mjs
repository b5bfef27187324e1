// Cuts the power of real file systems, again and again, and lets an independent program check what is left.
//
//   npm run power -- --states 1000               this many crash states, over all set-ups
//   npm run power -- --minutes 30 --setup ext4   so long, on one
//   npm run power -- --jobs 2                    side by side
//   npm run power -- --violations 10             goes on until this many recordings had something wrong
//   npm run power -- --seed 123                  the same choices as another run
//   npm run power -- --replay DIRECTORY          a state that was kept because something was wrong with it
//   npm run power -- --control                   broken engines and set-ups: each of them has to be caught
//   npm run power -- --compare --states 300      the same for other ways to store a document, in one table
//   npm run power -- --shutdown --rounds 20      FS_IOC_SHUTDOWN under several live processes
import { parseArgs } from 'node:util'
import { buildLibrary, buildPrograms } from './build.mjs'
import { compare } from './compare.mjs'
import { control } from './control.mjs'
import { explore } from './explore.mjs'
import { replay } from './replay.mjs'
import { missingRequirement } from './requirements.mjs'
import { SETUPS, setupOf } from './setups.mjs'
import { shutdown } from './shutdown.mjs'
import { OWN, subjectOf } from './subjects/subjects.mjs'

const STATES_DEFAULT = 300
const ROUNDS_DEFAULT = 10

process.exitCode = await main(readSettings())

async function main(settings) {
  const missing = missingRequirement(settings.setups)
  if (missing !== undefined) {
    process.stderr.write(`power: skipped, ${missing}\n`)
    return 0
  }
  buildPrograms()
  buildLibrary()
  return await settings.mode(settings)
}

function readSettings() {
  const { values } = parseArgs({
    options: {
      states: { type: 'string' },
      minutes: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      setup: { type: 'string' },
      subject: { type: 'string' },
      processes: { type: 'string', default: '4' },
      jobs: { type: 'string', default: '1' },
      violations: { type: 'string', default: '1' },
      replay: { type: 'string' },
      control: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      shutdown: { type: 'boolean', default: false },
    },
  })
  const setups = (values.setup?.split(',') ?? Object.keys(SETUPS)).map(setupOf)
  const subjects = values.subject?.split(',') ?? OWN
  for (const subject of subjects) subjectOf(subject)
  const minutes = numberOf(values, 'minutes', Infinity)
  return {
    mode: modeOf(values),
    setups: values.shutdown ? setups.filter(({ type }) => type !== 'btrfs') : setups,
    subjects,
    seed: values.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
    minutes,
    states: numberOf(values, 'states', minutes === Infinity ? STATES_DEFAULT : Infinity),
    rounds: numberOf(values, 'rounds', minutes === Infinity ? ROUNDS_DEFAULT : Infinity),
    processes: numberOf(values, 'processes', 1),
    jobs: numberOf(values, 'jobs', 1),
    violations: numberOf(values, 'violations', 1),
    replay: values.replay,
  }
}

function modeOf(values) {
  if (values.replay !== undefined) return replay
  if (values.control) return control
  if (values.compare) return compare
  return values.shutdown ? shutdown : explore
}

function numberOf(values, name, fallback) {
  const text = values[name]
  if (text === undefined) return fallback
  const number = Number(text)
  if (number > 0) return number
  throw new RangeError(`--${name} must be a number above 0, got '${text}'`)
}

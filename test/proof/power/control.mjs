// The harness looked at by itself: engines whose flushes do nothing, or that have a bug, and a mount without barriers. A
// run in which one of them loses nothing would prove nothing about the others.
import { BUGS, plantBug } from './bugs.mjs'
import { LOST_FLUSH } from './build.mjs'
import { PowerRun } from './run.mjs'
import { LEFT_BY_HALF } from './history.mjs'
import { setupOf } from './setups.mjs'
import { Tally } from './tally.mjs'

const STATES = 60
const CHAINS_MAX = 6
/** More would show nothing more. */
const WRONG_ENOUGH = 3

const CONTROLS = [
  { setup: 'ext4-nobarrier', subject: 'versions-native' },
  { setup: 'ext4', subject: 'versions-native', lost: 'fdatasync' },
  { setup: 'ext4', subject: 'versions-portable', lost: 'fdatasync' },
  { setup: 'ext4', subject: 'directory-native', lost: 'syncfs fsync' },
  { setup: 'xfs', subject: 'directory-native', lost: 'fdatasync' },
  { setup: 'btrfs', subject: 'versions-native', lost: 'fdatasync' },
  { setup: 'ext4', subject: 'files-native', lost: 'fdatasync' },
  { setup: 'ext4', subject: 'removals-native', lost: 'fsync' },
  ...Object.entries(BUGS).map(([bug, { subject }]) => ({ setup: 'ext4', subject, bug })),
]

export async function control({ seed }) {
  console.log(`power, control: seed ${seed}`)
  const run = new PowerRun()
  const missed = []
  try {
    for (const [number, control] of CONTROLS.entries()) {
      const name = nameOf(control)
      const tally = new Tally()
      let bySession = 0
      for (let chain = 0; tally.total.violations + bySession === 0 && chain < CHAINS_MAX; chain++) {
        const task = {
          ...taskOf(control, `${seed}/${number}/${chain}`),
          goesOn: () => tally.total.violations < WRONG_ENOUGH,
        }
        try {
          await run.chain(task, (outcome) => tally.add(name, outcome))
        } catch (error) {
          // A session that follows on a killed one may see what a bug has left before any power is lost.
          if (control.bug === undefined || !String(error).includes(LEFT_BY_HALF)) throw error
          bySession++
        }
      }
      const { states, violations } = tally.total
      const found = bySession > 0 ? ', and a session found a call by half' : ''
      console.log(`  ${name}: ${violations} of ${states} states are wrong${found}`)
      if (violations + bySession === 0) missed.push(name)
    }
  } finally {
    await run.end()
  }
  if (missed.length === 0) console.log(`passed: all ${CONTROLS.length} controls were caught`)
  else console.log(`failed: not caught: ${missed.join('; ')}`)
  return missed.length === 0 ? 0 : 1
}

function nameOf({ setup, subject, lost, bug }) {
  if (bug !== undefined) return `${setup}, ${subject}, ${bug}`
  return lost === undefined ? `${setup}, ${subject}` : `${setup}, ${subject} without ${lost}`
}

/** What the processes of the workload are started with. */
function environmentOf({ lost, bug }) {
  if (bug !== undefined) return { HOLDFAST_POWER_LIBRARY: plantBug(bug) }
  return lost && { LD_PRELOAD: LOST_FLUSH, HOLDFAST_LOST_FLUSH: lost }
}

function taskOf({ setup, subject, ...how }, seed) {
  const preload = environmentOf(how)
  return { setup: setupOf(setup), subject, seed, states: STATES, generations: 1, preload }
}

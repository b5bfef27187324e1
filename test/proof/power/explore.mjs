// The main thing: crash states of the library on every set-up, until one is wrong or there are enough.
import { deadlineOf } from './deadline.mjs'
import { inJobs } from './jobs.mjs'
import { counted, Tally } from './tally.mjs'

/** As many as take a few seconds: a recording takes one or two, whatever is made of it. */
const STATES_PER_CHAIN = 240
const SHOWN_MAX = 12

export async function explore(settings) {
  const { setups, subjects, seed, states, minutes } = settings
  console.log(`power: seed ${seed}`)
  console.log(`  on ${setups.map(({ name }) => name).join(', ')}`)
  console.log(`  with ${subjects.join(', ')}`)
  const { goesOn } = deadlineOf(minutes)
  const started = performance.now()
  const tally = new Tally()
  let wrong = 0
  const enough = () => tally.total.states >= states || !goesOn()
  const tasks = tasksOf(settings, enough)
  try {
    await inJobs(settings.jobs, tasks, async (run, task) => {
      if (await runChain(run, task, tally)) wrong++
      return wrong < settings.violations
    })
  } finally {
    summarise(tally, started)
  }
  return wrong === 0 ? 0 : 1
}

function summarise(tally, started) {
  for (const [name, row] of tally.rows) console.log(line(name, row))
  const { total } = tally
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`${counted(total.redone, 'journal frame')} redone by the recoveries, ${seconds} s`)
  console.log(
    `${total.violations === 0 ? 'passed' : 'failed'}: ${counted(total.states, 'state')}, ` +
      `${counted(tally.rows.length, 'set-up')}, ${counted(total.checked, 'ack')} checked,\n` +
      `${counted(total.violations, 'violation')}, ` +
      `${counted(total.fsLost, 'file system')} lost by itself`,
  )
}

/** All subjects in turn, on each set-up in turn; what few states are asked for is shared between the subjects. */
function* tasksOf({ setups, subjects, seed, states }, enough) {
  const each = Math.min(
    STATES_PER_CHAIN,
    Math.ceil(states / Math.max(setups.length, subjects.length)),
  )
  for (let chain = 0; !enough(); chain++) {
    const round = Math.floor(chain / subjects.length)
    yield {
      setup: setups[(chain + round) % setups.length],
      subject: subjects[chain % subjects.length],
      seed: `${seed}/${chain}`,
      states: each,
      goesOn: () => !enough(),
    }
  }
}

/** Whether anything was wrong. */
async function runChain(run, task, tally) {
  let failed = false
  let count = 0
  const from = performance.now()
  await run.chain(task, (outcome) => {
    count++
    tally.add(task.setup.name, outcome)
    if (outcome.problems.length === 0 || failed) return
    failed = true
    report(outcome, run.keep(outcome))
  })
  if (count === 0) return false
  const each = Math.round((performance.now() - from) / count)
  console.log(`  ${task.setup.name}, ${task.subject}: ${counted(count, 'state')}, ${each} ms each`)
  return failed
}

function report({ problems, state, plan, generation }, directory) {
  console.log(`${plan.setup.name}, ${plan.subject}, seed ${plan.seed}, generation ${generation}`)
  console.log(`${state.way} before event ${state.cut}: ${problems.length} violations`)
  for (const { kind, text } of problems.slice(0, SHOWN_MAX)) console.log(`  ${kind}: ${text}`)
  console.log(`Replay: npm run power -- --replay ${directory}`)
}

function line(name, { states, checked, fsLost }) {
  const lost = fsLost > 0 ? `, ${fsLost} lost by the file system` : ''
  return `${name.padEnd(18)} ${counted(states, 'state')}, ${counted(checked, 'ack')}${lost}`
}

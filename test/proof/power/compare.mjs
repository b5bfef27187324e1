// The same saves, the same power cuts: what others keep of what they have acknowledged, as one Markdown table.
import { deadlineOf } from './deadline.mjs'
import { inJobs } from './jobs.mjs'
import { missingPeers } from './subjects/peer.mjs'
import { PEERS } from './subjects/subjects.mjs'
import { Tally } from './tally.mjs'

const SUBJECTS = ['saves-native', 'saves-portable', ...PEERS]
const STATES_PER_CHAIN = 50

/** `states` are those of each subject on each set-up. */
export async function compare({ setups, seed, states, minutes, jobs }) {
  const missing = missingPeers()
  if (missing.length > 0) {
    process.stderr.write(
      `power: skipped, ${missing.join(', ')} not installed: npm ci --prefix bench\n`,
    )
    return 0
  }
  process.stderr.write(`power, comparison: seed ${seed}\n`)
  const tallies = new Map(SUBJECTS.map((name) => [name, new Tally()]))
  const { goesOn } = deadlineOf(minutes)
  const tasks = tasksOf(setups, seed, states, goesOn)
  await inJobs(jobs, tasks, async (run, task) => {
    await run.chain(task, (outcome) => tallies.get(task.subject).add(task.setup.name, outcome))
    process.stderr.write(`  ${task.setup.name}, ${task.subject}\n`)
  })
  console.log(table(setups, tallies))
  const own = SUBJECTS.filter((name) => name.startsWith('saves-'))
  return own.every((name) => tallies.get(name).total.violations === 0) ? 0 : 1
}

function* tasksOf(setups, seed, states, goesOn) {
  for (let done = 0; done < states; done += STATES_PER_CHAIN)
    for (const setup of setups)
      for (const subject of SUBJECTS) {
        if (!goesOn()) return
        const most = Math.min(STATES_PER_CHAIN, states - done)
        yield { setup, subject, seed: `${seed}/${done}`, generations: 1, states: most }
      }
}

function table(setups, tallies) {
  const names = setups.map(({ name }) => name)
  const head = [
    'Subject',
    ...names,
    'All',
    'per 1,000',
    'Acknowledged saves lost',
    'Also torn or unreadable',
  ]
  const rows = [...tallies].map(([subject, tally]) => {
    const { states, fsLost, losses, lostSaves, violations } = tally.total
    const mounted = states - fsLost
    const share = mounted === 0 ? '' : String(Math.round((losses / mounted) * 1000))
    const cells = names.map((name) => {
      const row = tally.row(name)
      return `${row.losses}/${row.states - row.fsLost}`
    })
    return [
      subject,
      ...cells,
      `${losses}/${mounted}`,
      share,
      String(lostSaves),
      String(violations - losses),
    ]
  })
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

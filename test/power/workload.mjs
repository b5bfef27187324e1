// A process that works on a store on the recording disk. Every call is announced on `ctl` before it begins, and noted
// there after it has returned, so that the device log says in one order what was written, flushed and acknowledged.
//
//   workload.mjs PLAN    {subject, directory, ctl, history, seed, name, calls, lanes, end, old}
//
// Without `ctl`, the marks go to the standard output.
import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { Random } from '../crash/random.mjs'
import { tell } from '../crash/wire.mjs'
import { History } from './history.mjs'
import { READERS } from './plain-files.mjs'
import { subjectOf } from './subjects/subjects.mjs'

const OLD_MAX = 12

const plan = JSON.parse(process.argv[2])
const subject = subjectOf(plan.subject)
const history = new History()
for (const mark of JSON.parse(readFileSync(plan.history, 'utf8'))) history.add(mark)
const ctl = plan.ctl === undefined ? undefined : openSync(plan.ctl, 'w')
mkdirSync(plan.directory, { recursive: true })
const store = await subject.open(plan.directory, new Random(plan.seed, plan.name))

settle()
// One lane owns some of what earlier sessions have left.
const old = [...history.settled.keys()].slice(-OLD_MAX)
let left = plan.calls
let calls = 0
await Promise.all(
  Array.from({ length: plan.lanes }, async (_, number) => {
    const random = new Random(plan.seed, plan.name, number)
    const owned = plan.old && number === 0 ? old : []
    const lane = store.lane(`${plan.name}l${number}`, random, owned)
    while (left-- > 0) await perform(lane.next())
  }),
)
await store.close()
// Some databases leave a handle open.
process.exit(0)

/** Recovery has decided what became of the calls that had not returned: from here on that is for certain. */
function settle() {
  if (history.pending.size === 0) return
  const { entries } = READERS[subject.reader](plan.directory)
  for (const { id, kept } of history.outcomes(entries)) {
    if (kept === undefined) throw new Error(`Call ${id} is there by half after the recovery`)
    mark({ settle: id, kept })
    history.add({ settle: id, kept })
  }
}

async function perform({ changes, act }) {
  const id = `${plan.name}:${calls++}`
  mark({ issue: id, changes })
  await act()
  mark({ ack: id })
  // With calls of the other lanes in the air.
  if (plan.end === 'kill' && left === 0) process.kill(process.pid, 'SIGKILL')
}

function mark(what) {
  if (ctl === undefined) tell(what)
  else writeSync(ctl, JSON.stringify(what))
}

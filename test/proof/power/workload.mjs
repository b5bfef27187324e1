// A process that works on a store on the recording disk. Every call is announced on `ctl` before it begins, and noted
// there after it has returned, so that the device log says in one order what was written, flushed and acknowledged.
//
//   workload.mjs PLAN    {subject, directory, ctl, history, seed, name, calls, lanes, end, old}
//
// Without `ctl`, the marks go to the standard output.
import { mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../crash/random.mjs'
import { tell } from '../crash/wire.mjs'
import { History, LEFT_BY_HALF } from './history.mjs'
import { READERS } from './plain-files.mjs'
import { subjectOf } from './subjects/subjects.mjs'

const OLD_MAX = 12
/** This many calls without one that waits for the interval flush. */
const CALLS_BETWEEN_WAITS = 12

const plan = JSON.parse(process.argv[2])
const subject = subjectOf(plan.subject)
const isSoft = subject.durability !== 'commit'
const history = new History({ soft: isSoft })
for (const mark of JSON.parse(readFileSync(plan.history, 'utf8'))) history.add(mark)
const ctl = plan.ctl === undefined ? undefined : openSync(plan.ctl, 'w')
mkdirSync(plan.directory, { recursive: true })
const store = await subject.open(plan.directory, new Random(plan.seed, plan.name))

settle()
makeDue(history.done)
// One lane owns some of what earlier sessions have left.
const old = [...history.settled].slice(-OLD_MAX)
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
makeDue(history.done)
// Some databases leave a handle open.
process.exit(0)

/** Recovery has decided what became of the calls that had not returned: from here on that is for certain. */
function settle() {
  if (history.pending.size === 0) return
  const { entries } = READERS[subject.reader](plan.directory)
  for (const { id, kept } of history.outcomes(entries)) {
    if (kept === undefined) throw new Error(`Call ${id} ${LEFT_BY_HALF}`)
    mark({ settle: id, kept })
  }
}

async function perform({ changes, act, makesDue }) {
  const id = `${plan.name}:${calls++}`
  const { done } = history
  mark({ issue: id, changes })
  await act()
  mark({ ack: id })
  if (makesDue) makeDue(done)
  if (subject.durability === 'interval' && calls % CALLS_BETWEEN_WAITS === 0) await waitForFlush()
  // With calls of the other lanes in the air.
  if (plan.end === 'kill' && left === 0) process.kill(process.pid, 'SIGKILL')
}

/** What has been acknowledged by now is due when the time of several interval flushes has passed. */
async function waitForFlush() {
  const { done } = history
  await sleep(subject.flushedAfterMs)
  makeDue(done)
}

/** The first `done` calls that have taken effect survive loss of power from here on. */
function makeDue(done) {
  if (isSoft) mark({ due: done })
}

function mark(what) {
  history.add(what)
  if (ctl === undefined) tell(what)
  else writeSync(ctl, JSON.stringify(what))
}

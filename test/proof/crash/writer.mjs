// A process that does to a store whatever one can do to it, until it is told to stop or is killed. It announces
// each call before it makes it and each return after.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSystemStorage, subscribe, VersionConflictError } from 'holdfast'
import { digestOf } from './documents.mjs'
import { Lane } from './lane.mjs'
import { now, tell } from './wire.mjs'

const plan = JSON.parse(process.argv[2])
subscribe('recovery', ({ reason, frames }) => tell({ type: 'recovery', reason, frames }))
const storage = await FileSystemStorage.open(plan.options)
tell({ type: 'ready' })

let stopping = false
let calls = 0
const lanes = Array.from({ length: plan.lanes }, (_, number) => new Lane(plan, number, storage))
const running = Promise.all(lanes.map(run))
const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => void obey(line))
commands.on('close', () => (stopping = true))
await running

async function run(lane) {
  while (!stopping) {
    await perform(lane.next())
    if (plan.pauseMs > 0) await sleep(plan.pauseMs)
  }
}

async function perform({ say, act, done }) {
  const call = `${plan.name}:${calls++}`
  tell({ type: 'call', call, at: now(), ...say })
  const result = await outcomeOf(act)
  tell({ type: 'return', call, at: now(), ...result })
  done?.(result)
}

async function outcomeOf(act) {
  try {
    return (await act()) ?? { outcome: 'done' }
  } catch (error) {
    if (!(error instanceof VersionConflictError)) throw error
    return { outcome: 'taken' }
  }
}

async function obey(command) {
  if (command === 'finish') {
    stopping = true
    await running
    await perform(new Lane(plan, lanes.length, storage).probe())
    tell({ type: 'finished' })
  } else if (command === 'report') tell({ type: 'report', live: await report() })
  else if (command === 'close') {
    await storage.close()
    commands.close()
    process.stdin.destroy()
  }
}

/** Every version that this process believes in, with its digest as this process reads it. */
async function report() {
  const live = []
  for (const [promptId, versions] of Object.entries(await storage.indexSnapshot())) {
    for (const version of versions) {
      const document = await storage.getVersion(promptId, version)
      live.push([promptId, version, document === undefined ? null : digestOf(document)])
    }
  }
  return live
}

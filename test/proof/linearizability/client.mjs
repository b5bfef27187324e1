// A process, with some worker threads, that works on a few prompts of a store until it is told to stop or is killed. It
// announces each call before it makes it and each return after.
import { createInterface } from 'node:readline'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { now, tell } from '../crash/wire.mjs'
import { Lane } from './lane.mjs'

const plan = isMainThread ? JSON.parse(process.argv[2]) : workerData
const { FileSystemStorage, subscribe, VersionConflictError } = await import(plan.library)
subscribe('recovery', ({ reason }) => tell({ type: 'recovery', reason }))
let stopping = false

const threads = isMainThread ? startThreads() : []
const storage = await FileSystemStorage.open(plan.options)
if (isMainThread) obeyParent()
else parentPort.once('message', () => (stopping = true))
const lanes = Array.from({ length: plan.lanes }, (_, number) =>
  run(new Lane(plan, number, storage)),
)
tell({ type: 'ready' })
await Promise.all(lanes)
for (const question of plan.questions) await perform(Lane.question(question, storage))
await storage.close()
if (!isMainThread) parentPort.close()

function startThreads() {
  return Array.from({ length: plan.threads }, (_, number) => {
    const name = `${plan.name}t${number}`
    return new Worker(new URL(import.meta.url), { workerData: { ...plan, name } })
  })
}

function obeyParent() {
  const commands = createInterface({ input: process.stdin })
  const stop = () => {
    stopping = true
    for (const thread of threads) thread.postMessage('stop')
    commands.close()
    process.stdin.destroy()
  }
  if (plan.lanes === 0) stop()
  else commands.once('line', stop)
}

async function run(lane) {
  for (let calls = 0; !stopping; calls++) await perform(lane.next(), `${lane.name}:${calls}`)
}

async function perform({ say, act }, call = `${plan.name}:${now()}`) {
  tell({ type: 'call', call, at: now(), ...say })
  const result = await outcomeOf(act)
  tell({ type: 'return', call, at: now(), ...result })
}

async function outcomeOf(act) {
  try {
    return (await act()) ?? { outcome: 'done' }
  } catch (error) {
    if (!(error instanceof VersionConflictError)) throw error
    return { outcome: 'taken' }
  }
}

// Worker threads that end with everything under way: commits, locks they hold and wait for, reads, opening.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { Addon } from './addon.mjs'
import { create, Journal } from './journal.mjs'

const WORK = {
  commit: (addon, volume, journal) => {
    for (let at = 0; at < 20; at++)
      void journal.commit([[create(`t/${workerData.name}-${at}`, 'x'.repeat(9000))]])
  },
  lock: (addon, volume, journal) => {
    void addon.lock(volume, '.held', true, 60_000)
    void addon.lock(volume, `.own-${workerData.name}`, true, 0)
    for (let at = 0; at < 5; at++) void addon.lockWriter(journal.handle, 60_000)
  },
  read: (addon, volume) => {
    const paths = Array.from({ length: 200 }, () => 'read-me')
    for (let at = 0; at < 10; at++) void addon.readMany(volume, paths, 1 << 20)
  },
  open: (addon) => {
    for (let at = 0; at < 20; at++)
      void addon
        .openAt(workerData.directory)
        .then(({ handle }) => addon.openCommitter(handle, '.lock', '.shared', 1000))
  },
  write: (addon, volume) => {
    for (let at = 0; at < 10; at++)
      void addon.write(volume, `large-${at}`, new Uint8Array(1 << 20), true, true)
  },
}

if (!isMainThread && workerData?.kind in WORK) {
  // What is cut off has no listener any more.
  process.on('unhandledRejection', () => undefined)
  const addon = new Addon(workerData.path)
  const { handle: volume } = await addon.openAt(workerData.directory)
  const journal = await Journal.open(addon, volume, { begin: false })
  WORK[workerData.kind](addon, volume, journal)
  parentPort.postMessage('begun')
  // Some end by themselves, in the middle of it all.
  if (workerData.exits) process.exit(0)
  setInterval(() => undefined, 1000)
}

/** @returns how many threads have been ended */
export async function workers(path, directory, rounds, random) {
  const addon = new Addon(path)
  const { handle: volume } = await addon.openAt(directory)
  const journal = await Journal.open(addon, volume)
  await addon.write(volume, 'read-me', new Uint8Array(100_000), true, false)
  const held = await addon.lock(volume, '.held', true, 0)
  const kinds = Object.keys(WORK)
  let ended = 0
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      [0, 1].map(async (side) => {
        const kind = kinds[(2 * round + side) % kinds.length]
        const name = `${round}-${side}`
        const exits = random.chance(0.2)
        await endInTheMiddle({ path, directory, kind, name, exits }, random.integer(0, 30))
        ended++
      }),
    )
    journal.rewind()
    const reply = await journal.commit([[create(`main/${round}`, 'x')]], { timeoutMs: 60_000 })
    if (![0, 2].includes(reply[0])) throw new Error(`the journal is in state ${reply[0]}`)
  }
  await addon.release(held)
  await addon.release(await addon.lock(volume, '.held', true, 10_000))
  journal.close()
  addon.closeVolume(volume)
  return ended
}

async function endInTheMiddle(data, delayMs) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data })
  const failed = once(worker, 'error').then(([error]) => {
    throw error
  })
  const exited = once(worker, 'exit')
  // Some are ended before they have even opened anything.
  await Promise.race([once(worker, 'message'), exited, failed, sleep(delayMs * 20)])
  await sleep(delayMs % 7)
  await worker.terminate()
  await exited
}

// Lets processes work on a file system whose disk remembers everything.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RECORDING_DISK } from './build.mjs'
import { parseLog } from './device-log.mjs'
import { attachLoop, copySparse, detachLoop, mountDevice, run } from './system.mjs'

const WORKLOAD = fileURLToPath(new URL('workload.mjs', import.meta.url))
const READY_MAX_MS = 10_000
const POLL_MS = 5

/** Where on the file system the store is. */
export const STORE = 'store'

/**
 * Runs the sessions of `plan`, one process after the other, on a copy of the image `base`, which holds what `marks`
 * tell. Returns the events of the disk, in order.
 *
 * @param plan {setup, subject, seed, sessions: [{name, calls, lanes, end, old, preload}]}
 */
export async function record(plan, { base, marks, directory }) {
  const place = placeIn(directory)
  copySparse(base, place.image)
  const disk = spawn(RECORDING_DISK, [place.image, place.log, place.fuse, '-f', '-s'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    await appears(join(place.fuse, 'disk'))
    await withMount(plan.setup, place, async () => {
      for (const session of plan.sessions) await runSession(plan, session, { marks, place })
    })
  } finally {
    run('fusermount3', '-u', place.fuse)
    if (disk.exitCode === null) await once(disk, 'close')
  }
  return parseLog(readFileSync(place.log))
}

function placeIn(directory) {
  const place = {
    image: join(directory, 'record.img'),
    log: join(directory, 'record.log'),
    history: join(directory, 'history.json'),
    fuse: join(directory, 'fuse'),
    mount: join(directory, 'mount'),
  }
  for (const path of [place.image, place.log]) rmSync(path, { force: true })
  for (const path of [place.fuse, place.mount]) mkdirSync(path, { recursive: true })
  return place
}

async function withMount(setup, { fuse, mount }, work) {
  const device = attachLoop(join(fuse, 'disk'), '--direct-io=on')
  try {
    mountDevice(setup, device, mount)
    try {
      await work()
    } finally {
      run('umount', mount)
    }
  } finally {
    detachLoop(device)
  }
}

async function runSession(plan, session, { marks, place }) {
  const before = parseLog(readFileSync(place.log)).filter(({ kind }) => kind === 'mark')
  writeFileSync(place.history, JSON.stringify([...marks, ...before.map(({ mark }) => mark)]))
  const { preload, ...rest } = session
  const task = {
    ...rest,
    subject: plan.subject,
    seed: plan.seed,
    directory: join(place.mount, STORE),
    ctl: join(place.fuse, 'ctl'),
    history: place.history,
  }
  const child = spawn(process.execPath, [WORKLOAD, JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...preload },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const [code, signal] = await once(child, 'close')
  if (code === 0 || (signal === 'SIGKILL' && session.end === 'kill')) return
  throw new Error(`The workload of ${plan.subject} ended with ${code ?? signal}: ${stderr.trim()}`)
}

async function appears(path) {
  const until = performance.now() + READY_MAX_MS
  while (!existsSync(path)) {
    if (performance.now() > until) throw new Error(`The recording disk did not come up: ${path}`)
    await sleep(POLL_MS)
  }
}

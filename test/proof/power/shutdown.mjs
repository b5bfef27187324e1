// FS_IOC_SHUTDOWN: the file system itself drops what it has not written yet, under several processes that are at work on
// one store. Flag 2 drops everything that is not on the disk; flag 1 writes the journal of the file system first, which
// leaves names of files without their contents.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Random } from '../crash/random.mjs'
import { STATE_MOUNT } from './build.mjs'
import { Coprocess, LastingScript } from './coprocess.mjs'
import { deadlineOf } from './deadline.mjs'
import { STORE } from './recording.mjs'
import { subjectOf } from './subjects/subjects.mjs'
import { attachLoop, detachLoop, makeFileSystem, temporaryDirectory } from './system.mjs'
import { counted } from './tally.mjs'

const FLAGS = [2, 1]
const WRITE_MS = [200, 900]
/** So long the writers work on without a file system: long enough to touch what they have mapped. */
const WITHOUT_MS = 100
const CALLS_MAX = 100_000
/** Several processes on one store need the addon; the portable disk serves one. */
const SHARED = (subject) => subject.endsWith('-native')
/** A store gets too slow to check when it has seen this many rounds. */
const ROUNDS_PER_STORE = 3
const SHOWN_MAX = 12

export async function shutdown(settings) {
  const { setups, seed, rounds, minutes } = settings
  console.log(`power, shutdown: seed ${seed}, ${settings.processes} processes`)
  console.log(`  on ${setups.map(({ name }) => name).join(', ')}`)
  const { goesOn } = deadlineOf(minutes)
  const total = { rounds: 0, acks: 0, kept: 0, dropped: 0 }
  for (let store = 0; total.rounds < rounds && goesOn(); store++) {
    const task = taskOf(settings, store)
    const most = Math.min(ROUNDS_PER_STORE, rounds - total.rounds)
    const problems = await withStore(task, async (power) => {
      for (let round = 0; round < most && goesOn(); round++) {
        const found = await power.round(round)
        total.rounds++
        for (const key of ['acks', 'kept', 'dropped']) total[key] += found[key]
        if (found.problems.length > 0) return found.problems
      }
      return []
    })
    if (problems.length > 0) return fail(task, problems)
    const { setup, subject } = task
    console.log(`  ${setup.name}, ${subject}: ${counted(total.rounds, 'round')} so far`)
  }
  console.log(
    `passed: ${counted(total.rounds, 'round')}, ${counted(total.acks, 'acknowledged call')}, 0 lost,\n` +
      `of ${counted(total.kept + total.dropped, 'unanswered call')} ${total.kept} kept whole, ` +
      `${total.dropped} not there at all`,
  )
  return 0
}

function taskOf({ setups, subjects, seed, processes }, number) {
  const usable = subjects.filter((subject) => processes === 1 || SHARED(subject))
  return {
    setup: setups[number % setups.length],
    subject: usable[Math.floor(number / setups.length + number) % usable.length],
    seed: `${seed}/${number}`,
    processes,
  }
}

function fail({ setup, subject, seed }, problems) {
  console.log(`${setup.name}, ${subject}, seed ${seed}: ${problems.length} violations`)
  for (const { kind, text } of problems.slice(0, SHOWN_MAX)) console.log(`  ${kind}: ${text}`)
  return 1
}

async function withStore(task, work) {
  const directory = temporaryDirectory()
  const image = join(directory, 'disk.img')
  const mount = join(directory, 'mount')
  mkdirSync(mount)
  makeFileSystem(task.setup, image)
  const device = attachLoop(image)
  const helpers = {
    mounter: new Coprocess(STATE_MOUNT, [device, mount, image, image]),
    recovery: new LastingScript('recover.mjs', '--expose-gc'),
    checker: new Coprocess(process.execPath, [script('check.mjs')]),
  }
  try {
    return await work(new ShutdownRounds(task, { directory, mount, ...helpers }))
  } finally {
    for (const helper of Object.values(helpers)) await helper.end()
    detachLoop(device)
    rmSync(directory, { recursive: true })
  }
}

class ShutdownRounds {
  #task
  #place
  #random
  #marks = []

  constructor(task, place) {
    this.#task = task
    this.#place = place
    this.#random = new Random(task.seed, 'rounds')
  }

  /** Writers at work, the power gone, a recovery, a look at what is there. */
  async round(number) {
    const { setup } = this.#task
    const { mounter } = this.#place
    await this.#do(`mount ${setup.type} ${setup.options}`)
    const before = this.#marks.length
    const writers = this.#start(number)
    await Promise.all(writers.map(({ ready }) => ready))
    await sleep(this.#random.integer(...WRITE_MS))
    const dead = writers.filter(({ child }) => child.exitCode !== null)
    const cut = await mounter.ask(`shutdown ${this.#random.pick(FLAGS)}`)
    if (cut !== 'ok') throw new Error(`FS_IOC_SHUTDOWN: ${cut}`)
    await sleep(WITHOUT_MS)
    for (const { child } of writers) child.kill('SIGKILL')
    const signals = await Promise.all(writers.map(({ ended }) => ended))
    if (dead.length > 0) throw new Error(`A writer ended early: ${dead[0].said()}`)
    await this.#do('umount')
    const problems = signals.flatMap(problemsOf)
    if (problems.length > 0) return { problems, acks: 0, kept: 0, dropped: 0 }
    await this.#do(`mount ${setup.type} ${setup.options}`)
    try {
      return { ...(await this.#judge()), acks: acksIn(this.#marks.slice(before)) }
    } finally {
      await this.#do('umount')
    }
  }

  #start(number) {
    const { directory, mount } = this.#place
    const history = join(directory, 'history.json')
    writeFileSync(history, JSON.stringify(this.#marks))
    return Array.from({ length: this.#task.processes }, (_, process) => {
      const plan = {
        subject: this.#task.subject,
        seed: this.#task.seed,
        name: `r${number}p${process}`,
        directory: join(mount, STORE),
        history,
        calls: CALLS_MAX,
        lanes: this.#random.integer(1, 4),
        // One of them works on what earlier rounds have left.
        old: process === 0,
        end: 'close',
      }
      return this.#writer(plan)
    })
  }

  #writer(plan) {
    const log = join(this.#place.directory, `${plan.name}.stderr`)
    const child = spawn(process.execPath, [script('workload.mjs'), JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', openSync(log, 'w')],
    })
    const lines = createInterface({ input: child.stdout })
    const ready = Promise.race([once(lines, 'line'), once(child, 'close')])
    // The last line of a killed process may be cut off.
    lines.on('line', (line) => this.#take(line))
    const ended = Promise.all([once(child, 'close'), once(lines, 'close')]).then(
      ([[, signal]]) => signal,
    )
    return { child, ready, ended, said: () => readFileSync(log, 'utf8').trim() }
  }

  #take(line) {
    let mark
    try {
      mark = JSON.parse(line)
    } catch {
      return
    }
    this.#marks.push(mark)
  }

  async #judge() {
    const { recovery, checker, mount } = this.#place
    const { subject, seed } = this.#task
    const directory = join(mount, STORE)
    const { reader } = subjectOf(subject)
    const found = await recovery.askJson({ subject, directory, probe: true, seed })
    if (found.error !== undefined)
      return { problems: [{ kind: 'unopened', text: found.error }], kept: 0, dropped: 0 }
    checker.tell(JSON.stringify({ history: this.#marks }))
    const { names, findings } = found
    const question = { marks: this.#marks.length, reader, directory, names, outcomes: true }
    const { problems, outcomes } = await checker.askJson(question)
    const settled = outcomes.map(({ id, kept }) => ({ settle: id, kept }))
    this.#marks.push(...settled)
    const named = findings.map((text) => ({ kind: 'finding', text }))
    const kept = settled.filter((mark) => mark.kept).length
    return { problems: [...problems, ...named], kept, dropped: settled.length - kept }
  }

  async #do(command) {
    const answer = await this.#place.mounter.ask(command)
    if (answer !== 'ok') throw new Error(`state-mount ${command}: ${answer}`)
  }
}

/** A writer whose calls fail may end by itself, but by no signal of its own, such as SIGBUS. */
function problemsOf(signal) {
  if (signal === null || signal === 'SIGKILL') return []
  return [{ kind: 'ended', text: `a writer was ended by ${signal} when its file system went` }]
}

function acksIn(marks) {
  return marks.filter(({ ack }) => ack !== undefined).length
}

function script(name) {
  return fileURLToPath(new URL(name, import.meta.url))
}

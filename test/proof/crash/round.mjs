// One round: writers on one store, some of them killed, then the store has to hold what its history says.
import { setTimeout as sleep } from 'node:timers/promises'
import { keyOf } from './documents.mjs'
import { readTree } from './files.mjs'
import { Program } from './process.mjs'
import { Random } from './random.mjs'

const READY_MAX_MS = 30_000
const WRITE_MS = [300, 900]
const KILL_AFTER_MS = [20, 200]
const STOP_MS = [10, 150]
const SAVE_MAX_MS = 2000
const CHECK_MAX_MS = 60_000
const KIB = 1024

export class Round {
  #plan
  #history
  #random
  #writers = []
  #calls = new Map()
  /** Set when the first writer is at work: how fast processes start is not what is tested. */
  #until = Infinity
  problems = []
  counts = { calls: 0, acks: 0, kills: 0, stops: 0, takeovers: 0, redone: 0, slowestMs: 0 }

  constructor(plan, history) {
    this.#plan = plan
    this.#history = history
    this.#random = new Random(plan.seed, 'round')
  }

  /** Returns the problems that were found. */
  async run() {
    const slots = Array.from({ length: this.#plan.processes }, (_, slot) =>
      this.#keepOneRunning(slot),
    )
    await Promise.all(slots)
    const survivors = this.#writers.filter((writer) => !writer.program.isOver)
    if (this.#plan.ending === 'survivors') await this.#questionSurvivors(survivors)
    else await this.#killAll(survivors)
    await this.#judge()
    return this.problems
  }

  /** Each slot is one writer after the other; what happens to each is up to the seed. */
  async #keepOneRunning(slot) {
    for (let generation = 0; ; generation++) {
      const random = new Random(this.#plan.seed, slot, generation)
      const writer = this.#start(`${this.#plan.name}w${slot}g${generation}`, random)
      const early = random.chance(0.15)
      if (!early) await this.#ready(writer)
      if (writer.program.isOver) return
      // The first slot is left alone in rounds with survivors.
      const spared = slot === 0 && this.#plan.ending === 'survivors'
      await this.#disturb(writer, random, spared)
      if (!writer.program.isOver || performance.now() > this.#until) return
    }
  }

  async #disturb(writer, random, spared) {
    do {
      await sleep(random.integer(...KILL_AFTER_MS))
      if (writer.program.isOver) return
      if (random.chance(0.25)) await this.#stopForAWhile(writer, random)
      if (!spared && random.chance(0.6)) return await this.#kill(writer)
    } while (performance.now() < this.#until)
  }

  async #stopForAWhile(writer, random) {
    this.counts.stops++
    writer.program.signal('SIGSTOP')
    await sleep(random.integer(...STOP_MS))
    writer.program.signal('SIGCONT')
  }

  async #kill(writer) {
    if (writer.program.isOver) return
    this.counts.kills++
    writer.program.signal('SIGKILL')
    await writer.program.ended
  }

  #start(name, random) {
    const { directory, seed, options, lanes, pauseMs } = this.#plan
    const { segmentBytes, useIndex, useCache, ...rest } = options
    const plan = {
      name,
      seed,
      lanes,
      pauseMs,
      old: this.#history.liveKeys().slice(-200),
      textBytesMax: segmentBytes < 256 * KIB ? 20_000 : 90_000,
      options: {
        ...rest,
        segmentBytes,
        storageDir: directory,
        useIndex: useIndex ?? random.chance(0.7),
        useCache: useCache ?? random.chance(0.7),
      },
    }
    const program = new Program('writer.mjs', [JSON.stringify(plan)], (message) =>
      this.#note(message),
    )
    const writer = { name, program }
    this.#writers.push(writer)
    return writer
  }

  async #ready({ name, program }) {
    const late = sleep(READY_MAX_MS, 'late', { ref: false })
    if ((await Promise.race([program.message('ready'), late])) !== 'late') return
    this.problems.push(`${name} did not open the store within ${READY_MAX_MS} ms`)
    program.signal('SIGKILL')
    await program.ended
  }

  #note(message) {
    const { type, call } = message
    if (type === 'ready' && this.#until === Infinity)
      this.#until = performance.now() + this.#random.integer(...WRITE_MS)
    if (type === 'recovery') this.#noteRecovery(message)
    if (type === 'call') {
      this.counts.calls++
      this.#calls.set(call, { call: message })
    } else if (type === 'return') {
      const known = this.#calls.get(call)
      this.counts.acks++
      known.ret = message
      this.counts.slowestMs = Math.max(this.counts.slowestMs, (message.at - known.call.at) / 1e6)
    }
  }

  #noteRecovery({ reason, frames }) {
    if (reason === 'takeover') this.counts.takeovers++
    this.counts.redone += frames
  }

  async #killAll(survivors) {
    this.counts.kills += survivors.length
    for (const { program } of survivors) program.signal('SIGKILL')
    await Promise.all(survivors.map(({ program }) => program.ended))
  }

  /** Those that live see at once what the dead have left, without opening anything again. */
  async #questionSurvivors(survivors) {
    const finished = survivors.map(async ({ name, program }) => {
      const started = performance.now()
      program.command('finish')
      const answer = await Promise.race([
        program.message('finished'),
        sleep(READY_MAX_MS, undefined, { ref: false }),
      ])
      if (answer === undefined)
        this.problems.push(`${name} hangs though everybody else has stopped`)
      else if (performance.now() - started > SAVE_MAX_MS)
        this.problems.push(`${name} took too long for its last save`)
    })
    await Promise.all(finished)
    if (this.problems.length > 0) return await this.#killAll(survivors)
    const tree = readTree(this.#plan.directory)
    this.problems.push(...tree.problems)
    for (const { name, program } of survivors) {
      program.command('report')
      const report = await program.message('report')
      if (report !== undefined) this.#compare(name, report.live, tree)
    }
    await this.#close(survivors)
  }

  #compare(name, reported, { live }) {
    const seen = new Set()
    for (const [promptId, version, digest] of reported) {
      const key = keyOf(promptId, version)
      seen.add(key)
      if (live[key] === digest) continue
      this.problems.push(`${name} lives and reads ${key} as ${digest}, the tree has ${live[key]}`)
    }
    for (const key of Object.keys(live))
      if (!seen.has(key))
        this.problems.push(`${name} lives and does not know ${key}, which is in the tree`)
  }

  async #close(survivors) {
    for (const { program } of survivors) {
      if (this.#random.chance(0.5)) program.command('close')
      else program.signal('SIGKILL')
    }
    await Promise.all(survivors.map(({ program }) => program.ended))
  }

  async #judge() {
    for (const { name, program } of this.#writers) {
      await program.ended
      if (program.failure !== undefined) this.problems.push(`${name} ${program.failure}`)
    }
    for (const { call, ret } of this.#calls.values()) this.#history.add(call, ret)
    const tree = await this.#check()
    if (tree === undefined) return
    this.problems.push(...tree.problems, ...this.#history.judge(tree))
    this.counts.openMs = tree.times.open
    this.counts.saveMs = tree.times.save
    this.counts.versions = Object.keys(tree.live).length
  }

  /** What a fresh process finds; undefined, and a problem, when it did not come to an end. */
  async #check() {
    const args = [this.#plan.directory, `1.0.${this.#plan.number}`]
    const checker = new Program('check.mjs', args, (message) => this.#note(message))
    const found = checker.message('found')
    const late = setTimeout(() => checker.signal('SIGKILL'), CHECK_MAX_MS)
    await checker.ended
    clearTimeout(late)
    const tree = await found
    if (tree === undefined)
      this.problems.push(`The checker ${checker.failure ?? `took over ${CHECK_MAX_MS} ms`}`)
    return tree
  }

  /** What all processes said, for the search for the cause. */
  get log() {
    return [...this.#calls.values()]
  }
}

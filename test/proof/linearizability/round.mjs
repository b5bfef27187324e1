// One round: processes with threads that work on a few new prompts of one store, some of them killed and replaced; then
// a fresh process reads everything. What they said are the histories to be checked, one for each prompt.
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../crash/process.mjs'
import { Random } from '../crash/random.mjs'

const CLIENT = new URL('client.mjs', import.meta.url).href
const READY_MAX_MS = 60_000
const WORK_MS = [400, 900]
const KILL_AFTER_MS = [30, 300]
const STOP_MS = [10, 120]

export class Round {
  #plan
  #clients = []
  #calls = new Map()
  #until = Infinity
  problems = []
  counts = { processes: 0, kills: 0, takeovers: 0 }

  /**
   * @param plan {name, seed, library, directory, processes, threads, lanes, prompts, versions, kills, options}: `options`
   * are the storage's, `kills` at most this many
   */
  constructor(plan) {
    this.#plan = plan
  }

  /** The histories by prompt; `problems` holds what went wrong beside them. */
  async run() {
    const slots = Array.from({ length: this.#plan.processes }, (_, slot) => this.#keepOne(slot))
    await Promise.all(slots)
    await Promise.all(this.#clients.map((client) => this.#finish(client)))
    await this.#readAll()
    return this.#histories()
  }

  async #keepOne(slot) {
    for (let generation = 0; ; generation++) {
      const name = `${this.#plan.name}p${slot}g${generation}`
      const random = new Random(this.#plan.seed, name)
      const client = this.#start({ name })
      await this.#ready(client)
      if (this.#until === Infinity) this.#until = performance.now() + random.integer(...WORK_MS)
      const killed = await this.#disturb(client, random)
      if (!killed || performance.now() > this.#until) return
    }
  }

  /** Lets it work for a while, stops it now and then; whether it was killed in the end. */
  async #disturb({ program }, random) {
    do {
      await sleep(random.integer(...KILL_AFTER_MS))
      if (program.isOver) return false
      if (random.chance(0.2)) {
        program.signal('SIGSTOP')
        await sleep(random.integer(...STOP_MS))
        program.signal('SIGCONT')
      } else if (this.counts.kills < this.#plan.kills && random.chance(0.5)) {
        this.counts.kills++
        program.signal('SIGKILL')
        await program.ended
        return true
      }
    } while (performance.now() < this.#until)
    return false
  }

  #start(given) {
    const { seed, library, threads, lanes, prompts, versions, options, directory } = this.#plan
    const plan = {
      seed,
      library,
      threads,
      lanes,
      prompts,
      versions,
      questions: [],
      options: { ...options, storageDir: directory },
      ...given,
    }
    const program = new Program(CLIENT, [JSON.stringify(plan)], (message) => this.#note(message))
    const client = { name: plan.name, program }
    this.#clients.push(client)
    this.counts.processes++
    return client
  }

  #note(message) {
    if (message.type === 'recovery' && message.reason === 'takeover') this.counts.takeovers++
    if (message.type === 'call') this.#calls.set(message.call, { call: message })
    if (message.type === 'return') this.#calls.get(message.call).ret = message
  }

  async #ready({ name, program }) {
    const late = sleep(READY_MAX_MS, 'late', { ref: false })
    if ((await Promise.race([program.message('ready'), late])) !== 'late') return
    this.problems.push(`${name} did not open the store within ${READY_MAX_MS} ms`)
    program.signal('SIGKILL')
  }

  async #finish({ name, program }) {
    if (!program.isOver) program.command('finish')
    const late = sleep(this.#plan.endMaxMs, 'late', { ref: false })
    if ((await Promise.race([program.ended, late])) === 'late') {
      this.problems.push(`${name} did not end within ${this.#plan.endMaxMs} ms`)
      program.signal('SIGKILL')
      await program.ended
    }
    if (program.failure !== undefined) this.problems.push(`${name} ${program.failure}`)
  }

  /** What is there in the end settles what the killed ones did. */
  async #readAll() {
    const { name, prompts, versions } = this.#plan
    const questions = prompts.flatMap((prompt) => [
      { kind: 'names', prompt },
      ...Array.from({ length: versions }, (_, at) => ({
        kind: 'get',
        prompt,
        version: `1.${at}.0`,
      })),
    ])
    const reader = this.#start({ name: `${name}end`, threads: 0, lanes: 0, questions })
    await this.#finish(reader)
  }

  #histories() {
    const histories = new Map(this.#plan.prompts.map((prompt) => [prompt, []]))
    for (const { call, ret } of this.#calls.values()) {
      const { type: _type, call: id, at, prompt, ...asked } = call
      // Without an answer a question says nothing.
      if (ret === undefined && asked.kind !== 'save' && asked.kind !== 'delete') continue
      const returned =
        ret === undefined ? {} : { ret: ret.at, outcome: ret.outcome, answer: ret.answer }
      histories.get(prompt).push({ id, ...asked, call: at, ...returned })
    }
    return histories
  }
}

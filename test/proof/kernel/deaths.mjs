// One file system, and the kernels that die on it one after the other. Each boots, recovers what the last one has left,
// tells what is there, and writes until it is killed. The judge is the history that the writers wrote to the host.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { History } from '../crash/history.mjs'
import { Random } from '../crash/random.mjs'
import { FILE_SYSTEMS } from './file-systems.mjs'
import { copyOfImage, Machine, makeImage } from './machine.mjs'

const KIB = 1024
const POLL_MS = 10
const BOOT_MAX_MS = 90_000
const WRITE_MS = [50, 2000]
/** A recovery takes about so long from its first line on. */
const RECOVERY_MS = [0, 300]
/** A disk is given up for a new one after this many versions, or by chance. */
const VERSIONS_MAX = 1500

export class Deaths {
  #filesystem
  #place
  #image
  #seed
  #durability
  #history = new History()
  #fresh = true
  #versions = 0
  counts = { deaths: 0, inRecovery: 0, calls: 0, acks: 0, redone: 0, versions: 0 }

  constructor({ filesystem, place, seed, durability }) {
    this.#filesystem = filesystem
    this.#place = place
    this.#image = join(place, 'disk')
    this.#seed = seed
    this.#durability = durability
  }

  /** Boots, checks what the last round has left, writes, dies. Returns what contradicts the history. */
  async round(number) {
    const random = new Random(this.#seed, this.#filesystem, number)
    const judged = await this.#judgeAndWrite(number, random)
    if (judged.length > 0) return judged
    // Some die once more, in the recovery.
    return random.chance(0.3) ? await this.#dieInRecovery(random) : []
  }

  /** Checks what the last round has left, with nothing to come after it. */
  async finish() {
    return await this.#boot({ check: { probe: '1.0.999999' } }, async (machine) => {
      await within(BOOT_MAX_MS, () => machine.isOver)
    })
  }

  async #judgeAndWrite(number, random) {
    if (this.#versions > VERSIONS_MAX || (!this.#fresh && random.chance(0.1))) {
      const problems = await this.finish()
      if (problems.length > 0) return problems
      this.#fresh = true
    }
    if (this.#fresh) this.#newDisk()
    const job = { check: { probe: `1.0.${number}` }, writers: this.#writers(number, random) }
    return await this.#boot(job, async (machine) => {
      const writing = () => this.#histories().some((path) => readFileSync(path).includes('"ready"'))
      await within(BOOT_MAX_MS, () => machine.isOver || writing())
      if (writing()) await sleep(random.integer(...WRITE_MS))
      await this.#kill(machine)
    })
  }

  async #dieInRecovery(random) {
    const job = { reopen: { waitMs: 1000 } }
    return await this.#boot(job, async (machine) => {
      const begun = () => this.#events().some(({ type }) => type === 'recovering')
      await within(BOOT_MAX_MS, () => machine.isOver || begun())
      await sleep(random.integer(...RECOVERY_MS))
      await this.#kill(machine)
      const recovered = this.#events().some(({ type }) => type === 'recovered')
      if (begun() && !recovered) this.counts.inRecovery++
    })
  }

  #newDisk() {
    const { megabytes, make } = FILE_SYSTEMS[this.#filesystem]
    makeImage(this.#image, megabytes, make)
    this.#history = new History()
    this.#versions = 0
  }

  async #boot(job, live) {
    for (const name of readdirSync(this.#place)) {
      if (/^(events|found|checked|history-.*)$/.test(name)) rmSync(join(this.#place, name))
    }
    // What the dead kernel has left, for the search for a cause.
    if (!this.#fresh) copyOfImage(this.#image, `${this.#image}.before`)
    const machine = new Machine({
      place: this.#place,
      filesystem: this.#filesystem,
      image: this.#image,
      program: new URL('writers.mjs', import.meta.url).pathname,
      modules: FILE_SYSTEMS[this.#filesystem].modules,
      input: JSON.stringify(job),
    })
    try {
      await live(machine)
    } finally {
      await machine.kill()
    }
    return this.#judge(machine, job)
  }

  async #kill(machine) {
    if (!machine.isOver) this.counts.deaths++
    await machine.kill()
  }

  #judge(machine, job) {
    if (machine.couldNotMount) return [`the file system is lost: ${machine.said.trim()}`]
    const problems = this.#events()
      .filter(({ type }) => type === 'failed')
      .map(({ what, text }) => `${what} ended: ${text.trim()}`)
    const begun = this.#events().some(({ type }) => type === 'recovering' || type === 'writing')
    if (!begun && (job.reopen ?? job.writers) !== undefined && problems.length === 0)
      return [`the machine did not come to its work: ${machine.said.trim()}`]
    if (job.check !== undefined && !this.#fresh) problems.push(...this.#judgeFound())
    if (job.writers !== undefined) {
      this.#fresh = false
      this.#takeHistories()
    }
    return problems
  }

  /** What the check has found, against what was acknowledged before. */
  #judgeFound() {
    const lines = linesOf(join(this.#place, 'found'))
    const tree = lines.find(({ type }) => type === 'found')
    if (tree === undefined || !existsSync(join(this.#place, 'checked')))
      return ['the check did not come to its end']
    for (const { type, frames } of lines) if (type === 'recovery') this.counts.redone += frames
    this.#versions = Object.keys(tree.live).length
    this.counts.versions += this.#versions
    return [...tree.problems, ...this.#history.judge(tree)]
  }

  #takeHistories() {
    const calls = new Map()
    for (const path of this.#histories()) {
      for (const message of linesOf(path)) {
        if (message.type === 'call') calls.set(message.call, { call: message })
        if (message.type === 'return') calls.get(message.call).ret = message
      }
    }
    for (const { call, ret } of calls.values()) {
      this.counts.calls++
      if (ret !== undefined) this.counts.acks++
      this.#history.add(call, ret)
    }
  }

  #writers(number, random) {
    const options = {
      durability: this.#durability,
      enableTrash: random.chance(0.5),
      segmentBytes: random.pick([64 * KIB, 256 * KIB, 1024 * KIB]),
      journalBytes: random.pick([64 * KIB, 512 * KIB, 4096 * KIB]),
      checkpointIdleMs: random.pick([5, 50, 2000]),
      useIndex: random.chance(0.7),
      minFreeMb: 0,
    }
    return Array.from({ length: random.integer(1, 3) }, (_, slot) => ({
      name: `r${number}w${slot}`,
      seed: `${this.#seed}/${number}`,
      lanes: random.integer(1, 5),
      pauseMs: random.chance(0.3) ? random.integer(1, 10) : 0,
      old: this.#history.liveKeys().slice(-200),
      textBytesMax: 20_000,
      options,
    }))
  }

  #histories() {
    return readdirSync(this.#place)
      .filter((name) => name.startsWith('history-'))
      .map((name) => join(this.#place, name))
  }

  #events() {
    return linesOf(join(this.#place, 'events'))
  }
}

/** One JSON document a line; the last line of a dead kernel may be cut off. */
function linesOf(path) {
  if (!existsSync(path)) return []
  const lines = []
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    try {
      lines.push(JSON.parse(line))
    } catch {
      // Cut off, or what a failing program wrote beside.
      continue
    }
  }
  return lines
}

async function within(maxMs, isSo) {
  const until = performance.now() + maxMs
  while (!isSo() && performance.now() < until) await sleep(POLL_MS)
}

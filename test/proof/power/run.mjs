// Recordings and their crash states, one set-up after the other, until there are enough.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Random } from '../crash/random.mjs'
import { Coprocess, LastingScript } from './coprocess.mjs'
import { chooseStates } from './crash-states.mjs'
import { Explorer } from './explorer.mjs'
import { record } from './recording.mjs'
import { subjectOf } from './subjects/subjects.mjs'
import { copySparse, makeFileSystem, temporaryDirectory } from './system.mjs'

/** How often a recording begins where the power went in the one before. */
const GENERATIONS_MAX = 3
/** Fewer states are not worth another recording. */
const STATES_PER_GENERATION_MIN = 40

export class PowerRun {
  #directory = temporaryDirectory()
  #recovery = new LastingScript('recover.mjs', '--expose-gc')
  #checker = new Coprocess(process.execPath, [program('check.mjs')])
  #templates = new Map()

  /**
   * A recording and its states, and so on from one of them.
   *
   * @param task {setup, subject, seed, states, generations, preload, goesOn}
   * @param onState is called with each: {state, number, fsLost, problems, acknowledged, plan, recording}
   */
  async chain(task, onState) {
    const { setup, subject, seed } = task
    const { reader, durability } = subjectOf(subject)
    const soft = durability !== 'commit'
    const { goesOn = () => true } = task
    const random = new Random(seed, 'chain')
    // A database is read by itself: what an earlier session had left open could not be settled. Nor what loss of power
    // has left of calls that were not flushed.
    const most = reader === undefined || soft ? 1 : (task.generations ?? GENERATIONS_MAX)
    const generations = Math.min(most, Math.ceil(task.states / STATES_PER_GENERATION_MIN))
    let from = { base: this.#template(setup), marks: [] }
    for (let generation = 0; generation < generations; generation++) {
      if (from === undefined || !goesOn()) return
      const plan = { setup, subject, reader, soft, seed: `${seed}/${generation}` }
      plan.sessions = sessionsOf(random, generation, { alone: reader === undefined, ...task })
      const events = await record(plan, { ...from, directory: this.#directory })
      const states = chooseStates(events, Math.ceil(task.states / generations), random)
      const recording = { ...from, events }
      from = await this.#explore(plan, recording, { states, random, generation, onState, goesOn })
    }
  }

  async #explore(plan, recording, { states, random, generation, onState, goesOn }) {
    const keep = {
      at: random.integer(0, states.length - 1),
      path: join(this.#directory, `generation-${generation + 1}.img`),
    }
    let usable = false
    const told = (outcome) => {
      if (outcome.number === keep.at)
        usable = outcome.fsLost === undefined && outcome.problems.length === 0
      onState({ ...outcome, generation, plan, recording })
    }
    await this.states(plan, recording, { states, keep, goesOn, onState: told })
    if (!usable) return undefined
    const { cut } = states[keep.at]
    const seen = recording.events.slice(0, cut).filter(({ kind }) => kind === 'mark')
    return { base: keep.path, marks: [...recording.marks, ...seen.map(({ mark }) => mark)] }
  }

  /** Tries these states of a recording, one after the other. */
  async states(plan, recording, { goesOn = () => true, ...rest }) {
    const helpers = { recovery: this.#recovery, checker: this.#checker }
    const explorer = new Explorer(this.#directory, helpers)
    await explorer.explore(plan, recording, { goesOn, ...rest })
  }

  /** Made once and copied. */
  #template(setup) {
    const known = this.#templates.get(setup.name)
    if (known !== undefined) return known
    const path = join(this.#directory, `${setup.name}.img`)
    makeFileSystem(setup, path)
    this.#templates.set(setup.name, path)
    return path
  }

  /** What is needed to look at a state again, in a directory that stays. */
  keep({ state, plan, recording }) {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-power-kept-'))
    copySparse(recording.base, join(directory, 'base.img'))
    copyFileSync(join(this.#directory, 'record.log'), join(directory, 'record.log'))
    const { marks } = recording
    writeFileSync(join(directory, 'state.json'), JSON.stringify({ plan, marks, state }))
    return directory
  }

  async end() {
    await this.#recovery.end()
    await this.#checker.end()
    rmSync(this.#directory, { recursive: true })
  }
}

/** A few processes one after the other; each is closed in good order or killed in the middle. */
function sessionsOf(random, generation, { alone, preload, calls = 60 }) {
  const count = alone ? 1 : random.integer(1, 3)
  return Array.from({ length: count }, (_, number) => ({
    name: `g${generation}s${number}`,
    calls: random.integer(Math.ceil(calls / 3), calls),
    lanes: random.integer(1, 4),
    end: random.pick(['close', 'kill']),
    old: random.chance(0.5),
    preload,
  }))
}

function program(name) {
  return fileURLToPath(new URL(name, import.meta.url))
}

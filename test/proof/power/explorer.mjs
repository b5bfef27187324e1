// Makes the disk of each crash state, mounts it, lets the subject recover, and has the outcome checked.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { STATE_MOUNT } from './build.mjs'
import { Coprocess } from './coprocess.mjs'
import { STORE } from './recording.mjs'
import { attachLoop, copySparse, detachLoop } from './system.mjs'

/** What a file system says that has found itself damaged: EUCLEAN has no name in Node. */
const FILE_SYSTEM_DAMAGED = new Set(['EUCLEAN', 'EBADMSG'])
const EUCLEAN_TEXT = /EUCLEAN|errno:? -?117|structure needs cleaning/i
const PROBE_EVERY = 8

export class Explorer {
  #directory
  #recovery
  #checker
  #mount
  #reference
  #work
  #device
  #events
  #at = 0

  /** @param helpers {recovery, checker}: the processes that live long */
  constructor(directory, { recovery, checker }) {
    this.#directory = directory
    this.#recovery = recovery
    this.#checker = checker
  }

  /**
   * Tries each state of a recording. `plan` is {setup, subject, reader, soft, seed}; `onState` gets each outcome: {state,
   * fsLost, problems, acknowledged}.
   *
   * @param recording {base, events, marks}: the image before the first event, and the marks before it
   * @param keep {at, path}: the disk of this state is kept there, for another recording
   * @param goesOn whether there is time for another state
   */
  async explore(plan, { base, events, marks }, { states, keep, onState, goesOn }) {
    const later = events.filter(({ kind }) => kind === 'mark').map(({ mark }) => mark)
    this.#checker.tell(JSON.stringify({ history: [...marks, ...later], soft: plan.soft }))
    this.#attach(base, events)
    try {
      for (const [number, state] of states.entries()) {
        if (!goesOn()) break
        await this.#prepare(state)
        if (keep?.at === number) copySparse(this.#paths().work, keep.path)
        const count = marks.length + marksBefore(events, state.cut)
        await onState({ state, number, ...(await this.#try(plan, count, number)) })
      }
    } finally {
      await this.#detach()
    }
  }

  #paths() {
    const [work, reference, mount] = ['work.img', 'reference.img', 'state'].map((name) =>
      join(this.#directory, name),
    )
    return { work, reference, mount }
  }

  #attach(base, events) {
    const { work, reference, mount } = this.#paths()
    for (const path of [work, reference]) {
      rmSync(path, { force: true })
      copySparse(base, path)
    }
    mkdirSync(mount, { recursive: true })
    this.#events = events
    this.#at = 0
    this.#reference = openSync(reference, 'r+')
    this.#work = openSync(work, 'r+')
    this.#device = attachLoop(work)
    this.#mount = new Coprocess(STATE_MOUNT, [this.#device, mount, work, reference])
  }

  async #detach() {
    await this.#mount.end()
    detachLoop(this.#device)
    closeSync(this.#reference)
    closeSync(this.#work)
  }

  /** Everything before the last flush goes into the reference; what this state keeps of the rest, into its disk. */
  async #prepare({ window, pieces }) {
    for (; this.#at < window.from; this.#at++) {
      const { kind, bytes, offset } = this.#events[this.#at]
      if (kind === 'write') writeSync(this.#reference, bytes, 0, bytes.length, offset)
    }
    await this.#do('restore')
    for (const { event, from, to } of pieces) {
      const { bytes, offset } = this.#events[event]
      writeSync(this.#work, bytes, from, to - from, offset + from)
    }
  }

  async #try({ setup, subject, reader, seed }, marks, number) {
    const mounted = await this.#mount.ask(`mount ${setup.type} ${setup.options}`)
    if (mounted !== 'ok') return { fsLost: `mount: ${mounted}`, problems: [], acknowledged: 0 }
    try {
      const directory = join(this.#paths().mount, STORE)
      const probe = number % PROBE_EVERY === 0
      const found = await this.#recovery.askJson({ subject, directory, probe, seed })
      if (found.error !== undefined && isFileSystems(found))
        return { fsLost: `recovery: ${found.errno}`, problems: [], acknowledged: 0 }
      // A database that cannot be opened has lost what it has acknowledged, if anything.
      if (found.error !== undefined) Object.assign(found, { entries: [], findings: [found.error] })
      const { names, entries, findings, redone } = found
      const checked = await this.#checker.askJson({ marks, reader, directory, names, entries })
      // Whether what is torn may be was judged by the history; that the store reports it is as it should be.
      const told =
        checked.torn > 0 ? findings.filter((text) => !text.startsWith('verify')) : findings
      const named = told.map((text) => ({ kind: 'finding', key: '', text }))
      return { ...checked, problems: [...checked.problems, ...named], redone }
    } finally {
      await this.#do('umount')
    }
  }

  async #do(command) {
    const answer = await this.#mount.ask(command)
    if (answer !== 'ok') throw new Error(`state-mount ${command}: ${answer}`)
  }
}

function isFileSystems({ error, errno }) {
  return FILE_SYSTEM_DAMAGED.has(errno) || EUCLEAN_TEXT.test(error)
}

function marksBefore(events, cut) {
  let count = 0
  for (let at = 0; at < cut; at++) if (events[at].kind === 'mark') count++
  return count
}

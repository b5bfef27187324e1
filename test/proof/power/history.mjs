// What the workload has said it does, and what a directory may therefore hold. Shares nothing with the library.
//
// Marks, in the order of the device log:
//   {issue: id, changes: [[key, digest or null], ...]}   a call begins; null stands for a removal
//   {ack: id}                                            it has returned
//   {settle: id, kept}                                   after a restart: it was found to have happened, or not
//   {due: n}                                             the first n calls that have taken effect survive from here on
// Calls that are open at the same time never share a key.
//
// Where a call is flushed before it returns, each is due with its acknowledgement, and there is no mark for it. Where
// it is flushed later, loss of power may take what was not due: that part of the history is `soft`.

/** What a key holds whose bytes are those of no call. */
export const TORN = 'torn'

const SPLIT = 'split: '

/** What a key holds that is kept in two files, one of which names another content than `digest`, or is not there. */
export function splitOf(digest) {
  return `${SPLIT}${digest ?? 'nothing'}`
}

export function isWhole(value) {
  return value !== TORN && !value.startsWith(SPLIT)
}

/** What a session says of a call that was killed and is there in part after the recovery. */
export const LEFT_BY_HALF = 'is there by half after the recovery'

export class History {
  /** What each key holds for certain: its digest. */
  settled = new Map()
  /** Calls whose outcome is not known: id to changes. */
  pending = new Map()
  acknowledged = 0
  /** The changes of calls that have taken effect and may be lost with the power, in their order. */
  #soft = []
  #isSoft
  #due = 0

  /** @param soft whether a call is due by a mark of its own, and not with its acknowledgement */
  constructor({ soft = false } = {}) {
    this.#isSoft = soft
  }

  add(mark) {
    if (mark.issue !== undefined) this.pending.set(mark.issue, mark.changes)
    else if (mark.ack !== undefined) this.#end(mark.ack, true)
    else if (mark.settle !== undefined) this.#end(mark.settle, mark.kept)
    else if (mark.due !== undefined) this.#makeDue(mark.due)
    else throw new Error(`A mark is not known: ${JSON.stringify(mark)}`)
    if (mark.ack !== undefined) this.acknowledged++
  }

  /** How many calls have taken effect: what a mark that makes them due counts. */
  get done() {
    return this.#due + this.#soft.length
  }

  /** What is there as long as the machine runs: key to digest. */
  get current() {
    const current = new Map(this.settled)
    for (const changes of this.#soft) apply(current, changes)
    return current
  }

  #end(id, kept) {
    const changes = this.pending.get(id)
    if (changes === undefined) throw new Error(`Call ${id} ends without a beginning`)
    this.pending.delete(id)
    if (!kept) return
    this.#soft.push(changes)
    if (!this.#isSoft) this.#makeDue(this.done)
  }

  #makeDue(count) {
    if (count > this.done) throw new Error(`${count} calls are due, of ${this.done}`)
    // Another call may have made more of them due meanwhile.
    while (this.#due < count) {
      apply(this.settled, this.#soft.shift())
      this.#due++
    }
  }

  /**
   * The calls whose outcome is open, as `entries` (key to digest) show them: `kept` is undefined for one that is there
   * by half, or holds what was never issued. Asked of a machine that has not lost its power.
   */
  outcomes(entries) {
    const { current } = this
    return [...this.pending].map(([id, changes]) => {
      const after = changes.every(([key, digest]) => (entries.get(key) ?? null) === digest)
      const before = changes.every(([key]) => entries.get(key) === current.get(key))
      return { id, changes, kept: after || (before ? false : undefined) }
    })
  }

  /** What is wrong with a directory that holds `entries` after loss of power: {kind, key, text}. */
  judge(entries) {
    const soft = this.#isSoft ? this.#possible() : new Map()
    const problems = this.#isSoft ? judgeSoft(soft, entries) : []
    const open = new Set(soft.keys())
    for (const { id, changes, kept } of this.#isSoft ? [] : this.outcomes(entries)) {
      for (const [key] of changes) open.add(key)
      if (kept === undefined) problems.push(halfDone(id, changes, entries, this.settled))
    }
    for (const [key, digest] of this.settled) {
      if (open.has(key) || entries.get(key) === digest) continue
      problems.push(
        entries.has(key)
          ? {
              kind: 'changed',
              key,
              text: `${shown(key)} holds something else than was acknowledged`,
            }
          : { kind: 'lost', key, text: `${shown(key)} was acknowledged and is gone` },
      )
    }
    for (const key of entries.keys()) {
      if (open.has(key) || this.settled.has(key)) continue
      problems.push({ kind: 'alien', key, text: `${shown(key)} is there and must not be` })
    }
    return problems
  }

  /**
   * What each key may hold that a call touched which is not due: what is durable, and what each of these calls made of
   * it. Torn bytes only where one of them found nothing and made a file: what was there before is never destroyed.
   */
  #possible() {
    const possible = new Map()
    for (const [key, digest] of [...this.#soft, ...this.pending.values()].flat()) {
      const before = this.settled.get(key) ?? null
      const known = possible.get(key) ?? { durable: before, last: before, any: new Set([before]) }
      if (known.last === null && digest !== null) known.any.add(TORN)
      known.any.add(digest)
      known.last = digest
      possible.set(key, known)
    }
    return possible
  }
}

function apply(entries, changes) {
  for (const [key, digest] of changes) {
    if (digest === null) entries.delete(key)
    else entries.set(key, digest)
  }
}

function judgeSoft(possible, entries) {
  const problems = []
  for (const [key, { durable, any }] of possible) {
    const is = entries.get(key) ?? null
    // Two files of one transaction may come from different times: each has to be whole.
    if ([...any].some((may) => is === may || is === splitOf(may))) continue
    if (is === null)
      problems.push({ kind: 'lost', key, text: `${shown(key)} was durable and is gone` })
    else if (any.has(TORN)) continue
    else if (durable === null)
      problems.push({ kind: 'alien', key, text: `${shown(key)} is there and must not be` })
    else
      problems.push({
        kind: 'changed',
        key,
        text: `${shown(key)} holds neither what was durable nor what was written over it`,
      })
  }
  return problems
}

function halfDone(id, changes, entries, settled) {
  const states = changes.map(([key, digest]) => {
    const is = entries.get(key) ?? null
    if (is === digest) return 'done'
    return is === (settled.get(key) ?? null) ? 'not done' : 'something else'
  })
  const [[key]] = changes
  return { kind: 'half', key, text: `Call ${id} is there by half: ${states.join(', ')}` }
}

function shown(key) {
  return JSON.stringify(key)
}

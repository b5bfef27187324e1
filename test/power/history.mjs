// What the workload has said it does, and what a directory may therefore hold. Shares nothing with the library.
//
// Marks, in the order of the device log:
//   {issue: id, changes: [[key, digest or null], ...]}   a call begins; null stands for a removal
//   {ack: id}                                            it has returned
//   {settle: id, kept}                                   after a restart: it was found to have happened, or not
// Calls that are open at the same time never share a key.

export class History {
  /** What each key holds for certain: its digest. */
  settled = new Map()
  /** Calls whose outcome nobody has been told: id to changes. */
  pending = new Map()
  acknowledged = 0

  add(mark) {
    if (mark.issue !== undefined) this.pending.set(mark.issue, mark.changes)
    else if (mark.ack !== undefined) this.#end(mark.ack, true)
    else if (mark.settle !== undefined) this.#end(mark.settle, mark.kept)
    else throw new Error(`A mark is not known: ${JSON.stringify(mark)}`)
    if (mark.ack !== undefined) this.acknowledged++
  }

  #end(id, kept) {
    const changes = this.pending.get(id)
    if (changes === undefined) throw new Error(`Call ${id} ends without a beginning`)
    this.pending.delete(id)
    if (!kept) return
    for (const [key, digest] of changes) {
      if (digest === null) this.settled.delete(key)
      else this.settled.set(key, digest)
    }
  }

  /**
   * The calls whose outcome is open, as `entries` (key to digest) show them: `kept` is undefined for one that is there
   * by half, or holds what was never issued.
   */
  outcomes(entries) {
    return [...this.pending].map(([id, changes]) => {
      const after = changes.every(([key, digest]) => (entries.get(key) ?? null) === digest)
      const before = changes.every(([key]) => entries.get(key) === this.settled.get(key))
      return { id, changes, kept: after || (before ? false : undefined) }
    })
  }

  /** What is wrong with a directory that holds `entries`: {kind, key, text}. */
  judge(entries) {
    const problems = []
    const open = new Set()
    for (const { id, changes, kept } of this.outcomes(entries)) {
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

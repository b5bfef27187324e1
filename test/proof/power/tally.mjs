// Counts outcomes of crash states, by whatever they are to be shown by.
const LOSSES = new Set(['lost', 'changed'])

export class Tally {
  #rows = new Map()

  add(name, { problems, fsLost, acknowledged, redone }) {
    const row = this.#rows.get(name) ?? emptyRow()
    this.#rows.set(name, row)
    row.states++
    if (fsLost !== undefined) row.fsLost++
    if (problems.length > 0) row.violations++
    if (problems.some(({ kind }) => LOSSES.has(kind))) row.losses++
    row.lostSaves += problems.filter(({ kind }) => LOSSES.has(kind)).length
    row.checked += acknowledged ?? 0
    row.redone += redone ?? 0
  }

  get rows() {
    return [...this.#rows]
  }

  row(name) {
    return this.#rows.get(name) ?? emptyRow()
  }

  get total() {
    const total = emptyRow()
    for (const row of this.#rows.values())
      for (const key of Object.keys(total)) total[key] += row[key]
    return total
  }
}

/** "1 file system", "3,000 file systems". */
export function counted(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

function emptyRow() {
  return { states: 0, fsLost: 0, violations: 0, losses: 0, lostSaves: 0, checked: 0, redone: 0 }
}

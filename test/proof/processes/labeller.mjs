// Another process that moves the label `production` of the prompt `p`, and reads it meanwhile.
import { FileSystemStorage } from 'holdfast'
import { answerParent } from '../../support/answer-parent.mjs'

const options = JSON.parse(process.argv[2])
const storage = await FileSystemStorage.open(options)
const LABEL = 'production'
const NO_HEAD = { labels: {}, highest: null, deprecated: {}, tags: {} }
let reading = false

/** The label's place in the order of its moves: each move writes the next number as its reason. */
function placeOf(head) {
  return Number(head?.labels[LABEL]?.reason ?? 0)
}

/** One compare-and-set; false if the label is not where it is expected any more. */
async function move(expected, by) {
  return await storage.transact(['p'], ([view]) => {
    const head = view.head ?? NO_HEAD
    if (placeOf(head) !== expected) return { changes: [], result: false }
    const to = view.versions[(expected + 1) % view.versions.length]
    const note = { by, reason: String(expected + 1), at: new Date().toISOString() }
    const labels = { ...head.labels, [LABEL]: { version: to, ...note } }
    const moves = [{ label: LABEL, from: head.labels[LABEL]?.version ?? null, to, ...note }]
    return { changes: [{ promptId: 'p', head: { ...head, labels }, moves }], result: true }
  })
}

const methods = {
  /** Moves the label `count` times; reports each move once it is acknowledged. */
  async moveLabel(count, by) {
    for (let moved = 0; moved < count;) {
      const expected = placeOf(await storage.readHead('p'))
      if (!(await move(expected, by))) continue
      moved++
      process.send({ saved: String(expected + 1) })
    }
  },
  /** Reads the label until `stopReading`; returns how often it was read, and where it ever went back. */
  async readLabel() {
    reading = true
    let highest = 0
    let reads = 0
    const back = []
    for (; reading; reads++) {
      const head = await storage.readHead('p')
      const place = placeOf(head)
      if (place < highest) back.push(`${highest} -> ${place}`)
      highest = Math.max(highest, place)
      const moves = await storage.listLabelMoves('p')
      if (moves.length < place) back.push(`${place} moves, and ${moves.length} in the history`)
    }
    return { reads, back }
  },
  async stopReading() {
    reading = false
  },
  async close() {
    await storage.close()
    process.disconnect()
  },
}

process.on('disconnect', () => (reading = false))
answerParent((method) => methods[method])

// Another process that moves the label `production` of the prompt `p` along its versions, each of which it names once, or
// reads it meanwhile. Times are of one clock for all processes.
import { answerParent } from '../../support/answer-parent.mjs'
import { now } from '../crash/wire.mjs'
import { FileSystemStorage, PromptRegistry } from '../../../dist/index.js'
import { SqliteStorage } from '../../../dist/sqlite/index.js'

const LABEL = 'production'
const options = JSON.parse(process.argv[2])
const storage =
  options.file === undefined
    ? await FileSystemStorage.open(options)
    : await SqliteStorage.open(options)
const registry = new PromptRegistry({ storage })
let isStopped = false

const placeOf = (version) => Number(version?.split('.')[2] ?? 0)
const currentPlace = async () => placeOf((await registry.labels('p'))[LABEL]?.version)

/** False if another process was first. */
async function move(from, by) {
  const expected = from === 0 ? null : `1.0.${from}`
  try {
    await registry.label('p', LABEL, `1.0.${from + 1}`, {
      expected,
      by,
      reason: `move ${from + 1}`,
    })
    return true
  } catch (error) {
    if (error.code === 'OPT-LABEL-001' && error.context.reason === 'expected') return false
    throw error
  }
}

const methods = {
  /** Moves the label until it is at `last`, or until `stop`; reports each move once it is acknowledged. */
  async moveUntil(last, by) {
    for (;;) {
      const from = await currentPlace()
      if (isStopped || from >= last) return
      const calledAt = now()
      if (await move(from, by))
        process.send({
          saved: JSON.stringify({ place: from + 1, by, calledAt, returnedAt: now() }),
        })
    }
  },
  /** Reads the label until `stop`; returns how often it was read, and where it ever went back. */
  async read() {
    let highest = 0
    let reads = 0
    const back = []
    const see = (place, what) => {
      if (place < highest) back.push(`${what}: ${highest} -> ${place}`)
      highest = Math.max(highest, place)
    }
    for (; !isStopped; reads++) {
      see(await currentPlace(), 'labels')
      see(
        placeOf((await registry.get('p', `@${LABEL}`).catch(unnamed))?.version ?? `1.0.${highest}`),
        'get',
      )
      see((await registry.labelHistory('p', LABEL)).length, 'history')
    }
    return { reads, back }
  },
  async stop() {
    isStopped = true
  },
  async close() {
    await storage.close()
    process.disconnect()
  },
}

/** Before its first move the label names nothing. */
function unnamed(error) {
  if (error.code === 'OPT-VER-002') return undefined
  throw error
}

process.on('disconnect', () => (isStopped = true))
answerParent((method) => methods[method])

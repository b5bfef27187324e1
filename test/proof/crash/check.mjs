// A fresh process that opens a store after a crash: is its index the directory tree, does the next save work at once?
// Prints one JSON document.
import { FileSystemStorage, subscribe } from 'holdfast'
import { digestOf, documentOf, keyOf, partsOf } from './documents.mjs'
import { historyProblems, leftovers, readTree } from './files.mjs'
import { tell } from './wire.mjs'

const NEXT_SAVE_MAX_MS = 2000
const READ_MAX = 400

const [storageDir, probeVersion] = process.argv.slice(2)
const problems = []
const times = {}
subscribe('recovery', ({ reason, frames }) => tell({ type: 'recovery', reason, frames }))

const first = await timed(
  'open',
  async () => await FileSystemStorage.open({ storageDir, minFreeMb: 0 }),
)
const before = await namesIn(first)
await probe(first)
const tree = readTree(storageDir)
problems.push(...tree.problems, ...historyProblems(tree))
compare('The index of the recovered store', before, tree)
await readSome(first, tree)
await first.close()

const second = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
compare('The index of the store opened again', await namesIn(second), tree)
const { findings } = await second.verify()
problems.push(...findings.map((finding) => `verify: ${JSON.stringify(finding)}`))
await second.close()
for (const path of leftovers(storageDir)) problems.push(`${path} was left behind`)
tell({ type: 'found', problems, times, live: tree.live, trash: tree.trash })

async function timed(what, work) {
  const started = performance.now()
  const result = await work()
  times[what] = performance.now() - started
  return result
}

async function namesIn(storage) {
  const names = Object.entries(await storage.indexSnapshot())
  return new Set(
    names.flatMap(([promptId, versions]) => versions.map((version) => keyOf(promptId, version))),
  )
}

/** One version that comes and goes. */
async function probe(storage) {
  const name = { promptId: 'probe', version: probeVersion }
  await timed('save', async () => {
    await storage.saveVersion(documentOf({ ...name, salt: 'probe', textBytes: 100 }))
  })
  if (times.save > NEXT_SAVE_MAX_MS)
    problems.push(`The next save took ${Math.round(times.save)} ms`)
  if (!(await storage.deleteVersion(name.promptId, name.version)))
    problems.push('The probe was not there')
}

function compare(what, names, { live }) {
  for (const key of names)
    if (live[key] === undefined) problems.push(`${what} has ${key}, the tree has not`)
  for (const key of Object.keys(live))
    if (!names.has(key)) problems.push(`${what} lacks ${key}, the tree has it`)
}

async function readSome(storage, { live }) {
  for (const key of Object.keys(live).slice(-READ_MAX)) {
    const { promptId, version } = partsOf(key)
    const document = await storage.getVersion(promptId, version)
    if (document === undefined || digestOf(document) !== live[key])
      problems.push(`Reading ${key} gives something else`)
  }
}

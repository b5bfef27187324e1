// Commits that are numbered, until it is killed: it tells its parent the number of each that was acknowledged.
import { DurableDirectory } from 'holdfast'
import { operationsOf } from '../../support/counted-store.mjs'

const [path, writer, last] = process.argv.slice(2)
const options = { segmentBytes: 256 * 1024, journalBytes: 512 * 1024, checkpointIdleMs: 50 }
const directory = await DurableDirectory.open(path, options)
const counter = await directory.read(`${writer}/counter`)
let n = Math.max(Number(last), Number(Buffer.from(counter ?? []).toString() || 0))
for (;;) {
  await directory.commit(operationsOf(writer, ++n))
  process.send({ committed: n })
}

// Saves COUNT documents, LANES at a time, and ends without closing: `node count-child.js SUBJECT DIRECTORY LANES COUNT`.
// Started under a tracer, twice with different counts: the difference is what the saves alone did.
import { subscribe } from '../../../dist/index.js'
import { Lanes } from '../measures/lanes.js'
import { PROMPTS } from '../plan/document.js'
import type { SubjectName } from '../plan/subjects.js'
import { OPEN_SUBJECT } from '../subjects/open-subject.js'

const [name, directory = '', lanes = '1', count = '0'] = process.argv.slice(2)
const subject = await OPEN_SUBJECT[name as SubjectName](directory, {
  cache: true,
  idleCheckpoints: false,
})
const all = new Lanes(subject)
await all.save(PROMPTS, PROMPTS)
let batches = 0
subscribe('commit', () => batches++)
await all.save(Number(count), Number(lanes))
process.stdout.write(`${batches}\n`)
process.exit(0)

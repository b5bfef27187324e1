// Saves `count` documents, `lanes` at a time, and ends without closing: `node count-child.js <directory> <lanes> <count>`.
// Started under a tracer, twice with different counts: the difference is what the saves alone did.
import { Measurement } from './measure.js'
import { OPEN_SUBJECT } from './subjects/open-subject.js'

const [directory = '', lanes = '1', count = '0'] = process.argv.slice(2)
const subject = await OPEN_SUBJECT['storage-native'](directory, 'save-one')
const measurement = new Measurement(subject, 'save-one')
await measurement.prepare()
await measurement.save(Number(count), Number(lanes))
process.exit(0)

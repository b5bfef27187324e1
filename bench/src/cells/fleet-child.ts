// One of several processes that save into the same directory: `node fleet-child.js SUBJECT DIRECTORY NUMBER`.
import { Lanes } from '../measures/lanes.js'
import { saveFor } from '../measures/timed-saves.js'
import { nameAt, PROMPTS } from '../plan/document.js'
import type { SubjectName } from '../plan/subjects.js'
import { OPEN_SUBJECT } from '../subjects/open-subject.js'

/** Between the first documents of two processes: more than any of them saves. A multiple of the number of prompts. */
const DISTANCE = PROMPTS * 1_000_000

const [name, directory, number] = process.argv.slice(2) as [SubjectName, string, string]
const subject = await OPEN_SUBJECT[name](directory, { cache: true, idleCheckpoints: false })
const lanes = new Lanes(subject, nameAt, Number(number) * DISTANCE)
await lanes.save(PROMPTS, PROMPTS)

process.on('message', ({ forMs, lanes: width }: { forMs: number; lanes: number }) => {
  void saveFor(lanes, forMs, width).then((sample) => process.send?.(sample))
})
process.on('disconnect', () => void subject.close())
process.send?.({ ready: true })

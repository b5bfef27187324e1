// One scenario of one subject in a process of its own: `node child.js <scenario> <subject> <directory>`, then as told.
import { Measurement } from './measure.js'
import type { Answer, Request, Scenario, SubjectName } from './plan.js'
import { OPEN_SUBJECT } from './subjects/open-subject.js'
import type { Subject } from './subjects/subject.js'

const [scenario, name, directory] = process.argv.slice(2) as [Scenario, SubjectName, string]

const subject = await open()
if (subject === undefined) process.disconnect()
else {
  const measurement = new Measurement(subject, scenario)
  await measurement.prepare()
  let turn = Promise.resolve()
  process.on('message', (request: Request) => {
    turn = turn.then(async () => await serve(request, measurement, subject))
  })
  answer({ kind: 'ready', settings: subject.settings })
}

async function open(): Promise<Subject | undefined> {
  try {
    return await OPEN_SUBJECT[name](directory, scenario)
  } catch (error) {
    answer({ kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) })
    return undefined
  }
}

async function serve(request: Request, measurement: Measurement, open: Subject): Promise<void> {
  if (request.kind === 'run') {
    answer({ kind: 'sample', sample: await measurement.run(request.forMs) })
    return
  }
  const begin = performance.now()
  await open.close()
  answer({ kind: 'closed', closeMs: performance.now() - begin })
  process.disconnect()
}

function answer(message: Answer): void {
  process.send?.(message)
}

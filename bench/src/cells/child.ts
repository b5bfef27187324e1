// One scenario of one subject in a process of its own: `node child.js SCENARIO SUBJECT DIRECTORY PHASE`, then as told.
import type { Measure } from '../measures/measure.js'
import { openMeasure, type Phase } from '../measures/open-measure.js'
import type { ScenarioName } from '../plan/scenarios.js'
import type { SubjectName } from '../plan/subjects.js'
import type { Answer, Request } from './protocol.js'

const BYTES_PER_KIB = 1024

const [scenario, subject, directory, phase] = process.argv.slice(2) as [
  ScenarioName,
  SubjectName,
  string,
  Phase,
]

// The process that waits for the answers has ended, or has disconnected.
process.on('disconnect', () => process.exit())

const measure = await open()
if (measure === undefined) process.disconnect()
else {
  let turn = Promise.resolve()
  process.on('message', (request: Request) => {
    turn = turn.then(async () => await serve(request, measure))
  })
  answer({ kind: 'ready', settings: measure.settings })
}

async function open(): Promise<Measure | undefined> {
  try {
    return await openMeasure(scenario, subject, directory, phase)
  } catch (error) {
    answer({ kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) })
    return undefined
  }
}

async function serve(request: Request, opened: Measure): Promise<void> {
  switch (request.kind) {
    case 'prepare':
      await opened.prepare()
      answer({ kind: 'prepared' })
      return
    case 'run':
      answer({ kind: 'sample', sample: await opened.run(request.forMs) })
      return
    case 'close': {
      const begin = performance.now()
      await opened.close()
      const closeMs = performance.now() - begin
      const peakRssBytes = process.resourceUsage().maxRSS * BYTES_PER_KIB
      answer({ kind: 'closed', closeMs, peakRssBytes })
      process.disconnect()
    }
  }
}

function answer(message: Answer): void {
  process.send?.(message)
}

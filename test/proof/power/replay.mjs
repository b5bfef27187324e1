// Looks once more at a crash state that was kept.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseLog } from './device-log.mjs'
import { PowerRun } from './run.mjs'

export async function replay({ replay: directory }) {
  const { plan, marks, state } = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'))
  const events = parseLog(readFileSync(join(directory, 'record.log')))
  const run = new PowerRun()
  const recording = { base: join(directory, 'base.img'), events, marks }
  let found
  try {
    await run.states(plan, recording, { states: [state], onState: (outcome) => (found = outcome) })
  } finally {
    await run.end()
  }
  if (found.fsLost !== undefined) console.log(`The file system is lost: ${found.fsLost}`)
  for (const { kind, text } of found.problems) console.log(`${kind}: ${text}`)
  console.log(`${found.problems.length} violations`)
  return found.problems.length === 0 ? 0 : 1
}

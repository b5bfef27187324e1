// Starts writer processes on one store and kills one of them while saves are under way.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** The victim has to be well on its way, the others go on for a while after its end. */
const ACKS_BEFORE_KILL = 200
const SURVIVE_MS = 1_000
const DEADLINE_MS = 30_000

export async function killOneWriter(storageDir, count) {
  const writers = Array.from({ length: count }, (_, index) =>
    startWriter(storageDir, `writer-${index}`),
  )
  const [victim, ...survivors] = writers
  await untilMidSave(victim)
  victim.child.kill('SIGKILL')
  await victim.ended
  await sleep(SURVIVE_MS)
  for (const { child } of survivors) child.stdin.end()
  await Promise.all(survivors.map(({ ended }) => ended))
  for (const { child, promptId } of survivors) {
    if (child.exitCode !== 0)
      throw new Error(`${promptId} ended with ${child.exitCode ?? child.signalCode}`)
  }
  if (victim.child.signalCode !== 'SIGKILL')
    throw new Error('The victim ended before it was killed')
  return { writers, victim: { ...victim, pid: victim.child.pid }, underWay: [...victim.underWay] }
}

function startWriter(storageDir, promptId) {
  const script = fileURLToPath(new URL('demo-writer.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, storageDir, promptId, '0'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.on('error', () => undefined)
  const writer = { promptId, child, acks: [], underWay: new Set() }
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const [word, version] = line.split(' ')
    if (word === 'begin') writer.underWay.add(version)
    if (word !== 'ack') return
    writer.underWay.delete(version)
    writer.acks.push(version)
  })
  // All lines are in once the output has closed: those that a killed process still wrote stay in the pipe.
  writer.ended = Promise.all([once(child, 'close'), once(lines, 'close')])
  return writer
}

async function untilMidSave(writer) {
  const deadline = performance.now() + DEADLINE_MS
  while (writer.acks.length < ACKS_BEFORE_KILL || writer.underWay.size === 0) {
    if (performance.now() > deadline)
      throw new Error(`Only ${writer.acks.length} saves in ${DEADLINE_MS} ms`)
    if (writer.child.exitCode !== null)
      throw new Error(`${writer.promptId} ended with ${writer.child.exitCode}`)
    await sleep(1)
  }
}

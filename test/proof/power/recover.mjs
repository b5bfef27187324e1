// A process that opens and closes one store after the other: the recovery of each crash state. It lives long, because
// starting a process takes longer than a recovery.
//
// A line {subject, directory, probe} is answered with {names, entries, findings, redone}, or
// with {error}.
import { mkdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { Random } from '../crash/random.mjs'
import { tell } from '../crash/wire.mjs'
import { subscribe } from './subjects/library.mjs'
import { subjectOf } from './subjects/subjects.mjs'

const COLLECTIONS_MAX = 50

let redone = 0
subscribe('recovery', ({ frames }) => (redone += frames))

for await (const line of createInterface({ input: process.stdin })) {
  const found = await answer(line)
  await letGo(JSON.parse(line).directory)
  tell(found)
}
process.exit(0)

async function answer(line) {
  const { subject, directory, probe, seed } = JSON.parse(line)
  redone = 0
  try {
    mkdirSync(directory, { recursive: true })
    const store = await subjectOf(subject).open(directory, new Random(seed))
    try {
      const findings = [...((await store.check?.()) ?? []), ...(probe ? await store.probe() : [])]
      return { names: await store.names(), entries: await store.entries?.(), findings, redone }
    } finally {
      await store.close()
    }
  } catch (error) {
    return { error: inspect(error, { depth: 6 }), errno: errnoOf(error) }
  }
}

/** The page that the processes of a store share stays mapped, and keeps the mount busy, until it is collected. */
async function letGo(directory) {
  for (let tries = 0; tries < COLLECTIONS_MAX; tries++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
    if (!readFileSync('/proc/self/maps', 'latin1').includes(directory)) return
  }
}

/** The system's own code, however deep it is. */
function errnoOf(error) {
  for (let at = error; at instanceof Error; at = at.cause)
    if (/^E[A-Z]+$/.test(at.code ?? '')) return at.code
  return undefined
}

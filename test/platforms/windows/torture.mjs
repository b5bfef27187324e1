// Ends processes that write to one store by TerminateProcess, again and again. Whatever they noted as acknowledged is
// there afterwards, whole, and `verify` finds nothing. Runs in Node for Windows.
//
//   node torture.mjs DIRECTORY ROUNDS SEED
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Random } from '../../proof/crash/random.mjs'
import { FileSystemStorage } from '../../../dist/index.js'
import { contentOf } from './contents.mjs'

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url))
const WRITERS = 2
/** What a killed writer may leave. */
const HARMLESS = ['leftover']

const [directory, rounds, seed] = process.argv.slice(2)
const random = new Random(seed)
const store = join(directory, 'store')
let acknowledged = 0
for (let round = 0; round < Number(rounds); round++) {
  const notes = Array.from({ length: WRITERS }, (_, each) =>
    join(directory, `${round}-${each}.txt`),
  )
  const writers = notes.map((path, each) =>
    spawn(process.execPath, [WRITER, store, path, `r${round}w${each}`], { stdio: 'ignore' }),
  )
  for (const [each, path] of notes.entries()) await hasNoted(path, writers[each])
  await sleep(random.integer(0, 800))
  // One after the other: the one that is left goes on, or has to redo what the other has begun.
  for (const writer of writers) {
    const ended = once(writer, 'exit')
    writer.kill('SIGKILL')
    await ended
    await sleep(random.integer(0, 200))
  }
  acknowledged += await check(notes)
}
console.log(
  `${rounds} rounds, ${WRITERS} writers each, all ended: ${acknowledged} acknowledged, all there`,
)

async function hasNoted(path, writer) {
  while (!existsSync(path) || statSync(path).size === 0) {
    if (writer.exitCode !== null) throw new Error(`A writer ended by itself: ${writer.exitCode}`)
    await sleep(20)
  }
}

async function check(notes) {
  const storage = await FileSystemStorage.open({ storageDir: store, disk: 'native' })
  let count = 0
  for (const path of notes) {
    // The last line may be cut off.
    for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
      const [id, version] = line.split(' ')
      const found = await storage.getVersion(id, version)
      const { metadata } = contentOf(id, version)
      if (!isDeepStrictEqual(found?.metadata, metadata)) throw new Error(`Lost: ${line}`)
      count++
    }
  }
  const { findings } = await storage.verify()
  const damage = findings.filter(({ kind }) => !HARMLESS.includes(kind))
  if (damage.length > 0) throw new Error(JSON.stringify(damage))
  await storage.close()
  return count
}

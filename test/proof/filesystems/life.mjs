// The life of a store in one directory: opened, filled, contended, killed, recovered, read without the library. Prints
// one JSON document of what was found; a life that went wrong is listed in `problems`.
//
//   node life.mjs DIRECTORY '{"disk":"native"}'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { FileSystemStorage, StorageError, VersionConflictError } from 'holdfast'
import { digestOf, documentOf, keyOf } from '../crash/documents.mjs'
import { historyProblems, leftovers, readTree } from '../crash/files.mjs'

const ACKNOWLEDGED_BEFORE_KILL = 25
const SAVES_OF_EACH = 20

const [storageDir, text] = process.argv.slice(2)
const options = { storageDir, minFreeMb: 0, ...JSON.parse(text ?? '{}') }
const answer = await live().catch((error) => {
  if (!(error instanceof StorageError)) throw error
  const { code, message, context } = error
  return { refused: { code, message, context } }
})
process.stdout.write(`${JSON.stringify(answer)}\n`)

async function live() {
  mkdirSync(storageDir, { recursive: true, mode: 0o700 })
  const first = await FileSystemStorage.open(options)
  const { file_system: capabilities, id_encoding: encoding, disk } = await first.doctor()
  const problems = []
  const expected = await firstDays(first, problems)
  await first.close()
  await killed(expected)
  if (capabilities.multiProcess) await together(expected)
  await judge(expected, problems)
  return { disk, encoding, capabilities, versions: expected.size, problems }
}

/** Saves, twins in another case, a conflict, deletes. Returns what must be there: digest by key. */
async function firstDays(storage, problems) {
  const expected = new Map()
  for (const promptId of ['greeting', 'Greeting', 'GREETING', '提示/:']) {
    for (const version of ['1.0.0', '1.0.1', '1.1.0']) {
      const document = documentOf({ promptId, version, salt: 'first', textBytes: 3000 })
      await storage.saveVersion(document)
      expected.set(keyOf(promptId, version), digestOf(document))
    }
  }
  const twin = documentOf({ promptId: 'greeting', version: '1.0.0', salt: 'twin', textBytes: 10 })
  const outcome = await storage.saveVersion(twin).then(
    () => 'saved',
    (error) => (error instanceof VersionConflictError ? 'conflict' : error.message),
  )
  if (outcome !== 'conflict') problems.push(`saving a version twice: ${outcome}`)
  if (!(await storage.deleteVersion('greeting', '1.0.1'))) problems.push('nothing was deleted')
  expected.delete(keyOf('greeting', '1.0.1'))
  // More than is copied into the journal.
  const large = documentOf({ promptId: 'large', version: '1.0.0', salt: 'l', textBytes: 1 })
  large.metadata.filler = 'x'.repeat(600_000)
  await storage.saveVersion(large)
  expected.set(keyOf('large', '1.0.0'), digestOf(large))
  return expected
}

/** A process that is killed while it saves: what it was told is kept. */
async function killed(expected) {
  const writer = start('killed', 1_000_000)
  let acknowledged = 0
  writer.onSaved = (key, digest) => {
    expected.set(key, digest)
    if (++acknowledged === ACKNOWLEDGED_BEFORE_KILL) writer.child.kill('SIGKILL')
  }
  await writer.ended
}

/** Two processes at once, each with prompts of its own. */
async function together(expected) {
  const writers = ['left', 'right'].map((name) => start(name, SAVES_OF_EACH))
  for (const writer of writers) writer.onSaved = (key, digest) => expected.set(key, digest)
  await Promise.all(writers.map(({ ended }) => ended))
}

function start(name, count) {
  const script = fileURLToPath(new URL('saver.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, name, String(count), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const writer = { child, onSaved: () => undefined }
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const { key, digest } = JSON.parse(line)
    writer.onSaved(key, digest)
  })
  writer.ended = Promise.all([once(child, 'close'), once(lines, 'close')])
  return writer
}

/** The library's view and the plain files have to be what was acknowledged; of the killed save, one more may be there. */
async function judge(expected, problems) {
  const storage = await FileSystemStorage.open(options)
  const { findings } = await storage.verify()
  problems.push(...findings.map((finding) => `verify: ${JSON.stringify(finding)}`))
  for (const [promptId, versions] of Object.entries(await storage.indexSnapshot())) {
    for (const version of versions) {
      const key = keyOf(promptId, version)
      const digest = digestOf(await storage.getVersion(promptId, version))
      if (expected.has(key) ? expected.get(key) !== digest : promptId !== 'killed')
        problems.push(`${promptId} ${version} is not what was saved`)
    }
  }
  await storage.close()
  const tree = readTree(storageDir)
  problems.push(
    ...tree.problems,
    ...historyProblems(tree),
    ...leftovers(storageDir).map((path) => `${path} was left`),
  )
  for (const [key, digest] of expected) {
    if (tree.live[key] !== digest) problems.push(`${key.replace('\0', ' ')} is lost`)
  }
  const extra = Object.keys(tree.live).length - expected.size
  if (extra > 1) problems.push(`${extra} versions are there that were never acknowledged`)
}

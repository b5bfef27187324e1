// `node bench/calls.mjs [DIRECTORY OF THE PACKAGE]`: what one operation costs in calls, as V8 counts them: functions of
// dist/ that were called, those that are different ones, their files, and calls of the addon that go to a thread.
import { mkdtempSync, rmSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = resolve(process.argv[2] ?? join(import.meta.dirname, '..'))
const ROUNDS = 100
const load = async (path) => await import(pathToFileURL(join(ROOT, 'dist', path)).href)
const { FileSystemStorage, DurableDirectory } = await load('index.js')
const { FileStorage } = await load('files/index.js')

const places = []
const place = () => {
  places.push(mkdtempSync(join(tmpdir(), 'holdfast-calls-')))
  return places.at(-1)
}
const session = new Session()
session.connect()
await session.post('Profiler.enable')

const document = (version) => ({
  version,
  prompt_id: 'p',
  created_at: '2025-01-17T10:30:00.000Z',
  prompt: { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text: 'x'.repeat(900) },
})
const options = { disk: 'native', checkpointIdleMs: 3_600_000 }
const versions = await FileSystemStorage.open({ storageDir: places[0] ?? place(), ...options })
const uncached = await FileSystemStorage.open({
  storageDir: places[0],
  ...options,
  useCache: false,
})
const directory = await DurableDirectory.open(place(), options)
const files = await FileStorage.open({ storageDir: place(), useCache: false })

const rows = []
let number = 0
await measure('DurableDirectory.commit', () =>
  directory.commit([{ kind: 'create', path: `d/${number++}`, bytes: Buffer.from('x') }]),
)
await measure('saveVersion', () => versions.saveVersion(document(`1.0.${number++}`)))
await measure('getVersion, cached', () => versions.getVersion('p', `1.0.${number - 1}`))
await measure('getVersion, page cache', () => uncached.getVersion('p', `1.0.${number - 1}`))
await measure('FileStorage.store, new key', () => files.store(`k${number++}`, 'x'.repeat(900)))
await measure('FileStorage.retrieve', () => files.retrieve(`k${number - 1}`))
console.log('| call | JS calls | functions | files | disk hops |\n| --- | --- | --- | --- | --- |')
for (const row of rows) console.log(`| ${row.join(' | ')} |`)
for (const each of [versions, uncached, directory, files]) await each.close()
for (const each of places) rmSync(each, { recursive: true, force: true })

async function measure(name, call) {
  for (let round = 0; round < ROUNDS; round++) await call()
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  for (let round = 0; round < ROUNDS; round++) await call()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  const dist = pathToFileURL(join(ROOT, 'dist')).href
  const called = result
    .filter(({ url }) => url.startsWith(dist))
    .flatMap(({ url, functions }) =>
      functions.map(({ functionName, ranges: [range] }) => ({
        url,
        functionName,
        count: range.count,
      })),
    )
    // Once a round or more: what background work calls now and then is not of the operation.
    .filter(({ count, functionName }) => count >= ROUNDS / 2 && functionName !== '')
  const sum = (list) => list.reduce((total, { count }) => total + count, 0)
  const hops = sum(called.filter(({ functionName }) => functionName === 'runUnchecked'))
  const perRound = (count) => (count / ROUNDS).toFixed(count % ROUNDS === 0 ? 0 : 1)
  rows.push([
    name,
    perRound(sum(called)),
    called.length,
    new Set(called.map(({ url }) => url)).size,
    perRound(hops),
  ])
}

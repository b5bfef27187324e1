// Feeds the decoders with random and mutated bytes. They may refuse them, in their own way; they must not fail otherwise,
// hang, allocate without bounds, or accept what says another thing when it is written again.
//
//   npm run fuzz -- --minutes 30
//   npm run fuzz -- --target frame --seed 123
//
// An input that breaks a decoder is kept in test/proof/corpus, where each test run tries it again.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const MINUTES_DEFAULT = 1
/** A call that takes longer hangs; --hang says another number. */
const HANG_MS = 20_000
const WATCH_MS = 200
const HEAP_MB_MAX = 512
const INPUT_BYTES_MAX = 256 * 1024
const CORPUS = fileURLToPath(new URL('../corpus/', import.meta.url))

if (!existsSync(new URL('../../../dist/index.js', import.meta.url)))
  throw new Error('There is no dist/: run npm run build')
const { TARGETS } = await import('./targets.mjs')
const { minutes, seed, titles, hangMs } = readSettings()
console.log(`fuzz: seed ${seed}`)
const total = { tried: 0, accepted: 0, failures: 0 }
for (const title of titles) await fuzz(title, (minutes * 60_000) / titles.length)
const outcome = total.failures === 0 ? 'passed' : 'failed'
console.log(
  `${outcome}: ${total.tried} inputs, ${total.accepted} accepted, ${total.failures} failures`,
)
process.exitCode = total.failures === 0 ? 0 : 1

function readSettings() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: String(MINUTES_DEFAULT) },
      target: { type: 'string' },
      hang: { type: 'string', default: String(HANG_MS) },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  const known = Object.keys(TARGETS)
  if (values.target !== undefined && !known.includes(values.target))
    throw new RangeError(`--target must be one of ${known.join(', ')}, got '${values.target}'`)
  const number = Number(values.minutes)
  if (!(number > 0))
    throw new RangeError(`--minutes must be a number above 0, got '${values.minutes}'`)
  return {
    minutes: number,
    seed: values.seed,
    hangMs: Number(values.hang),
    titles: values.target === undefined ? known : [values.target],
  }
}

async function fuzz(title, milliseconds) {
  const counters = new Int32Array(new SharedArrayBuffer(12))
  const input = new Uint8Array(new SharedArrayBuffer(INPUT_BYTES_MAX))
  const why = await run({ title, seed, milliseconds, counters, input })
  const [tried, accepted, length] = counters
  total.tried += tried
  total.accepted += accepted
  console.log(`${title.padEnd(14)} ${String(tried).padStart(10)} inputs, ${accepted} accepted`)
  if (why === undefined) return
  total.failures++
  console.log(`  ${why}\n  kept as ${keep(title, Buffer.from(input.subarray(0, length)))}`)
  console.log(`  Replay: npm run fuzz -- --target ${title} --seed ${seed}`)
}

/** @returns {Promise<string | undefined>} what went wrong, if anything did */
async function run(workerData) {
  const worker = new Worker(new URL('loop.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  })
  /** @type {string | undefined} */
  let why
  worker.on('message', (message) => (why ??= message.why))
  worker.on('error', (error) => (why ??= `the thread died: ${error.stack ?? error}`))
  const watch = watchForHang(worker, workerData.counters, (found) => (why ??= found))
  await new Promise((resolve) => worker.on('exit', resolve))
  clearInterval(watch)
  return why
}

function watchForHang(worker, counters, report) {
  let last = { tried: -1, at: performance.now() }
  return setInterval(() => {
    const tried = Atomics.load(counters, 0)
    if (tried !== last.tried) last = { tried, at: performance.now() }
    else if (performance.now() - last.at > hangMs) {
      report(`no answer within ${hangMs} ms`)
      void worker.terminate()
    }
  }, WATCH_MS)
}

function keep(title, bytes) {
  const directory = `${CORPUS}${title}`
  mkdirSync(directory, { recursive: true })
  const file = `${directory}/${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.bin`
  writeFileSync(file, bytes)
  return file
}

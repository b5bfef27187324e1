// A cached read over `holdfast/client` beside one of the local store: node bench/client.mjs (after npm run build).
// Aim: at most 1.2 times as long. Both are measured in turns in one process, by the median of the turns.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { FileSystemStorage, PromptRegistry } from '../dist/index.js'
import { RemoteStorage } from '../dist/bundled/client.js'

const TURNS = 21
const READS = Number(process.env.BENCH_READS ?? 20_000)
const PROMPTS = 50

const directory = await mkdtemp(join(tmpdir(), 'holdfast-bench-'))
const command = fileURLToPath(new URL('../dist/bundled/holdfast.js', import.meta.url))
const server = spawn(
  process.execPath,
  [command, 'serve', '--store', `file:${join(directory, 'served')}`, '--port', '0'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const [line] = await once(server.stdout, 'data')
const [url = ''] = /http:\/\/\S+/.exec(String(line)) ?? []
const local = await FileSystemStorage.open({ storageDir: join(directory, 'local') })
const remote = await RemoteStorage.open({ url, maxStaleMs: 5000 })

/** @type {Record<string, number[][]>} */
const figures = { version: [[], []], label: [[], []] }
try {
  const registries = [local, remote].map((storage) => new PromptRegistry({ storage }))
  for (const registry of registries)
    for (let at = 0; at < PROMPTS; at++)
      await registry.publish(`p${at}`, { text: `Hello ${at}` }, { labels: ['production'] })
  for (let turn = 0; turn <= TURNS; turn++)
    for (const [which, storage] of [local, remote].entries()) {
      const version = await timed(async (at) => await storage.getVersion(`p${at}`, '1.0.0'))
      const label = await timed(async (at) => await registries[which]?.get(`p${at}`, '@production'))
      // The first turn fills the caches.
      if (turn === 0) continue
      figures.version?.[which]?.push(version)
      figures.label?.[which]?.push(label)
    }
} finally {
  await remote.close()
  await local.close()
  server.kill('SIGTERM')
  await once(server, 'exit')
  await rm(directory, { recursive: true, force: true })
}
for (const [what, [ofLocal = [], ofRemote = []]] of Object.entries(figures)) {
  const [one, other] = [median(ofLocal), median(ofRemote)]
  console.log(
    `${what}: local ${one.toFixed(2)} µs, client ${other.toFixed(2)} µs, ratio ${(other / one).toFixed(2)}`,
  )
}

/** @param {(at: number) => Promise<unknown>} read */
async function timed(read) {
  const start = performance.now()
  for (let at = 0; at < READS; at++) await read(at % PROMPTS)
  return ((performance.now() - start) * 1000) / READS
}

/** @param {readonly number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

// Opens and closes, again and again, and counts what the process has: descriptors, threads, mappings, memory.
//
//   npm run sanitize -- cycles --count 10000     this many of each kind
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadBinding } from '../../../dist/disk/native/load-binding.js'
import { nativeDisk } from '../../../dist/disk/native/native-disk.js'
import { DurableDirectory, FileSystemStorage } from '../../../dist/index.js'
import { build } from './package.mjs'

const MIB = 1024 * 1024
/** Beyond this between the first half and the second, memory is not merely untidy. */
const RESIDENT_GROWTH_MAX = 48 * MIB
/** V8 maps and unmaps its own; those of Holdfast would be one or more in each cycle. */
const MAPPINGS_GROWTH_MAX = 100
/** The pool's threads end when they have had nothing to do for ten seconds. */
const POOL_IDLE_MS = 11_500
const VOLUME_OPTIONS = { ioTimeoutMs: 30_000, fileMode: 0o600, directoryMode: 0o700, create: true }

const { values } = parseArgs({ options: { count: { type: 'string', default: '300' } } })
const count = Number(values.count)
if (typeof globalThis.gc !== 'function') throw new Error('needs node --expose-gc')
build()
const binding = loadBinding()
const disk = nativeDisk(binding)

const KINDS = {
  volume: async (directory) => {
    const volume = await disk.openVolume(directory, VOLUME_OPTIONS)
    await volume.lock('.held', 'shared', { timeoutMs: 0 })
    await volume.close()
  },
  committer: async (directory) => {
    const volume = await disk.openVolume(directory, VOLUME_OPTIONS)
    const files = { lockPath: '.lock', pagePath: '.shared' }
    const committer = await volume.openCommitter(files)
    await committer.lock({ timeoutMs: 0 })
    // One is closed, the other goes with its volume.
    await (await volume.openCommitter(files)).close()
    await volume.close()
  },
  DurableDirectory: async (directory, round) => {
    const store = await DurableDirectory.open(directory, { disk, segmentBytes: 65_536 })
    await store.commit([{ kind: 'replace', path: `a/${round % 10}`, bytes: Buffer.from('x') }])
    await store.close()
  },
  FileSystemStorage: async (directory) => {
    const storage = await FileSystemStorage.open({ storageDir: directory, disk: 'native' })
    await storage.listPromptIds()
    await storage.close()
  },
}

const threadsAtFirst = readdirSync('/proc/self/task').length
const parent = mkdtempSync(join(tmpdir(), 'holdfast-cycles-'))
const wrong = []
try {
  for (const [name, cycle] of Object.entries(KINDS)) await repeat(name, cycle)
  await sleep(POOL_IDLE_MS)
  const threads = readdirSync('/proc/self/task').length
  console.log(`threads: ${threadsAtFirst} at first, ${threads} at the end`)
  // node:fs and the like have threads of their own, four at most.
  if (threads > threadsAtFirst + 4) wrong.push(`${threads - threadsAtFirst} threads are left`)
} finally {
  rmSync(parent, { recursive: true, force: true })
}
for (const each of wrong) console.error(`cycles: ${each}`)
console.log(`${wrong.length === 0 ? 'passed' : 'FAILED'}: ${count} cycles of each kind`)
process.exitCode = wrong.length === 0 ? 0 : 1

async function repeat(name, cycle) {
  const directory = join(parent, name)
  const begun = performance.now()
  // What is made once (pools, caches, compiled code) is not what we look for.
  for (let round = 0; round < Math.min(50, count); round++) await cycle(directory, round)
  const before = await measure()
  for (let round = 0; round < count / 2; round++) await cycle(directory, round)
  const middle = await measure()
  for (let round = 0; round < count / 2; round++) await cycle(directory, round)
  const after = await measure()
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(
    `${name}: ${count} in ${seconds} s; descriptors ${before.descriptors} -> ${after.descriptors},\n` +
      `  mappings ${before.mappings} -> ${after.mappings}, of the store ${after.own}, ` +
      `resident ${mib(before)} -> ${mib(middle)} -> ${mib(after)} MiB`,
  )
  const expect = (right, what) => {
    if (!right) wrong.push(`${name}: ${what}`)
  }
  expect(after.descriptors <= before.descriptors, 'a descriptor is left in some cycles')
  expect(after.own === 0, `${after.own} mappings of the store are left`)
  expect(after.mappings <= before.mappings + MAPPINGS_GROWTH_MAX, 'mappings grow')
  expect(after.resident <= middle.resident + RESIDENT_GROWTH_MAX, 'memory grows')
}

async function measure() {
  // Finalizers run in later turns of the loop than the collector that calls for them.
  for (let round = 0; round < 5; round++) {
    globalThis.gc()
    await sleep(20)
  }
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n')
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: maps.length,
    own: maps.filter((line) => line.includes(parent)).length,
    resident: process.memoryUsage.rss(),
  }
}

function mib({ resident }) {
  return Math.round(resident / MIB)
}

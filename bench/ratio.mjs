// `node bench/ratio.mjs`: the native disk beside the portable one, in alternating rounds, with whatever Node runs it.
// Depends on the built library alone, so that it runs under an emulator, too. Prints one line of JSON.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileSystemStorage } from '../dist/index.js'

const ROUNDS = 5
const SAVES_AT_ONCE = 64
const DISKS = ['native', 'portable']

const measures = {
  /** One save after the other. */
  async save({ storage, version, seconds }) {
    let n = 0
    for (const end = performance.now() + seconds * 1000; performance.now() < end; n++)
      await storage.saveVersion(version(n))
    return n
  },
  /** 64 callers at a time. */
  async 'saves, 64 callers'({ storage, version, seconds }) {
    let n = 0
    const end = performance.now() + seconds * 1000
    const caller = async () => {
      while (performance.now() < end) await storage.saveVersion(version(n++))
    }
    await Promise.all(Array.from({ length: SAVES_AT_ONCE }, caller))
    return n
  },
  /** Of documents that are in no cache of the process. */
  async get({ storage, ids, seconds }) {
    let n = 0
    for (const end = performance.now() + seconds * 1000; performance.now() < end; n++)
      await storage.getVersion(ids[n % ids.length], '1.0.0')
    return n
  },
}

const seconds = Number(process.argv[2] ?? 1)
const rates = {}
for (const [name, measure] of Object.entries(measures)) {
  const samples = { native: [], portable: [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const disk of DISKS) samples[disk].push(await rate(disk, measure))
  const [native, portable] = DISKS.map((disk) => median(samples[disk]))
  rates[name] = { native, portable, ratio: Number((native / portable).toFixed(1)) }
}
const line = { platform: process.platform, arch: process.arch, node: process.version, ...rates }
const text = `${JSON.stringify(line)}\n`
// Where standard output cannot be read (Wine's pipes), a file is named.
if (process.argv[3] === undefined) process.stdout.write(text)
else writeFileSync(process.argv[3], text)

/** Operations a second in a new store. */
async function rate(disk, measure) {
  const storageDir = mkdtempSync(join(tmpdir(), 'holdfast-ratio-'))
  const storage = await FileSystemStorage.open({ storageDir, disk, cacheSize: 1 })
  try {
    const ids = Array.from({ length: 50 }, (_, n) => `read-${n}`)
    const version = (n) => documentOf(`prompt-${n % 64}`, `1.0.${Math.floor(n / 64)}`)
    for (const id of ids) await storage.saveVersion(documentOf(id, '1.0.0'))
    const begin = performance.now()
    const count = await measure({ storage, version, ids, seconds })
    return Math.round(count / ((performance.now() - begin) / 1000))
  } finally {
    await storage.close()
    rmSync(storageDir, { recursive: true, force: true })
  }
}

/** One of 1 KiB. */
function documentOf(id, version) {
  const place = { id, workflow_id: 'ratio', node_id: '1', node_type: 'llm', role: 'system' }
  return {
    version,
    prompt_id: id,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: { ...place, text: 'x'.repeat(600), variables: [], context: {} },
    analysis: null,
    optimization_result: null,
  }
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

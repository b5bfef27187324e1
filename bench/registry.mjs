// `node bench/registry.mjs [FILE]`: summaries and retention over 100,000 versions, and how long the event loop waits
// meanwhile. Depends on the built library alone. Prints one line of JSON, or writes it to FILE.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSystemStorage, PromptRegistry } from '../dist/index.js'

const PROMPTS = Number(process.env.PROMPTS ?? 1000)
const VERSIONS = Number(process.env.VERSIONS ?? 100)
const HOT_CALLS = 200
/** Versions that are saved between two backups. */
const ADDED = 100
const POLICY = { keepLast: 10, monthly: 12, best: 3 }
const NANOSECONDS = 1e6

const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'holdfast-registry-'))
const storageDir = join(directory, 'store')
const measured = { prompts: PROMPTS, versions: PROMPTS * VERSIONS }
try {
  await fill()
  // The first process reads the documents, the second what the first has kept.
  for (const process of ['first', 'second']) await measure(process)
  await measureBackups()
  await measureResharding()
} finally {
  rmSync(directory, { recursive: true })
}
const { platform, arch, version: node } = process
const text = `${JSON.stringify({ platform, arch, node, ...measured })}\n`
if (process.argv[2] === undefined) process.stdout.write(text)
else writeFileSync(process.argv[2], text)

async function fill() {
  const storage = await FileSystemStorage.open({ storageDir })
  for (let prompt = 0; prompt < PROMPTS; prompt++)
    await storage.saveVersions(Array.from({ length: VERSIONS }, (_, at) => version(prompt, at)))
  await storage.close()
}

function version(prompt, at) {
  const id = `prompt-${prompt}`
  return {
    prompt_id: id,
    version: `1.${at}.0`,
    created_at: new Date(Date.UTC(2024, 0, 1) + at * 5 * 86_400_000 + prompt).toISOString(),
    metadata: { author: `author-${at % 7}`, message: `Change ${at} of prompt ${prompt}` },
    prompt: { text: `Answer {{question}} briefly. ${'x'.repeat(600)} ${prompt} ${at}` },
  }
}

async function measure(name) {
  const storage = await FileSystemStorage.open({ storageDir })
  try {
    const registry = new PromptRegistry({ storage })
    const plan = async () => await registry.planRetention(null, POLICY)
    const first = await timed(plan)
    const again = await timed(plan)
    const calls = []
    for (let call = 0; call < HOT_CALLS; call++) {
      const id = `prompt-${(call * 7) % PROMPTS}`
      const { ms, result } = await timed(async () => await storage.listVersionSummaries(id))
      if (result.length !== VERSIONS) throw new Error(`expected ${VERSIONS}, got ${result.length}`)
      calls.push(ms)
    }
    measured[name] = {
      plan_ms: round(first.ms),
      plan_loop_p99_ms: round(first.loopP99Ms),
      plan_again_ms: round(again.ms),
      plan_again_loop_p99_ms: round(again.loopP99Ms),
      summaries_hot_p50_ms: round(quantile(calls, 0.5)),
      summaries_hot_p99_ms: round(quantile(calls, 0.99)),
    }
  } finally {
    await storage.close()
  }
}

async function measureBackups() {
  const storage = await FileSystemStorage.open({ storageDir })
  try {
    const backups = join(directory, 'backups')
    const full = await timed(async () => await storage.backup(backups))
    const added = Array.from({ length: ADDED }, (_, at) => version(at, VERSIONS))
    for (const one of added) await storage.saveVersion(one)
    const next = await timed(async () => await storage.backup(backups))
    if (next.result.added_files < ADDED) throw new Error('the backup lacks new versions')
    measured.backup = {
      full_ms: round(full.ms),
      full_loop_p99_ms: round(full.loopP99Ms),
      added_versions: ADDED,
      incremental_ms: round(next.ms),
      incremental_loop_p99_ms: round(next.loopP99Ms),
    }
  } finally {
    await storage.close()
  }
}

async function measureResharding() {
  const storage = await FileSystemStorage.open({ storageDir })
  try {
    const there = await timed(async () => await storage.reshard({ depth: 2 }))
    const back = await timed(async () => await storage.reshard({ enabled: false }))
    const perSecond = ({ ms, result }) => Math.round((result.moved_versions * 1000) / ms)
    measured.resharding = {
      there_versions_per_second: perSecond(there),
      there_loop_p99_ms: round(there.loopP99Ms),
      back_versions_per_second: perSecond(back),
      back_loop_p99_ms: round(back.loopP99Ms),
    }
  } finally {
    await storage.close()
  }
}

/** How long the work takes, and how late timers are meanwhile. */
async function timed(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const start = performance.now()
  const result = await work()
  const ms = performance.now() - start
  await sleep(2)
  delay.disable()
  return { ms, result, loopP99Ms: delay.percentile(99) / NANOSECONDS }
}

function quantile(values, share) {
  return values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))]
}

function round(ms) {
  return Number(ms.toFixed(3))
}

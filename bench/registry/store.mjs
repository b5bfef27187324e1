// Summaries, retention, backup and resharding over 100,000 versions, and how long the event loop waits meanwhile.
import { join } from 'node:path'
import { FileSystemStorage, PromptRegistry } from '../../dist/index.js'
import { fillStore, inDirectory, quantile, round, timed, versionOf } from './timing.mjs'

const PROMPTS = Number(process.env.PROMPTS ?? 1000)
const VERSIONS = Number(process.env.VERSIONS ?? 100)
const HOT_CALLS = 200
/** Versions that are saved between two backups. */
const ADDED = 100
const POLICY = { keepLast: 10, monthly: 12, best: 3 }

export async function measureStore() {
  return await inDirectory(async (directory) => {
    const storageDir = join(directory, 'store')
    await fillStore({ storageDir }, PROMPTS, VERSIONS)
    // The first process reads the documents, the second what the first has kept.
    const first = await withStore(storageDir, measureReads)
    const second = await withStore(storageDir, measureReads)
    const backup = await withStore(storageDir, async (storage) =>
      measureBackups(storage, join(directory, 'backups')),
    )
    const resharding = await withStore(storageDir, measureResharding)
    return { prompts: PROMPTS, versions: PROMPTS * VERSIONS, first, second, backup, resharding }
  })
}

async function withStore(storageDir, work) {
  const storage = await FileSystemStorage.open({ storageDir })
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

async function measureReads(storage) {
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
  return {
    plan_ms: round(first.ms),
    plan_loop_p99_ms: round(first.loopP99Ms),
    plan_again_ms: round(again.ms),
    plan_again_loop_p99_ms: round(again.loopP99Ms),
    summaries_hot_p50_ms: round(quantile(calls, 0.5)),
    summaries_hot_p99_ms: round(quantile(calls, 0.99)),
  }
}

async function measureBackups(storage, backups) {
  const full = await timed(async () => await storage.backup(backups))
  for (let prompt = 0; prompt < ADDED; prompt++)
    await storage.saveVersion(versionOf(prompt, VERSIONS))
  const next = await timed(async () => await storage.backup(backups))
  if (next.result.added_files < ADDED) throw new Error('the backup lacks new versions')
  return {
    full_ms: round(full.ms),
    full_cpu_ms: round(full.cpuMs),
    full_loop_p99_ms: round(full.loopP99Ms),
    added_versions: ADDED,
    incremental_ms: round(next.ms),
    incremental_cpu_ms: round(next.cpuMs),
    incremental_loop_p99_ms: round(next.loopP99Ms),
  }
}

async function measureResharding(storage) {
  const there = await timed(async () => await storage.reshard({ depth: 2 }))
  const back = await timed(async () => await storage.reshard({ enabled: false }))
  const perSecond = ({ ms, result }) => Math.round((result.moved_versions * 1000) / ms)
  return {
    there_versions_per_second: perSecond(there),
    there_loop_p99_ms: round(there.loopP99Ms),
    back_versions_per_second: perSecond(back),
    back_loop_p99_ms: round(back.loopP99Ms),
  }
}

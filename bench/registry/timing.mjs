// What the parts of the registry bench share.
import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSystemStorage } from '../../dist/index.js'

const NANOSECONDS = 1e6
const MICROSECONDS = 1000
const DAY_MS = 86_400_000
/** Of one transaction: a version in a hashed directory takes two files. */
const BATCH = 1000

/** Runs `work` in a new directory on the file system that is measured, and removes it. */
export async function inDirectory(work) {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'holdfast-registry-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** How long the work takes, its processor time, and how late timers are meanwhile. */
export async function timed(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = process.cpuUsage()
  delay.enable()
  const start = performance.now()
  const result = await work()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  await sleep(2)
  delay.disable()
  const cpuMs = (user + system) / MICROSECONDS
  return { ms, cpuMs, result, loopP99Ms: delay.percentile(99) / NANOSECONDS }
}

export function quantile(values, share) {
  return values.toSorted((left, right) => left - right)[Math.floor(share * (values.length - 1))]
}

export function round(ms) {
  return Number(ms.toFixed(3))
}

/** A version of some 1.1 KiB. */
export function versionOf(prompt, at) {
  return {
    prompt_id: `prompt-${prompt}`,
    version: `1.${at}.0`,
    created_at: new Date(Date.UTC(2024, 0, 1) + at * 5 * DAY_MS + prompt).toISOString(),
    metadata: { author: `author-${at % 7}`, message: `Change ${at} of prompt ${prompt}` },
    prompt: { text: `Answer {{question}} briefly. ${'x'.repeat(600)} ${prompt} ${at}` },
  }
}

/** Makes a store of `prompts` with `versions` each. */
export async function fillStore(options, prompts, versions) {
  const storage = await FileSystemStorage.open(options)
  const batch = []
  for (let prompt = 0; prompt < prompts; prompt++)
    for (let at = 0; at < versions; at++) {
      batch.push(versionOf(prompt, at))
      if (batch.length === BATCH) await storage.saveVersions(batch.splice(0))
    }
  if (batch.length > 0) await storage.saveVersions(batch)
  await storage.close()
}

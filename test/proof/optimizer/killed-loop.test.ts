import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FileSystemStorage } from '../../../src/index.js'
import { ledgerSchema, type LedgerDocument } from '../../../src/optimizer/ledger/ledger-entry.js'
import type { PerformanceMetrics } from '../../../src/optimizer/models/test-result.js'
import type { LoopResult } from '../../../src/optimizer/service/optimization-loop.js'
import { SEED } from '../../support/random.js'
import { simulatedDify, type SimulatedDify } from '../../support/simulated-dify.js'
import { tempDirectory } from '../../support/temp.js'

const PROCESS = join(import.meta.dirname, 'recorded-loop.mjs')
const FILE = join(import.meta.dirname, '../../../examples/dify/translation_workflow.yml')
/** `HOLDFAST_LOOP_KILLS=50` is the whole proof. */
const KILLS = Number(process.env['HOLDFAST_LOOP_KILLS'] ?? 8)
/** How many runs of a process may be under way. */
const CONCURRENCY = 2
/** A case of the baseline, one of the variant. */
const RUNS = 24
const KILL_WITHIN_MS = 200

interface Place {
  readonly bed: SimulatedDify
  readonly store: string
  readonly report: string
}

async function place(): Promise<Place> {
  const directory = await tempDirectory()
  const bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  // Runs take a moment, so that kills meet them under way.
  await bed.fault({ kind: 'slow', ms: 80, times: 100_000 })
  return { bed, store: join(directory, 'store'), report: join(directory, 'report.json') }
}

/** @returns whether it ended by itself */
async function run({ bed, store, report }: Place, killAfterMs?: number): Promise<boolean> {
  const given = JSON.stringify({ bed: bed.addresses, store, file: FILE, report })
  const child = spawn(process.execPath, [PROCESS, given], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  if (killAfterMs !== undefined)
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMs))
  const [code, signal] = await ended
  if (signal === null) expect(code).toBe(0)
  return signal === null
}

async function resultAt({ report }: Place): Promise<LoopResult> {
  const result = JSON.parse(await readFile(report, 'utf8')) as LoopResult
  // Dify says what a run cost only in the events of its nodes: that of a run that was looked up is not known.
  return {
    ...result,
    baseline: withoutCost(result.baseline) ?? result.baseline,
    variant: withoutCost(result.variant),
  }
}

const withoutCost = (metrics: PerformanceMetrics | null) =>
  metrics === null ? metrics : { ...metrics, total_cost: 0, avg_cost: 0 }

interface Recorded {
  /** The ids of the runs whose answers are recorded. */
  readonly answered: readonly string[]
  /** Runs that were sent, again included. */
  readonly intents: number
  readonly keys: number
}

async function recorded({ store }: Place): Promise<Recorded> {
  const storage = await FileSystemStorage.open<LedgerDocument>({
    storageDir: store,
    schema: ledgerSchema,
  })
  const documents = (
    await Promise.all(
      (await storage.listPromptIds()).map(async (id) => await storage.listVersions(id)),
    )
  ).flat()
  await storage.close()
  const entries = documents.map(({ entry }) => entry)
  const intents = entries.flatMap((entry) =>
    entry.type === 'intent' && entry.kind === 'dify-run' ? [entry.key] : [],
  )
  const keys = new Set(intents)
  const answered = entries.flatMap((entry) =>
    entry.type === 'answer' && keys.has(entry.key) ? [runIdOf(entry.answer)] : [],
  )
  return { answered, intents: intents.length, keys: keys.size }
}

const runIdOf = (answer: unknown): string => String(Reflect.get(answer as object, 'run_id'))

it(`a loop that is killed ${KILLS} times and resumed has the result of one that is not, and repeats only what was under way`, async () => {
  const whole = await place()
  expect(await run(whole)).toBe(true)
  const expected = await resultAt(whole)
  expect(expected).toMatchObject({ outcome: 'improved', improvement: 1, compared_cases: 12 })
  expect(await whole.bed.runs()).toHaveLength(RUNS)

  let state = SEED
  const random = (): number => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff
  let kills = 0
  while (kills < KILLS) {
    const before = kills
    const killed = await place()
    // One that comes to its end before all kills is followed by another.
    while (!(await run(killed, kills < KILLS ? random() * KILL_WITHIN_MS : undefined))) kills++
    await check(killed, expected, kills - before)
  }
}, 600_000)

/** The server ran what is recorded, and what was under way at a kill: no recorded run twice. */
async function check(place: Place, expected: LoopResult, kills: number): Promise<void> {
  expect(await resultAt(place)).toEqual(expected)
  const served = (await place.bed.runs()).map(({ id }) => id)
  const { answered, intents, keys } = await recorded(place)
  const lost = served.filter((id) => !answered.includes(id))
  console.log(
    `${kills} kills: ${served.length} runs on the server, ${answered.length} recorded, ${lost.length} under way at a kill and run again, ${intents - keys} sent again`,
  )
  expect(new Set(answered).size).toBe(RUNS)
  expect(keys).toBe(RUNS)
  expect(answered.every((id) => served.includes(id))).toBe(true)
  expect(served.length).toBe(answered.length + lost.length)
  // A request may have been written down and not have been sent.
  expect(lost.length).toBeLessThanOrEqual(intents - keys)
  expect(intents - keys).toBeLessThanOrEqual(kills * CONCURRENCY)
}

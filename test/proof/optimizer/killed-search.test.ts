import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../src/index.js'
import { ledgerSchema, type LedgerDocument } from '../../../src/optimizer/ledger/ledger-entry.js'
import { Ledger } from '../../../src/optimizer/ledger/ledger.js'
import type { LedgerReport } from '../../../src/optimizer/ledger/ledger-state.js'
import type { ExperimentReport } from '../../../src/optimizer/search/experiment.js'
import { SEED } from '../../support/random.js'
import { tempDirectory } from '../../support/temp.js'
import { startModel, worldAt, type SimulatedModel } from './driver.mjs'

const PROCESS = join(import.meta.dirname, 'recorded-search.mjs')
const FAMILY = 'several-conflicting'
/** `HOLDFAST_SEARCH_KILLS=50` is the whole proof. */
const KILLS = Number(process.env['HOLDFAST_SEARCH_KILLS'] ?? 8)

/** The whole of a search takes some seconds. */
const KILL_WITHIN_MS = 400
/** Runs at the same time, in recorded-search.mjs. */
const CONCURRENCY = 4
/** Requests that fetch texts and cases: they are recorded, and the server does not count them. */
const FETCHES = 4

let bed: SimulatedModel
beforeAll(async () => {
  // Answers take a moment, so that kills meet requests under way.
  bed = await startModel(4)
})
afterAll(async () => {
  await bed.stop()
})

interface Place {
  readonly world: number
  readonly storageDir: string
  readonly report: string
}

async function placeOf(world: number): Promise<Place> {
  const directory = await tempDirectory()
  return { world, storageDir: join(directory, 'store'), report: join(directory, 'report.json') }
}

/**
 * @param killAfterMs how long after the ledger is open; undefined: let it end
 * @returns the signal that ended it
 */
async function run(
  { world, storageDir, report }: Place,
  killAfterMs?: number,
  { mode = 'record', port = bed.port }: { readonly mode?: string; readonly port?: number } = {},
): Promise<string | null> {
  const argv = [PROCESS, String(port), FAMILY, String(world), storageDir, report, mode]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  if (killAfterMs !== undefined)
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), killAfterMs))
  const [code, signal] = await ended
  if (signal === null) expect(code).toBe(0)
  return signal
}

async function reportAt({ report }: Place): Promise<ExperimentReport> {
  return JSON.parse(await readFile(report, 'utf8')) as ExperimentReport
}

/** What the store holds between two processes. */
async function recorded({ world, storageDir }: Place): Promise<LedgerReport['requests']> {
  if (!existsSync(storageDir)) return { ...NONE }
  const storage = await FileSystemStorage.open<LedgerDocument>({ storageDir, schema: ledgerSchema })
  try {
    const settings = { family: FAMILY, seed: world, calls: 260 }
    const ledger = await Ledger.open({ storage, run: 'search', settings, mode: 'replay' })
    return ledger.report().requests
  } catch (error) {
    // It was killed before it had begun.
    if (Reflect.get(error as object, 'code') === 'OPT-REPLAY-001') return { ...NONE }
    throw error
  } finally {
    await storage.close()
  }
}

/** How many requests the server has counted in a world. */
async function served(world: number): Promise<number> {
  return (await worldAt(bed.port, FAMILY, world).get('log')).counts['requests'] ?? 0
}

const NONE = { different: 0, sent: 0, answered: 0, failed: 0, repeated: 0, looked_up: 0, open: 0 }

describe('a search that is killed at random', () => {
  it(`${KILLS} times ends as one that was not, and repeats at most what was under way`, async () => {
    let state = SEED
    const randomMs = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return (state >> 8) % KILL_WITHIN_MS
    }
    const total = { kills: 0, answered: 0, repeated: 0, underWay: 0, served: 0 }
    for (let world = 0; total.kills < KILLS; world++) {
      const [reference, killed] = [await placeOf(world), await placeOf(world)]
      await run(reference)
      // Both places have the same world, whose requests the server counts together.
      const before = await served(world)
      let underWay = 0
      let kills = 0
      while (total.kills + kills < KILLS && (await run(killed, randomMs())) !== null) {
        kills++
        // Intents without an answer; those of earlier kills have been sent again, or still wait for it.
        const { sent, answered } = await recorded(killed)
        expect(sent - answered - underWay).toBeLessThanOrEqual(CONCURRENCY)
        underWay = sent - answered
      }
      if (!existsSync(killed.report)) await run(killed)
      const [expected, found] = [await reportAt(reference), await reportAt(killed)]
      expect({ ...found, ledger: null }).toEqual({ ...expected, ledger: null })
      const { requests } = found.ledger ?? { requests: NONE }
      expect(requests.answered).toBe(expected.ledger?.requests.answered)
      expect(requests).toMatchObject({ open: 0, failed: 0 })
      expect(requests.sent).toBe(requests.answered + requests.repeated)
      expect(requests.repeated).toBe(underWay)
      // What was recorded, and of what was under way that which had reached the server.
      const count = (await served(world)) - before
      expect(count).toBeGreaterThanOrEqual(requests.answered - FETCHES)
      expect(count).toBeLessThanOrEqual(requests.answered - FETCHES + underWay)
      total.kills += kills
      total.answered += requests.answered
      total.repeated += requests.repeated
      total.underWay += underWay
      total.served += count + FETCHES
    }
    console.log(JSON.stringify(total))
  }, 1_200_000)

  it('is replayed without the server, to the same report byte for byte', async () => {
    const place = await placeOf(3)
    await run(place, 200)
    await run(place)
    const replayed = { ...place, report: `${place.report}.replayed` }
    const before = await served(3)
    // Port 1 refuses every connection.
    await run(replayed, undefined, { mode: 'replay', port: 1 })
    expect(await readFile(replayed.report, 'utf8')).toBe(await readFile(place.report, 'utf8'))
    expect(await served(3)).toBe(before)
  })
})

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileSystemStorage } from '../../../../src/index.js'
import { EntryLog } from '../../../../src/optimizer/ledger/entry-log.js'
import {
  ledgerSchema,
  type LedgerDocument,
  type LedgerEntry,
} from '../../../../src/optimizer/ledger/ledger-entry.js'
import type { LedgerReport } from '../../../../src/optimizer/ledger/ledger-state.js'
import { tempDirectory } from '../../../support/temp.js'

const PROCESS = join(import.meta.dirname, 'ledger-process.mjs')
const REQUESTS = 120
const CONCURRENCY = 4
/** Longer than a process takes to begin on a busy machine. */
const LEASE_MS = 4000

interface Line {
  readonly state: 'open' | 'ended' | 'failed'
  readonly code?: string
  readonly message?: string
  readonly report?: LedgerReport
}

interface Working {
  readonly child: ChildProcess
  /** The next line that it prints. */
  readonly line: () => Promise<Line>
}

async function service(): Promise<{ readonly origin: string; readonly asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    setTimeout(() => response.end(`answer to ${request.url}`), 20)
  })
  // A process that is paused for seconds finds its connections as it has left them.
  server.keepAliveTimeout = 600_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function worker(storageDir: string, origin: string, leaseMs = 30_000): Working {
  const argv = [PROCESS, storageDir, origin, String(REQUESTS), String(leaseMs)]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    line: async () => {
      const { value } = await lines.next()
      return JSON.parse(value as string) as Line
    },
  }
}

async function entriesIn(storageDir: string): Promise<readonly LedgerEntry[]> {
  await using storage = await FileSystemStorage.open<LedgerDocument>({
    storageDir,
    schema: ledgerSchema,
  })
  const log = new EntryLog(storage, 'shared')
  const entries = await log.load()
  expect(log.missing).toEqual([])
  return entries
}

/** Each request is answered once, and the writers follow each other. */
function checkEntries(entries: readonly LedgerEntry[]): void {
  const answers = entries.flatMap((entry) => (entry.type === 'answer' ? [entry.key] : []))
  expect(answers).toHaveLength(REQUESTS)
  expect(new Set(answers).size).toBe(REQUESTS)
  let session = -1
  for (const entry of entries)
    if (entry.type === 'session') session = entry.sequence
    else if (entry.type !== 'void') expect(entry.session).toBe(session)
}

describe('two processes on one run', () => {
  it('the second is refused at once, and the first goes on', async () => {
    const [storageDir, { origin, asked }] = [await tempDirectory(), await service()]
    const first = worker(storageDir, origin)
    expect(await first.line()).toEqual({ state: 'open' })
    const second = worker(storageDir, origin)
    expect(await second.line()).toMatchObject({
      state: 'failed',
      code: 'OPT-LEDGER-002',
      message: expect.stringContaining(`process ${first.child.pid} of host`) as string,
    })
    expect(asked.length).toBeLessThan(REQUESTS)
    const { state, report } = await first.line()
    expect(state).toBe('ended')
    expect(report?.requests).toMatchObject({ sent: REQUESTS, answered: REQUESTS, repeated: 0 })
    expect(asked).toHaveLength(REQUESTS)
    checkEntries(await entriesIn(storageDir))
  })

  it('the run of one that was killed is taken over without a wait', async () => {
    const [storageDir, { origin, asked }] = [await tempDirectory(), await service()]
    // An hour: it is not waited for.
    const first = worker(storageDir, origin, 3_600_000)
    await first.line()
    await sleep(100)
    const gone = once(first.child, 'exit')
    first.child.kill('SIGKILL')
    await gone
    const second = worker(storageDir, origin)
    expect(await second.line()).toEqual({ state: 'open' })
    const { report } = await second.line()
    const { repeated = 0 } = report?.requests ?? {}
    expect(repeated).toBeLessThanOrEqual(CONCURRENCY)
    expect(asked.length).toBeLessThanOrEqual(REQUESTS + repeated)
    checkEntries(await entriesIn(storageDir))
  })

  it.skipIf(process.platform === 'win32')(
    'the run of one that was paused is taken over after its lease, and that one ends when it wakes',
    async () => {
      const [storageDir, { origin, asked }] = [await tempDirectory(), await service()]
      const first = worker(storageDir, origin, LEASE_MS)
      await first.line()
      await sleep(100)
      first.child.kill('SIGSTOP')
      const early = await worker(storageDir, origin, LEASE_MS).line()
      expect(early).toMatchObject({ state: 'failed', code: 'OPT-LEDGER-002' })
      await sleep(LEASE_MS)
      const second = worker(storageDir, origin, LEASE_MS)
      expect(await second.line()).toEqual({ state: 'open' })
      first.child.kill('SIGCONT')
      expect(await first.line()).toMatchObject({ state: 'failed', code: 'OPT-LEDGER-002' })
      const { state, report } = await second.line()
      expect(state).toBe('ended')
      expect(report?.requests).toMatchObject({ answered: REQUESTS, open: 0 })
      // What the first one had under way when it was paused, and what it sent before it knew.
      expect(asked.length).toBeLessThanOrEqual(REQUESTS + 2 * CONCURRENCY)
      checkEntries(await entriesIn(storageDir))
    },
  )
})

import { setTimeout as sleep } from 'node:timers/promises'
import { hostname } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { InMemoryStorage } from '../../../../src/index.js'
import type { LeaseEntry, LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import { RunLease } from '../../../../src/optimizer/ledger/run-lease.js'
import { inMemory } from './ledgers.js'

const ID = 'ledger.r.lease'
const LEASE_MS = 1000

async function take(
  storage: InMemoryStorage<LedgerDocument>,
  onLost: () => void = () => undefined,
  leaseMs: number = LEASE_MS,
): Promise<RunLease> {
  const lease = await RunLease.take({ storage, run: 'r', leaseMs, onLost })
  onTestFinished(async () => await lease.release())
  return lease
}

/** A sign of life of a process of another host. */
async function sign(
  storage: InMemoryStorage<LedgerDocument>,
  sequence: number,
  signedMsAgo: number,
  leaseMs = LEASE_MS,
): Promise<void> {
  const entry: LeaseEntry = {
    type: 'lease',
    sequence,
    elapsed_seconds: 0,
    state: 'held',
    token: 'other',
    owner: {
      host: 'elsewhere',
      pid: 7,
      started: '1',
      boot_id: 'b',
      pid_namespace: 'n',
      thread: 0,
      task: '7',
      copy: 'other',
    },
    signed_at: new Date(Date.now() - signedMsAgo).toISOString(),
    lease_ms: leaseMs,
  }
  await storage.saveVersion({ prompt_id: ID, version: `1.0.${sequence}`, entry })
}

describe('a run', () => {
  it('is refused to a second process at once, with where the first one is', async () => {
    const storage = inMemory()
    const first = await take(storage)
    await expect(take(storage)).rejects.toMatchObject({
      code: 'OPT-LEDGER-002',
      message: expect.stringMatching(
        /^The run 'r' is under way: process \d+ of host .+, last sign of life 2/,
      ) as string,
      context: { run: 'r', process: process.pid, host: hostname(), lease_ms: LEASE_MS },
    })
    await first.release()
    await first.release()
    await take(storage)
  })

  it('goes to one of several processes that begin at the same time', async () => {
    const storage = inMemory()
    const taken = await Promise.allSettled(
      Array.from({ length: 8 }, async () => await take(storage)),
    )
    const refused = taken.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(7)
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'OPT-LEDGER-002' } })
  })

  it('stays with a process that gives signs of life, of which the last one is kept', async () => {
    const storage = inMemory()
    const lost: string[] = []
    await take(storage, () => lost.push('lost'))
    await sleep(LEASE_MS * 1.5)
    await expect(take(storage)).rejects.toMatchObject({ code: 'OPT-LEDGER-002' })
    expect(await storage.listVersionNames(ID)).toHaveLength(1)
    expect((await storage.getLatestVersion(ID))?.entry.sequence).toBeGreaterThan(2)
    expect(lost).toEqual([])
  })

  it('of a process on another host is refused without waiting, as long as its lease lasts', async () => {
    const storage = inMemory()
    await sign(storage, 4, 1_800_000, 3_600_000)
    await expect(take(storage)).rejects.toMatchObject({
      context: { process: 7, host: 'elsewhere' },
    })
  })

  it.each([
    ['that was silent for its lease', 60_000],
    ['whose clock is an hour ahead', -3_600_000],
  ])('of a process on another host %s is taken once it was watched', async (_, signedMsAgo) => {
    const storage = inMemory()
    await sign(storage, 4, signedMsAgo)
    await take(storage)
    expect((await storage.getLatestVersion(ID))?.entry).toMatchObject({ sequence: 5 })
  })

  it('of a process whose clock is behind is refused when it gives a sign', async () => {
    const storage = inMemory()
    await sign(storage, 4, 60_000)
    const taken = take(storage).catch((error: unknown) => error)
    await sleep(100)
    await sign(storage, 5, 0)
    expect(await taken).toMatchObject({ code: 'OPT-LEDGER-002' })
  })

  it('is known to be lost at the next sign of life, also if the numbers behind it were deleted', async () => {
    for (const isDeleted of [false, true]) {
      const storage = inMemory()
      const lost = new Promise<void>((resolve) => {
        void take(storage, resolve)
      })
      await sleep(50)
      await sign(storage, 1, 0)
      await sign(storage, 2, 0)
      if (isDeleted) await storage.deleteVersion(ID, '1.0.1')
      await lost
      expect((await storage.getLatestVersion(ID))?.entry).toMatchObject({ sequence: 2 })
    }
  })

  it('gives no more signs to a storage that was closed, and ends by itself where it cannot be released', async () => {
    const storage = inMemory()
    const lease = await take(storage)
    await storage.close()
    await sleep(LEASE_MS / 2)
    await lease.release()
  })
})

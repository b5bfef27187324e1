import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import { ExecutorService } from '../../../../src/optimizer/execution/executor-service.js'
import type { DifyClientOptions } from '../../../../src/dify/service/index.js'
import { recordedRunner } from '../../../../src/optimizer/execution/recorded-runner.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import type { LedgerOptions } from '../../../../src/optimizer/ledger/ledger-options.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import type { TestResult } from '../../../../src/optimizer/models/test-result.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cases, manifestOf, publishingRunner } from './bed-plan.js'

const FILE = join(import.meta.dirname, '../../../../examples/dify/translation_workflow.yml')

const QUICKLY = { delayMs: 1, maxDelayMs: 5, attempts: 9 }

let bed: SimulatedDify
let dsl = ''
beforeAll(async () => {
  bed = await simulatedDify({ files: ['translation_workflow.yml'] })
  dsl = await readFile(FILE, 'utf8')
})
beforeEach(async () => {
  await bed.clear()
})

const inMemory = (): InMemoryStorage<LedgerDocument> =>
  new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })

/** Executes a manifest with a ledger over this storage, as a process of its own would. */
async function executed(
  storage: InMemoryStorage<LedgerDocument>,
  given: Partial<LedgerOptions> & {
    readonly signal?: AbortSignal
    readonly onStarted?: () => void
    readonly retry?: DifyClientOptions['retry']
  } = {},
): Promise<{ readonly results: readonly TestResult[]; readonly ledger: Ledger }> {
  const { signal, onStarted, retry, ...options } = given
  await using ledger = await Ledger.open({ storage, run: 'r', ...options })
  const runner = recordedRunner({
    runner: publishingRunner(bed, retry),
    ledger,
    worstCase: { tokens: 100_000, money: 1 },
  })
  const manifest = manifestOf({ dsl, cases: cases(3) })
  const results = await new ExecutorService({ runner }).executeTestPlan(manifest, {
    ...(signal === undefined ? {} : { signal }),
    ...(onStarted === undefined ? {} : { onStarted }),
  })
  return { results, ledger }
}

const outcomes = (results: readonly TestResult[]) =>
  results.map((result) => ({ ...result, execution_id: '', executed_at: '' }))

async function begun(): Promise<number> {
  return (await bed.requests()).filter(({ path }) => /^\/workflows\/.*run$/.test(path)).length
}

describe('a recorded execution', () => {
  it('runs and publishes nothing again, and has the same results', async () => {
    const storage = inMemory()
    const first = await executed(storage)
    const sent = (await bed.requests()).length
    const second = await executed(storage)
    expect(outcomes(second.results)).toEqual(outcomes(first.results))
    expect((await bed.requests()).length).toBe(sent)
    expect(await begun()).toBe(3)
    expect(second.ledger.report().requests).toMatchObject({ answered: 4, repeated: 0 })
  })

  it('looks a run up that was under way, by the name that it had', async () => {
    const storage = inMemory()
    await bed.fault({ kind: 'slow', ms: 30, times: 9 })
    const controller = new AbortController()
    // As a process that dies: the connection to the ledger ends, the run goes on.
    const dying = new Proxy(storage, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...parameters: unknown[]): unknown => {
          if (controller.signal.aborted) throw new Error('The process is dead')
          return Reflect.apply(member, target, parameters)
        }
      },
    })
    const death = executed(dying, { onStarted: () => controller.abort() })
    await expect(death).rejects.toThrow()
    const before = await begun()
    const { results, ledger } = await executed(storage)
    expect(results.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect([before, await begun()]).toEqual([1, 3])
    // Dify does not say what a run cost that is looked up, and that is part of the result.
    expect(results[0]?.metadata).toMatchObject({ cost_is_partial: true })
    expect(results[1]?.metadata).not.toHaveProperty('cost_is_partial')
    expect(ledger.report().money).toBeGreaterThan(1)
    expect(ledger.report().requests).toMatchObject({ looked_up: 1, repeated: 0 })
  })

  it('is replayed without any service, and a failure is the same failure', async () => {
    const storage = inMemory()
    await bed.fault({ kind: 'rate_limit_error', after: 1 })
    const first = await executed(storage)
    expect(first.results.map(({ status }) => status)).toEqual(['succeeded', 'error', 'succeeded'])
    const sent = (await bed.requests()).length
    const replayed = await executed(storage, { mode: 'replay' })
    expect(
      replayed.results.map(({ status, score, error_message: message }) => [status, score, message]),
    ).toEqual(
      first.results.map(({ status, score, error_message: message }) => [status, score, message]),
    )
    expect(replayed.ledger.report()).toEqual(first.ledger.report())
    expect((await bed.requests()).length).toBe(sent)
  })

  it('ends before a run that the budget does not allow', async () => {
    const { results } = await executed(inMemory(), { budget: { calls: 3 } })
    expect(results.map(({ status, metadata }) => [status, metadata['error_code']])).toEqual([
      ['succeeded', undefined],
      ['succeeded', undefined],
      ['error', 'OPT-BUDGET-001'],
    ])
    expect(await begun()).toBe(2)
  })

  it('counts each time that a run is begun', async () => {
    await bed.fault({ kind: 'drop', times: 2 })
    const { ledger } = await executed(inMemory(), { retry: QUICKLY })
    expect(await begun()).toBe(5)
    expect(ledger.report().requests).toMatchObject({ sent: 6, answered: 4, repeated: 2 })
  })

  it('begins no run again that the budget does not pay', async () => {
    await bed.fault({ kind: 'drop', times: 9 })
    const { results } = await executed(inMemory(), { budget: { calls: 3 }, retry: QUICKLY })
    expect(results.map(({ status }) => status)).toEqual(['error', 'error', 'error'])
    expect(await begun()).toBe(2)
  })
})

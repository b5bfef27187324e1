import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InMemoryStorage } from '../../../../src/index.js'
import { ExecutorService } from '../../../../src/optimizer/execution/executor-service.js'
import type { DifyClientOptions } from '../../../../src/dify/service/index.js'
import type { CaseRun } from '../../../../src/optimizer/execution/case-runner.js'
import { DifyRunner } from '../../../../src/optimizer/execution/dify-runner.js'
import { recordedRunner } from '../../../../src/optimizer/execution/recorded-runner.js'
import { Ledger } from '../../../../src/optimizer/ledger/ledger.js'
import type { LedgerOptions } from '../../../../src/optimizer/ledger/ledger-options.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import type { TestCase } from '../../../../src/optimizer/models/run-manifest.js'
import type { TestResult } from '../../../../src/optimizer/models/test-result.js'
import { simulatedDify, type SimulatedDify } from '../../../support/simulated-dify.js'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cases, clientOf, manifestOf, publishingRunner } from './bed-plan.js'

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

describe('a recorded conversation', () => {
  const steps = ['First', 'Second'].map((message) => ({
    role: 'user',
    message,
    wait_for_response: true,
  }))
  const talk = { id: 't', inputs: {}, conversation_flow: { steps } } as TestCase

  /** How many messages the bed has had. */
  const sent = async (chats: SimulatedDify): Promise<number> =>
    (await chats.requests()).filter(({ path }) => path === '/chat-messages').length

  /** Runs the conversation in a process that ends when this many of its runs have begun. */
  async function talked(
    chats: SimulatedDify,
    storage: InMemoryStorage<LedgerDocument>,
    { repeat = 0, endsAfter = Infinity }: { readonly repeat?: number; readonly endsAfter?: number },
  ): Promise<CaseRun | undefined> {
    let begun = 0
    const runner = new DifyRunner({ client: clientOf(chats) })
    await using ledger = await Ledger.open({ storage, run: 'r' })
    const prepared = await recordedRunner({ runner, ledger }).prepare(
      manifestOf({ dsl: 'the file' }),
    )
    const onStarted = async (): Promise<void> => {
      if (++begun !== endsAfter) return
      // The run ends before the client can tell it to stop, which a process that dies does not do either.
      while ((await chats.active()) > 0) await sleep(5)
      throw new Error('the process ends')
    }
    try {
      return await prepared.run(talk, { timeoutMs: 60_000, repeat, onStarted })
    } catch (error) {
      expect(error).toMatchObject({ message: 'the process ends' })
      return undefined
    }
  }

  it('that was under way is looked up message by message, in each repeat by itself', async () => {
    const chats = await simulatedDify({ files: ['Artifact.yml'], model: { rule: 'echo' } })
    const whole = await talked(chats, inMemory(), {})
    expect(await sent(chats)).toBe(2)
    const storage = inMemory()
    for (const repeat of [0, 1]) {
      const before = await sent(chats)
      expect(await talked(chats, storage, { repeat, endsAfter: 2 })).toBeUndefined()
      const found = await talked(chats, storage, { repeat })
      expect(await sent(chats)).toBe(before + 2)
      expect(found?.outputs).toEqual(whole?.outputs)
      expect(found?.tokens).toBe(whole?.tokens)
      expect(found?.is_cost_known).toBe(false)
    }
  })

  it('that did not get to its last message begins again', async () => {
    const chats = await simulatedDify({ files: ['Artifact.yml'], model: { rule: 'echo' } })
    const storage = inMemory()
    expect(await talked(chats, storage, { endsAfter: 1 })).toBeUndefined()
    const found = await talked(chats, storage, {})
    expect(found?.outputs['answer']).toContain('Second')
    expect(await sent(chats)).toBe(3)
  })
})

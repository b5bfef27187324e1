import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../../src/base/errors.js'
import { FileSystemStorage, InMemoryStorage } from '../../../../src/index.js'
import {
  Ledger,
  type LedgerOptions,
  type LedgerWork,
} from '../../../../src/optimizer/ledger/ledger.js'
import { ledgerSchema, type LedgerDocument } from '../../../../src/optimizer/ledger/ledger-entry.js'
import { SqliteStorage } from '../../../../src/sqlite/index.js'
import type { ChatModel } from '../../../../src/optimizer/llm/chat-model.js'
import { answeringModel } from '../../../support/chat-model.js'
import { tempDirectory } from '../../../support/temp.js'

const message = (content: string): { role: 'user'; content: string }[] => [
  { role: 'user', content },
]
const request = (
  content: string,
): { model: string; messages: ReturnType<typeof message>; max_tokens: number } => ({
  model: 'small',
  messages: message(content),
  max_tokens: 50,
})
const inMemory = (): InMemoryStorage<LedgerDocument> =>
  new InMemoryStorage<LedgerDocument>({ schema: ledgerSchema })

async function opened(given: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return await Ledger.open({ storage: inMemory(), run: 'r', ...given })
}

const STORAGES = {
  memory: async () => await Promise.resolve(inMemory()),
  files: async () =>
    await FileSystemStorage.open<LedgerDocument>({
      storageDir: await tempDirectory(),
      schema: ledgerSchema,
    }),
  sqlite: async () =>
    await SqliteStorage.open<LedgerDocument>({
      file: join(await tempDirectory(), 'ledger.sqlite'),
      schema: ledgerSchema,
    }),
} as const

describe.each(Object.entries(STORAGES))('a ledger in %s', (_, open) => {
  it('asks once, in whatever process it is asked again', async () => {
    const storage = await open()
    const model = answeringModel(({ messages }) => `re: ${messages[0]?.content}`)
    const first = await Ledger.open({ storage, run: 'r' })
    const answer = await first.model(model).complete(request('a'))
    await Promise.all([
      first.model(model).complete(request('b')),
      first.model(model).complete(request('b')),
    ])
    const report = first.report()
    await first.close()
    const second = await Ledger.open({ storage, run: 'r' })
    expect(await second.model(model).complete(request('a'))).toEqual(answer)
    expect(await second.model(model).complete(request('b'))).toMatchObject({ text: 're: b' })
    expect(model.requests).toHaveLength(2)
    expect(second.report()).toEqual({ ...report, sessions: 2 })
    await second.close()
    await storage.close()
  })
})

describe('requests', () => {
  it('that are equal have one answer for each repeat and attempt', async () => {
    const ledger = await opened()
    const model = answeringModel((_, asked) => `answer ${asked}`)
    const ask = async (repeat: number, attempt: number): Promise<string> =>
      (await ledger.model(model, { repeat, attempt }).complete(request('a'))).text
    expect(await ask(0, 0)).toBe('answer 1')
    expect(await ask(1, 0)).toBe('answer 2')
    expect(await ask(0, 1)).toBe('answer 3')
    expect(await ask(1, 0)).toBe('answer 2')
    expect(ledger.report().requests).toMatchObject({ different: 3, sent: 3, answered: 3 })
  })

  it('that fail have the failure as their outcome, until failures are retried', async () => {
    const storage = inMemory()
    let isDown = true
    const model = answeringModel(() => {
      if (isDown) throw new HoldfastError('OPT-LLM-006', 'the endpoint failed')
      return 'up'
    })
    const ledger = await Ledger.open({ storage, run: 'r' })
    const failure = { code: 'OPT-LLM-006', message: 'the endpoint failed' }
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject(failure)
    isDown = false
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject(failure)
    expect(model.requests).toHaveLength(1)
    expect(ledger.report().requests).toMatchObject({ failed: 1, answered: 0 })
    const again = await Ledger.open({ storage, run: 'r', retryFailures: true })
    expect(await again.model(model).complete(request('a'))).toMatchObject({ text: 'up' })
    expect(again.report().requests).toMatchObject({ failed: 0, answered: 1, repeated: 1 })
  })

  it('that were aborted have no outcome, and are sent again', async () => {
    const storage = inMemory()
    const controller = new AbortController()
    const model = answeringModel((_, asked) => {
      if (asked === 1) {
        controller.abort(new Error('enough'))
        throw new HoldfastError('OPT-LLM-002', 'aborted')
      }
      return 'done'
    })
    const ledger = await Ledger.open({ storage, run: 'r' })
    const asked = ledger.model(model).complete(request('a'), { signal: controller.signal })
    await expect(asked).rejects.toThrow('enough')
    expect(ledger.report().requests).toMatchObject({ open: 1, sent: 1 })
    expect(await ledger.model(model).complete(request('a'))).toMatchObject({ text: 'done' })
    expect(ledger.report().requests).toMatchObject({ open: 0, sent: 2, repeated: 1 })
  })

  it('whose intent cannot be kept are not sent', async () => {
    const storage = inMemory()
    const ledger = await Ledger.open({ storage, run: 'r' })
    await storage.close()
    const model = answeringModel(() => 'x')
    await expect(ledger.model(model).complete(request('a'))).rejects.toMatchObject({
      code: 'FS-CLOSED-001',
    })
    expect(model.requests).toHaveLength(0)
  })

  it('have no outcome when what they are called cannot be kept: the storage failed, and not they', async () => {
    const storage = inMemory()
    const save = storage.saveVersion.bind(storage)
    let isFull = true
    storage.saveVersion = async (document, options) => {
      if (isFull && document.entry.type === 'started')
        throw new HoldfastError('FS-SPACE-001', 'full')
      await save(document, options)
    }
    const ledger = await Ledger.open({ storage, run: 'r' })
    const begun = { kind: 'dify', request: { workflow: 'w' } }
    const work: LedgerWork<string> = {
      perform: async (_, started) => {
        await started({ run_id: '1' })
        return { answer: 'done' }
      },
    }
    await expect(ledger.run(begun, work)).rejects.toMatchObject({ code: 'FS-SPACE-001' })
    expect(ledger.report().requests).toMatchObject({ open: 1, failed: 0 })
    isFull = false
    const again = await Ledger.open({ storage, run: 'r' })
    expect(await again.run(begun, work)).toBe('done')
  })

  it('that a service knows by its ids are looked up, and not sent again', async () => {
    const storage = inMemory()
    const first = await Ledger.open({ storage, run: 'r' })
    const run = { kind: 'dify', request: { workflow_id: 'w' }, worstCase: { tokens: 9, money: 0 } }
    const lost = first.run(run, {
      perform: async (_, started) => {
        await started({ run_id: '7' })
        throw new Error('the process ends here')
      },
    })
    await expect(lost).rejects.toThrow('ends here')
    const second = await Ledger.open({ storage, run: 'r' })
    const answer = await second.run<string>(run, {
      perform: async () => await Promise.reject(new Error('it is not sent')),
      lookUp: async ({ run_id: id }) =>
        await Promise.resolve({
          answer: `of ${JSON.stringify(id)}`,
          cost: { tokens: 3, money: 0 },
        }),
    })
    expect(answer).toBe('of "7"')
    expect(second.report()).toMatchObject({
      requests: { sent: 1, looked_up: 1, repeated: 0 },
      asked: { 'dify w': 1 },
      tokens: 3,
    })
  })

  it('whose ids a service has forgotten are sent again', async () => {
    const ledger = await opened()
    const run = { kind: 'dify', request: {} }
    const work = {
      perform: async (_: AbortSignal, started: (ids: { run_id: string }) => Promise<void>) => {
        await started({ run_id: '7' })
        return await Promise.reject<{ answer: string }>(new Error('lost'))
      },
      lookUp: async () => await Promise.resolve(undefined),
    }
    await expect(ledger.run(run, work)).rejects.toThrow('lost')
    const again = { ...work, perform: async () => await Promise.resolve({ answer: 'second' }) }
    expect(await ledger.run(run, again)).toBe('second')
    expect(ledger.report().requests).toMatchObject({ sent: 2, repeated: 1, looked_up: 0 })
  })
})

describe('a replay', () => {
  it('gives the same answers and the same report without asking, and writes nothing', async () => {
    const storage = inMemory()
    const ledger = await Ledger.open({ storage, run: 'r', settings: { model: 'small' } })
    const model = answeringModel(() => 'x')
    await ledger.model(model).complete(request('a'))
    const report = JSON.stringify(ledger.report())
    const silent = answeringModel(() => Promise.reject(new Error('it was asked')))
    const settings = { model: 'small' }
    const replay = await Ledger.open({ storage, run: 'r', settings, mode: 'replay' })
    expect(await replay.model(silent).complete(request('a'))).toMatchObject({ text: 'x' })
    await expect(replay.model(silent).complete(request('b'))).rejects.toMatchObject({
      code: 'OPT-REPLAY-001',
    })
    expect(JSON.stringify(replay.report())).toBe(report)
    expect(silent.requests).toHaveLength(0)
    expect(await storage.listVersionNames('ledger.r.0')).toHaveLength(3)
  })

  it('needs a run, and any session of one the same settings', async () => {
    await expect(opened({ mode: 'replay' })).rejects.toMatchObject({ code: 'OPT-REPLAY-001' })
    const storage = inMemory()
    await Ledger.open({ storage, run: 'r', settings: { model: 'small', seed: 1 } })
    await expect(
      Ledger.open({ storage, run: 'r', settings: { model: 'large', seed: 1 } }),
    ).rejects.toMatchObject({ code: 'OPT-LEDGER-001', context: { field: 'model' } })
  })
})

describe('the budget of a ledger', () => {
  it('holds over processes: what was under way counts as the most that it can have cost', async () => {
    const storage = inMemory()
    const prices = { small: { prompt_per_million: 1e6, completion_per_million: 1e6 } }
    const options = { storage, run: 'r', prices, budget: { tokens: 400 } }
    const first = await Ledger.open(options)
    const lost = answeringModel(() => Promise.reject(new Error('the process ends here')))
    // 87 tokens at most: one byte, four of the role, twice 16, and 50 for the answer.
    await expect(first.model(lost).complete(request('a'))).rejects.toThrow('ends here')
    expect(first.left.tokens).toBe(313)
    const second = await Ledger.open(options)
    expect(second.left.tokens).toBe(313)
    const model = answeringModel(() => 'x')
    await second.model(model).complete(request('b'))
    expect(second.left.tokens).toBe(298)
    expect(second.report().money).toBe(102)
  })

  it('is never exceeded, however many requests are under way', async () => {
    const ledger = await opened({ budget: { calls: 7 } })
    const model = answeringModel(() => 'x')
    const asked = Array.from(
      { length: 20 },
      async (_, at) => await ledger.model(model).complete(request(`${at}`)),
    )
    const outcomes = await Promise.allSettled(asked)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(model.requests).toHaveLength(7)
    expect(ledger.left.calls).toBe(0)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'OPT-BUDGET-001',
          context: { budget: 'calls' },
        })
  })

  it('in seconds ends requests under way', async () => {
    const ledger = await opened({ budget: { seconds: 0.2 } })
    const endless = ledger.run(
      { kind: 'chat', request: {} },
      {
        perform: async (signal) =>
          await new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')))
          }),
      },
    )
    await expect(endless).rejects.toMatchObject({
      code: 'OPT-BUDGET-001',
      context: { budget: 'seconds' },
    })
    await expect(
      ledger.model(answeringModel(() => 'x')).complete(request('a')),
    ).rejects.toMatchObject({
      code: 'OPT-BUDGET-001',
    })
    await ledger.close()
  })

  it('counts each time that a model is asked again after a temporary failure', async () => {
    const storage = inMemory()
    const paid: boolean[] = []
    const model: ChatModel = {
      name: 'small',
      complete: async (_, options) => {
        // What an endpoint has refused is free; what it has failed at may have been paid for.
        for (const code of ['OPT-LLM-005', 'OPT-LLM-006', 'OPT-LLM-006'])
          paid.push((await options?.onRetry?.(code)) ?? true)
        throw new HoldfastError('OPT-LLM-006', 'down')
      },
    }
    const ledger = await Ledger.open({ storage, run: 'r', budget: { calls: 3, tokens: 1000 } })
    const [before = 0, asked] = [ledger.left.tokens, ledger.model(model).complete(request('a'))]
    await expect(asked).rejects.toMatchObject({ code: 'OPT-LLM-006' })
    expect(paid).toEqual([true, true, false])
    expect(ledger.left.calls).toBe(0)
    expect(ledger.report().requests).toMatchObject({ sent: 3, repeated: 2, failed: 1 })
    const spent = before - (ledger.left.tokens ?? 0)
    expect(spent).toBe(ledger.report().tokens)
    const again = await Ledger.open({ storage, run: 'r', budget: { calls: 3, tokens: 1000 } })
    expect(again.left).toMatchObject({ calls: 0, tokens: before - spent })
  })

  it('does not count what an endpoint has refused', async () => {
    const ledger = await opened({ budget: { tokens: 1000 } })
    const model = answeringModel(() => Promise.reject(new HoldfastError('OPT-LLM-004', 'no')))
    await expect(ledger.model(model).complete(request('a'))).rejects.toThrow('no')
    expect(ledger.left.tokens).toBe(1000)
  })
})

it.each([
  [{ run: '' }, /"run"/],
  [{ mode: 'watch' }, /"mode"/],
  [{ budget: { calls: 'many' } }, /"budget.calls"/],
  [{ replay: true }, /Unknown option "replay"/],
])('wrong options are refused by name: %j', async (given, message) => {
  await expect(opened(given as never)).rejects.toThrow(message)
})

it('a closed ledger makes no requests', async () => {
  const ledger = await opened()
  await ledger.close()
  await expect(ledger.model(answeringModel(() => 'x')).complete(request('a'))).rejects.toThrow(
    /closed/,
  )
})
